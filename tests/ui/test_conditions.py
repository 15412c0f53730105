from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt

from vae_desktop.core.preparation import Preparation
from vae_desktop.core.work import finish
from vae_desktop.latent.condition import Nearest, style_grid
from vae_desktop.latent.decode import decode
from vae_desktop.ui.opening import Opened, mapping
from vae_desktop.ui.panels.inspector import InspectorPanel
from vae_desktop.ui.panels.styles import FOR_WHAT, NO_MODEL, StylesPanel
from vae_desktop.ui.workspace import Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from vae_desktop.core.values import Dataset
    from vae_desktop.latent.space import Space
    from vae_desktop.models.vae import VAE
    from vae_desktop.ui.conditions import ClassChoice
    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.workspace import Workspace

SOON = 20_000


def made(dataset: Dataset, seed: int = 0, latent: int = 2) -> VAE:
    import torch

    from vae_desktop.models.config import VAEConfig
    from vae_desktop.models.cvae import CVAE

    torch.manual_seed(seed)
    return CVAE(VAEConfig(latent=latent, hidden=(16,)), Preparation.fit(dataset)).eval()


@pytest.fixture
def opened(workspace: Workspace, pictures: Dataset) -> Workspace:
    """The pictures as a conditional model sees them that has learned nothing."""
    space = finish(mapping(made(pictures), pictures, None))
    workspace.set_opened(Opened(pictures, space, preparation=Preparation.fit(pictures)))
    return workspace


def choose(choice: ClassChoice, text: str) -> None:
    next(action for action in choice.menu().actions() if action.text() == text).trigger()


@pytest.fixture
def inspector(workspace: Workspace, themes: Themes, qtbot: QtBot) -> InspectorPanel:
    panel = InspectorPanel(workspace, themes)
    qtbot.addWidget(panel)
    return panel


@pytest.fixture
def styles(workspace: Workspace, themes: Themes, qtbot: QtBot) -> StylesPanel:
    panel = StylesPanel(workspace, themes)
    qtbot.addWidget(panel)
    panel.resize(700, 260)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


def test_the_choice_is_there_for_conditional_models_only(
    inspector: InspectorPanel, opened: Workspace, open_untrained: Callable[..., Space], pictures: Dataset
) -> None:
    choice = inspector.condition
    assert not choice.isHidden()
    assert [action.text() for action in choice.menu().actions()] == ["as the nearest item", "standing", "lying"]
    choose(choice, "lying")
    assert opened.look.condition == 1
    open_untrained(pictures, 2)
    assert choice.isHidden()
    assert opened.look.condition is None  # dropped with the model


def test_all_places_decode_as_the_class_that_was_chosen_and_it_can_be_undone(
    inspector: InspectorPanel, opened: Workspace, qtbot: QtBot
) -> None:
    inspector.show()
    space = opened.space
    assert space is not None
    assert space.model is not None
    assert isinstance(space.model.condition, Nearest)
    z = np.array([[0.3, -0.2]], np.float32)
    told = []
    opened.space_changed.connect(lambda by: told.append(by))
    opened.set_cursor(Place(z[0]))
    expected = [decode(space.model.given(k), z)[0] for k in (0, 1)]
    assert not np.array_equal(*expected)
    for k, name in ((0, "standing"), (1, "lying")):
        choose(inspector.condition, name)
        assert opened.space is not None
        np.testing.assert_array_equal(opened.space.decode(z)[0], expected[k])
    assert len(told) == 2
    opened.undo.undo()
    assert opened.space.model is not None
    assert opened.space.model.condition == 0
    opened.undo.undo()
    assert isinstance(opened.space.model.condition, Nearest)
    assert inspector.condition.text() == "Class: as the nearest item ▾"


def test_it_stays_while_a_training_is_followed(opened: Workspace, pictures: Dataset, qtbot: QtBot) -> None:
    opened.set_look(condition=1)
    opened.set_model(made(pictures, 1))
    assert opened.space is not None
    assert opened.space.model is not None
    assert opened.space.model.condition == 1
    before = opened.space.posterior
    with qtbot.waitSignal(opened.space_changed, timeout=SOON, check_params_cb=lambda by: by is None):
        opened.set_model(made(pictures, 2), last=True)
    assert opened.space.posterior is not before
    assert opened.space.model.condition == 1


def test_no_known_class_and_codes_that_are_no_numbers(opened: Workspace) -> None:
    space = opened.space
    assert space is not None
    mu = space.posterior.mu.copy()
    mu[:] = np.nan
    for labels in (None, np.full(len(mu), -1, np.int64)):
        posterior = replace(space.posterior, mu=mu)
        opened.set_space(replace(space, posterior=posterior, labels=labels), None)
        opened.set_look(condition=1)
        opened.set_look(condition=None)
        assert opened.space is not None
        assert opened.space.decode(np.zeros((3, 2), np.float32)).shape == (3, 8, 8, 1)


def test_styles_in_rows_and_classes_in_columns(styles: StylesPanel, opened: Workspace, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: len(styles.grid) == 5 * 2, timeout=SOON)
    assert styles._shown is not None
    model = opened.space.model if opened.space is not None else None
    assert model is not None
    np.testing.assert_array_equal(styles._shown.items, style_grid(model, styles._shown.z))
    assert list(styles.grid.captions) == ["standing", "lying"] * 5
    opened.stand(opened.place_of(3), (3, 7))
    qtbot.waitUntil(lambda: len(styles.grid) == 7 * 2, timeout=SOON)
    assert list(styles.grid.row_names[:3]) == ["at the cursor", "#7", "style 1"]
    styles.seed.setValue(4)
    qtbot.waitUntil(lambda: styles._shown is not None and styles._shown.z[2] is not None, timeout=SOON)
    styles.grab()


def test_a_click_puts_cursor_and_class_there_in_one_step(styles: StylesPanel, opened: Workspace, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: len(styles.grid) == 10, timeout=SOON)
    assert styles._shown is not None
    z, steps = styles._shown.z[1], opened.undo.index()
    qtbot.mouseClick(styles.grid, Qt.MouseButton.LeftButton, pos=styles.grid.box(3).center())
    assert opened.cursor is not None
    np.testing.assert_array_equal(opened.cursor.z, z)
    assert opened.look.condition == 1
    qtbot.waitUntil(lambda: len(styles.grid) == 12, timeout=SOON)
    qtbot.waitUntil(lambda: styles.grid._marked == 1, timeout=SOON)
    opened.undo.undo()
    assert (opened.cursor, opened.look.condition, opened.undo.index()) == (None, None, steps)


def test_for_other_models_it_says_what_it_is_for(
    styles: StylesPanel, open_untrained: Callable[..., Space], pictures: Dataset
) -> None:
    assert styles._hint.text() == NO_MODEL
    open_untrained(pictures, 2)
    assert styles._hint.text() == FOR_WHAT
    assert styles._hint.isVisible()
    assert not styles._tools.isVisible()
    assert styles.exports() == []
    styles.grab()


@pytest.mark.parametrize("latent", [1, 64])
def test_any_latent_dimension(
    latent: int, styles: StylesPanel, workspace: Workspace, pictures: Dataset, qtbot: QtBot
) -> None:
    space = finish(mapping(made(pictures, latent=latent), pictures, None))
    workspace.set_opened(Opened(pictures, space, preparation=Preparation.fit(pictures)))
    qtbot.waitUntil(lambda: len(styles.grid) == 10, timeout=SOON)
    assert len(styles.exports()) == 3
