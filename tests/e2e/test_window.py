"""The real window, moved, clicked, typed and dropped in with a real pointer."""

from __future__ import annotations

import gzip
import itertools
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.conftest import App, Hand

    Start = Callable[..., App]
    Drop = Callable[[App, Path], None]

PATIENCE = 60


def changed(before: np.ndarray, after: np.ndarray) -> float:
    """Part of the pixels that differ visibly."""
    return float((np.abs(after - before).max(axis=2) > 24).mean())


def until(what: str, happens: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not happens():
        assert time.monotonic() < end, f"waited in vain: {what}"
        time.sleep(0.05)


def ready(app: App) -> None:
    app.wait("the bundled model is there", lambda state: state["ready"] and state["data"])


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder of two classes of small PNGs and one text file that calls itself one."""
    digits = load_digits()
    folder = tmp_path / "two digits"
    for index in range(200):
        label = int(digits.target[index]) % 2
        there = folder / ("odd" if label else "even")
        there.mkdir(parents=True, exist_ok=True)
        Image.fromarray((digits.images[index] * 15.9).astype(np.uint8)).save(there / f"{index}.png")
    (folder / "odd" / "not.png").write_text("this is no picture")
    return folder


def test_hover_decodes_and_leaves_no_trace(start: Start, hand: Hand) -> None:
    app = start()
    ready(app)
    colourful = np.ptp(app.pixels("mapView"), axis=2) > 60
    assert colourful.sum() > 1000, "the map shows no coloured dots"
    hand.move(*app.point("mapView", 0.5, 0.5))
    app.wait("the pointer is seen", lambda state: state["pointer"])
    pictures = []
    for x, y in ((0.4, 0.35), (0.6, 0.5), (0.5, 0.7)):
        hand.move(*app.point("mapView", x, y))
        time.sleep(0.4)
        pictures.append(app.pixels("decoded"))
    assert min(changed(a, b) for a, b in itertools.pairwise(pictures)) > 0.05
    hand.move(*app.point("statusText"))
    state = app.wait("the pointer has left", lambda state: not state["pointer"])
    assert state["steps"] == 0


def test_click_drag_undo(start: Start, hand: Hand) -> None:
    app = start()
    ready(app)
    hand.click(*app.point("mapView", 0.4, 0.4))
    first = app.wait("a cursor", lambda state: state["cursor"])
    here = app.pixels("decoded")
    hand.drag(app.point("mapView", 0.4, 0.4), app.point("mapView", 0.62, 0.6))
    moved = app.wait("the cursor moved", lambda state: state["cursor"] != first["cursor"])
    assert moved["steps"] == first["steps"] + 1, "a drag is one step"
    until("the picture follows", lambda: changed(here, app.pixels("decoded")) > 0.05)
    hand.key("ctrl+z")
    app.wait("undone", lambda state: state["cursor"] == first["cursor"])
    hand.key("ctrl+shift+z")
    app.wait("done again", lambda state: state["cursor"] == moved["cursor"])
    hand.key("Escape")
    app.wait("cleared", lambda state: state["cursor"] is None)


def test_wheel_zooms_and_fit_returns(start: Start, hand: Hand) -> None:
    app = start()
    ready(app)
    hand.move(*app.point("statusText"))
    time.sleep(0.5)
    whole = app.pixels("mapView")
    hand.move(*app.point("mapView"))
    for _ in range(6):
        hand.do("click", 4)
    hand.move(*app.point("statusText"))
    until("zoomed", lambda: changed(whole, app.pixels("mapView")) > 0.02)
    hand.click(*app.point("fitMap"))
    hand.move(*app.point("statusText"))
    until("all is shown again", lambda: changed(whole, app.pixels("mapView")) < 0.01)


def test_dropped_folder_trains_by_hand(start: Start, hand: Hand, drop: Drop, pictures: Path) -> None:
    app = start()
    ready(app)
    drop(app, pictures)
    state = app.wait("the folder is open", lambda state: state["data"] == pictures.name)
    assert state["items"] == 200
    hand.do("mousemove", *map(round, app.point("epochs")))
    hand.click(*app.point("epochs"))
    hand.key("ctrl+a")
    hand.type("3\t")
    hand.click(*app.point("trainActionTopButton"))
    state = app.wait("a run", lambda state: state["run"] and Path(state["run"], "run.json").exists())
    run = Path(state["run"])
    until("it ends", lambda: json.loads((run / "run.json").read_text())["status"] == "finished")
    assert len((run / "metrics.jsonl").read_text().splitlines()) == 3
    app.wait("its map", lambda state: state["ready"] and state["latent"] == 2)
    hand.move(*app.point("mapView"))
    app.wait("it can be walked", lambda state: state["pointer"])


def test_wrong_drop_changes_nothing(start: Start, hand: Hand, drop: Drop, tmp_path: Path) -> None:
    app = start()
    ready(app)
    before = app.state
    wrong = tmp_path / "promises-idx3-ubyte.gz"
    with gzip.open(wrong, "wb") as file:
        file.write(bytes([0, 0, 8, 3, 127, 255, 255, 255, 0, 0, 255, 255, 0, 0, 255, 255]))
    drop(app, wrong)
    until("a message", lambda: app.ask("faultDialog"))
    assert wrong.name in app.ask("faultDialog")["text"]
    hand.key("Return")
    until("the message is gone", lambda: not app.ask("faultDialog"))
    assert app.state["data"] == before["data"]
    assert app.state["run"] == before["run"]


def test_closed_in_training_it_goes_on(start: Start, hand: Hand) -> None:
    app = start("digits")
    app.wait("digits are open", lambda state: state["data"] == "digits" and not state["ready"])
    hand.click(*app.point("trainActionTopButton"))
    state = app.wait("a run", lambda state: state["run"] and Path(state["run"], "model.safetensors").exists())
    run = Path(state["run"])
    assert app.close() == 0
    assert json.loads((run / "run.json").read_text())["status"] != "finished"
    again = start()
    ready(again)
    hand.click(*again.point("goOn"))
    again.wait("it goes on", lambda state: state["run"] == str(run))
    until("more epochs", lambda: len((run / "metrics.jsonl").read_text().splitlines()) >= 2)
