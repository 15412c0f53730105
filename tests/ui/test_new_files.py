"""A new file is in the window: a model in the form with its settings, a panel as a dock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest
    from pytestqt.qtbot import QtBot

    from vae_desktop.core.values import Dataset
    from vae_desktop.ui.main_window import MainWindow

    Drop = Callable[[str, str], None]

SOON = 60_000  # ms: torch may have to be loaded


def window_with(module: str, contributing: dict[str, str], drop_in: Drop, request: pytest.FixtureRequest) -> MainWindow:
    drop_in(module, contributing[module])
    window: MainWindow = request.getfixturevalue("window")  # built after the file is there
    return window


def test_model_in_the_form(
    contributing: dict[str, str], drop_in: Drop, request: pytest.FixtureRequest, pictures: Dataset, qtbot: QtBot
) -> None:
    window = window_with("vae_desktop.models.sparse", contributing, drop_in, request)
    window.show()
    window.workspace.set_dataset(pictures)
    family = window.findChild(QComboBox, "family")
    assert family is not None
    qtbot.waitUntil(lambda: family.findText("Sparse VAE") >= 0, timeout=SOON)
    family.setCurrentIndex(family.findText("Sparse VAE"))
    sparsity = window.findChild(QLineEdit, "sparsity")
    assert sparsity is not None
    qtbot.waitUntil(sparsity.isVisible)
    assert window.workspace.plan.model == "sparse"


def test_panel_as_a_dock(
    contributing: dict[str, str], drop_in: Drop, request: pytest.FixtureRequest, pictures: Dataset
) -> None:
    window = window_with("vae_desktop.ui.panels.census", contributing, drop_in, request)
    window.show()
    counts = window.findChild(QLabel, "census-counts")
    assert counts is not None
    assert counts.isVisible()
    assert not counts.text()
    window.workspace.set_dataset(pictures)
    assert counts.text() == "standing: 20\nlying: 20"
