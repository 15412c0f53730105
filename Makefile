# From a fresh clone each target does all of its own set-up. ARGS are handed on: make run ARGS=digits.npz

PYTHON = python3
VENV = .venv
BIN = $(VENV)/bin
ARGS =

help:
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/.run ## open the app
	@$(BIN)/vae-desktop $(ARGS)

test: lint ## all checks and tests
	$(BIN)/pytest -n 2 $(ARGS)

lint: $(VENV)/.dev ## style, types and import contracts
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

fuzz: $(VENV)/.dev ## read 10 000 broken files with every reader (ARGS="tables 500": one reader, fewer)
	$(BIN)/python -W error -m tests.readers.fuzz $(ARGS)

# The copy shares its files with the first; what is uninstalled is uninstalled only there.
test-without-qt: $(VENV)/.dev ## the tests of everything but the window, with Qt uninstalled
	rm -rf $(VENV)-without-qt
	cp -al $(VENV) $(VENV)-without-qt
	$(VENV)-without-qt/bin/python -m pip uninstall -q -y pytest-qt pyqtgraph PySide6-Essentials shiboken6
	$(VENV)-without-qt/bin/python -m pytest -n 2 $(ARGS)

test-window: $(VENV)/.dev ## the real window, with a real pointer, on a screen of its own
	@.ci/system packages xvfb xdotool openbox
	$(BIN)/pytest tests/e2e $(ARGS)

test-app: ## start the built app once: it shows its window, decodes an image and ends
	@.ci/system packages xvfb xauth
	@rm -rf build/smoke
	XDG_STATE_HOME=$(CURDIR)/build/smoke xvfb-run -a -s "-screen 0 1500x960x24" "dist/VAE Desktop/vae-desktop" --smoke || \
	    { cat build/smoke/*/*.log; exit 1; }
	"dist/VAE Desktop/vae-desktop" export digits --out build/smoke/digits.parquet --items 0-99
	"dist/VAE Desktop/vae-desktop" info build/smoke/digits.parquet
	@echo "the built app starts, decodes and ends: $$(du -sh "dist/VAE Desktop" | cut -f1)"

bench: $(VENV)/.bench ## measure beside peers and limits, into bench.json
	@.ci/system packages xvfb xdotool openbox
	$(BIN)/python -m benchmarks $(ARGS)

screenshots: $(VENV)/.run ## draw the pictures of docs/ anew
	$(BIN)/python tools/screenshots.py $(ARGS)

sample-model: $(VENV)/.run ## train the bundled model anew
	rm -rf build/sample
	$(BIN)/vae-desktop train digits --out build/sample --epochs 150 --threads 1 --set hidden=256,128
	mkdir -p resources/sample
	cp build/sample/run.json build/sample/*.jsonl build/sample/*.safetensors resources/sample

app: $(VENV)/.app ## build the double-click app, into dist/
	$(BIN)/pyinstaller --noconfirm --log-level WARN build.spec

clean: ## remove what was built (not the environment)
	rm -rf build dist $(VENV)-without-qt .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find vae_desktop tests benchmarks tools -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@.ci/system venv $(PYTHON)
	$(PYTHON) -m venv $(VENV)

# A stamp says for which pyproject.toml an environment was filled, so that a second start is at once.
$(VENV)/.run: EXTRAS = [formats]
$(VENV)/.dev: EXTRAS = [dev]
$(VENV)/.bench: EXTRAS = [dev,bench]
$(VENV)/.app: EXTRAS = [app,formats]
$(VENV)/.run $(VENV)/.dev $(VENV)/.bench $(VENV)/.app: $(VENV)/bin/python pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check -e ".$(EXTRAS)"
	@.ci/system qt $(BIN)/python
	@touch $@

.PHONY: help run test fuzz lint test-without-qt test-window test-app bench screenshots sample-model app clean
