"""The docks, one file each, found by a package walk. A panel uses workspace, jobs, widgets; never another panel."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from PySide6.QtWidgets import QWidget

from vae_desktop.core.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QAction

    from vae_desktop.ui.theme import Themes
    from vae_desktop.ui.workspace import Workspace

Area = Literal["left", "centre", "below", "beside", "right"]  # "beside" the map: hidden at first


class Panel(QWidget):
    """One dock.

    Class attributes: `name` (registered, also the object name), `title` (what the person reads), `area` and
    `order` (where it stands at first), `help` (one line, shown on hover and in the glossary).
    """

    name: ClassVar[str]
    title: ClassVar[str]
    area: ClassVar[Area]
    order: ClassVar[int] = 0
    help: ClassVar[str] = ""

    def __init__(self, workspace: Workspace, themes: Themes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.workspace = workspace
        self.jobs = workspace.jobs
        self.themes = themes
        self.setObjectName(self.name)
        self.setAccessibleName(self.title)

    def exports(self) -> list[tuple[str, Callable[[], None]]]:
        """What the Export menu offers of this panel now: (label, function that asks where and writes)."""
        return []

    def top_action(self) -> QAction | None:
        """The action of this panel that stands as the blue button in the top bar, if it has one."""
        return None

    def shutdown(self) -> None:
        """End what is under way; the window closes."""


panels: Registry[type[Panel]] = Registry("vae_desktop.ui.panels", "panel")
