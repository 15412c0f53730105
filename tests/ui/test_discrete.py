from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from vae_desktop.core.preparation import Preparation
from vae_desktop.core.work import finish
from vae_desktop.latent.codebook_use import codebook_use
from vae_desktop.ui.dots import codes_told, item_tip
from vae_desktop.ui.opening import Opened, mapping
from vae_desktop.ui.panels.generate import PRIOR_CODES, GeneratePanel
from vae_desktop.ui.panels.inspector import InspectorPanel
from vae_desktop.ui.workspace import Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from vae_desktop.core.values import Dataset
    from vae_desktop.latent.space import Space
    from vae_desktop.ui.main_window import MainWindow
    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.workspace import Workspace

SOON = 20_000


@pytest.fixture
def discrete(workspace: Workspace, pictures: Dataset) -> Space:
    """The pictures as a VQ-VAE sees them that has learned nothing: two slots of two numbers each."""
    import torch

    from vae_desktop.models.vq_vae import VQVAE, VQConfig

    torch.manual_seed(0)
    model = VQVAE(VQConfig(latent=4, hidden=(16,), codes=8, code_dim=2), Preparation.fit(pictures)).eval()
    model.codebook.place(torch.randn(8, 2))
    space = finish(mapping(model, pictures, None))
    workspace.set_opened(Opened(pictures, space, preparation=Preparation.fit(pictures)))
    return space


@pytest.fixture
def inspector(workspace: Workspace, themes: Themes, qtbot: QtBot) -> InspectorPanel:
    panel = InspectorPanel(workspace, themes)
    qtbot.addWidget(panel)
    panel.resize(300, 900)
    panel.show()
    return panel


def test_codes_stand_where_sigma_would(
    inspector: InspectorPanel, discrete: Space, open_untrained: Callable[..., Space], pictures: Dataset, qtbot: QtBot
) -> None:
    workspace, codes = inspector.workspace, discrete.posterior.codes
    assert codes is not None
    workspace.stand(workspace.place_of(3), (3,))
    told = f"codes {codes[3, 0]}, {codes[3, 1]}"
    qtbot.waitUntil(lambda: inspector.snapped.text() == f"Decoded as {told}", timeout=SOON)
    used, perplexity, _ = codebook_use(codes, 8)
    expected = f"{used} of 8 codes in use · perplexity {perplexity:.0f}"
    qtbot.waitUntil(lambda: inspector.use.told.text() == expected, timeout=SOON)
    assert inspector.snapped.isVisible()
    assert not inspector.samples.isVisible()
    assert item_tip(workspace, discrete, 3)[1].endswith(told)
    inspector.grab()
    open_untrained(pictures, 2)
    workspace.stand(workspace.place_of(3), (3,))
    qtbot.waitUntil(lambda: not inspector.snapped.isVisible(), timeout=SOON)
    assert not inspector.use.isVisible()
    assert inspector.samples.isVisible()


def test_a_place_between_codes_is_decoded_as_the_nearest(
    inspector: InspectorPanel, discrete: Space, qtbot: QtBot
) -> None:
    z = np.array([0.4, -0.1, 9, 9], np.float32)
    inspector.workspace.set_cursor(Place(z))
    assert discrete.model is not None
    import torch

    expected = codes_told(discrete.model.codes(torch.from_numpy(z[None]))[0].numpy())
    qtbot.waitUntil(lambda: inspector.snapped.text() == f"Decoded as {expected}", timeout=SOON)


def test_no_ellipse_on_the_map_and_draws_from_the_prior_over_codes(
    window: MainWindow, discrete: Space, qtbot: QtBot
) -> None:
    window.show()
    workspace = window.workspace
    workspace.stand(workspace.place_of(3), (3,))
    qtbot.waitUntil(lambda: not workspace.jobs.running, timeout=SOON)
    view = window.panel("map").view  # type: ignore[attr-defined]
    assert view.marks.ellipse is None
    generate = window.panel("generate")
    assert isinstance(generate, GeneratePanel)
    assert generate.grid.toolTip().startswith(PRIOR_CODES)


def test_codes_in_words() -> None:
    assert codes_told(np.array([7])) == "code 7"
    assert codes_told(np.arange(9)) == "codes 0, 1, 2, 3, 4, 5, 6, 7, …"
