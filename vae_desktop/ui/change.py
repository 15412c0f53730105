"""One step of undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QUndoCommand

if TYPE_CHECKING:
    from vae_desktop.ui.workspace import Workspace


class Change(QUndoCommand):
    """One undoable change of one part of the state."""

    KINDS = ("cursor", "selection", "anchors", "look", "names")

    def __init__(self, workspace: Workspace, part: str, new: object, text: str, by: object, merge: object) -> None:
        super().__init__(text)
        self._workspace, self._part, self._new, self._by, self._merge = workspace, part, new, by, merge
        self._old = getattr(workspace, part)

    def chose(self, field: str, value: object) -> bool:
        """Whether it gave this field of its part this value."""
        return getattr(self._new, field, None) == value and getattr(self._old, field, None) != value

    def redo(self) -> None:
        """Make it."""
        self._workspace.assign(self._part, self._new, self._by)
        self._by = None  # done again, everybody must hear of it

    def undo(self) -> None:
        """Take it back."""
        self._workspace.assign(self._part, self._old, None)

    def id(self) -> int:
        """Tell Qt which steps may be merged; −1: never."""
        return self.KINDS.index(self._part) if self._merge is not None else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Become one step with the next, of the same movement."""
        if not isinstance(other, Change) or other._merge != self._merge:
            return False
        self._new = other._new
        return True
