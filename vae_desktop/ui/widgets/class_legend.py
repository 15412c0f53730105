"""The classes with their colours; each can be hidden, shown alone, selected, or called otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QMenu, QWidget

from vae_desktop.ui.widgets.flow_layout import FlowLayout

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from PySide6.QtGui import QPaintEvent

    from vae_desktop.ui.theme import Theme

DOT = 8  # pixels across
WIDEST = 180  # pixels of a name
MOST = 60  # classes shown: more are told by number only
NAME_ROOM = 96  # pixels to type a name in, at least


class ClassChip(QAbstractButton):
    """One class: a filled dot and its name; hollow and struck through when hidden."""

    alone = Signal()
    rename_asked = Signal()
    menu_asked = Signal(QPoint)  # on the screen

    def __init__(self, name: str, theme: Theme, colour: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setText(name)
        self.setObjectName(f"class:{name}")
        self.setCheckable(True)
        self.setChecked(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._theme, self._colour = theme, colour
        self.describe(None)

    def describe(self, count: int | None) -> None:
        """Say how many items it has, when that is known."""
        shown = "shown" if self.isChecked() else "hidden"
        items = "" if count is None else f": {count:,} items".replace(",", "\u2009")
        self.setAccessibleName(f"Class {self.text()}, {shown}")
        self.setToolTip(
            f"Class {self.text()}{items}, {shown} on the map\nClick to hide or show it; double click, Alt-click or"
            " Enter to show it alone; F2 to rename it, right click for more"
        )

    def call(self, name: str) -> None:
        """Take another name."""
        self.setText(name)
        self.setObjectName(f"class:{name}")
        self.updateGeometry()

    def paint_in(self, theme: Theme, colour: str) -> None:
        """Take other colours."""
        self._theme, self._colour = theme, colour
        self.update()

    def sizeHint(self) -> QSize:
        """Dot and name."""
        metrics = self.fontMetrics()
        return QSize(DOT + 8 + min(WIDEST, metrics.horizontalAdvance(self.text()) + 1), metrics.height() + 2)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Alt-click shows it alone."""
        if event.button() == Qt.MouseButton.LeftButton and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.alone.emit()
        else:
            super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show it alone."""
        self.alone.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter shows it alone; Space toggles; F2 renames."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.alone.emit()
        elif event.key() == Qt.Key.Key_F2:
            self.rename_asked.emit()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what else can be done with it."""
        self.menu_asked.emit(event.globalPos())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Dot, name, focus."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour, shown = QColor(self._colour), self.isChecked()
        painter.setPen(QPen(colour, 1.5))
        painter.setBrush(colour if shown else Qt.BrushStyle.NoBrush)
        radius = DOT / 2 - (0 if shown else 0.75)
        painter.drawEllipse(QPointF(DOT / 2 + 1, self.height() / 2), radius, radius)
        font = self.font()
        font.setStrikeOut(not shown)
        painter.setFont(font)
        painter.setPen(QColor(self._theme.text if shown else self._theme.quiet))
        room = QRectF(DOT + 6, 0, self.width() - DOT - 6, self.height())
        name = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, int(room.width()) + 1)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, name)
        if self.hasFocus():
            painter.setPen(QPen(QColor(self._theme.accent_text), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)


class NameEditor(QLineEdit):
    """Where a class's new name is typed: Enter or leaving it takes the name, Escape does not."""

    given = Signal(str)
    ended = Signal()

    def __init__(self, name: str, room: QRect, parent: QWidget) -> None:
        super().__init__(name, parent)
        self.setObjectName("className")
        self.setAccessibleName(f"New name of the class {name}")
        self.setToolTip("Enter takes the name, Escape leaves it as it was; empty: the data's own name")
        self.setGeometry(room)
        self.selectAll()
        self.show()
        self.setFocus()
        self.editingFinished.connect(lambda: self._end(self.text()))

    def give_up(self) -> None:
        """Leave the name as it was."""
        self._end(None)

    def _end(self, name: str | None) -> None:
        if not self.isVisible():
            return  # hiding it takes its focus, which ends it again
        self.hide()
        if name is not None:
            self.given.emit(name)
        self.ended.emit()
        self.deleteLater()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape gives up."""
        if event.key() == Qt.Key.Key_Escape:
            self.give_up()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Keep Escape from the window's own shortcuts."""
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
        return super().event(event)


class ClassLegend(QWidget):
    """Chips for the classes; emits which are hidden when a hand changed it, and new names."""

    hidden_changed = Signal(object)  # frozenset[int]
    renamed = Signal(int, str)
    selected = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("classLegend")
        self.setAccessibleName("Classes")
        self._flow = FlowLayout(self, across=8, down=2)
        self._chips: list[ClassChip] = []
        self._names: tuple[str, ...] = ()
        self._hidden: frozenset[int] = frozenset()
        self._counts: Sequence[int] = ()
        self._known = 0
        self._editor: NameEditor | None = None

    @property
    def chips(self) -> tuple[ClassChip, ...]:
        """The chips in the order of the classes."""
        return tuple(self._chips)

    def set_classes(self, names: Sequence[str], theme: Theme, colours: Sequence[str], known: int | None = None) -> None:
        """Show `names`, or only rename and recolour them when they are as many; the first `known` can be renamed."""
        if self._editor is not None and tuple(names) != self._names:
            self._editor.give_up()  # its class may be gone
        shown = tuple(names[:MOST])
        self._known = len(names) if known is None else known
        if names and len(names) == len(self._names):
            self._names = tuple(names)
            for chip, name, colour in zip(self._chips, shown, colours, strict=False):
                chip.call(name)
                chip.paint_in(theme, colour)
            self._mark()
            return
        self._names, self._counts, self._chips = tuple(names), (), []
        while (item := self._flow.takeAt(0)) is not None:
            item.widget().hide()
            item.widget().deleteLater()
        for index, (name, colour) in enumerate(zip(shown, colours, strict=False)):
            chip = ClassChip(name, theme, colour, self)
            chip.clicked.connect(lambda _=False, index=index: self._toggle(index))
            chip.alone.connect(lambda index=index: self._alone(index))
            chip.rename_asked.connect(lambda index=index: self.edit(index))
            chip.menu_asked.connect(lambda at, index=index: self._offer(index, at))
            self._flow.addWidget(chip)
            self._chips.append(chip)
        if len(names) > MOST:
            rest = QLabel(f"and {len(names) - MOST} more")
            rest.setProperty("role", "quiet")
            self._flow.addWidget(rest)
        self._mark()
        self.updateGeometry()

    def set_hidden(self, hidden: Iterable[int]) -> None:
        """Show which classes are hidden."""
        self._hidden = frozenset(hidden)
        self._mark()

    def set_counts(self, counts: Sequence[int]) -> None:
        """Tell how many items each class has."""
        self._counts = counts
        self._mark()

    def _mark(self) -> None:
        for index, chip in enumerate(self._chips):
            chip.setChecked(index not in self._hidden)
            chip.describe(self._counts[index] if index < len(self._counts) else None)

    def _toggle(self, index: int) -> None:
        self._choose(self._hidden ^ {index})

    def _alone(self, index: int) -> None:
        """Show `index` alone; all again when nothing else is shown."""
        others = frozenset(range(len(self._names))) - {index}
        # A double click's first click has toggled it already, so whether it is shown itself does not matter.
        self._choose(frozenset() if others <= self._hidden else others)

    def _choose(self, hidden: frozenset[int]) -> None:
        self.set_hidden(hidden)
        self.hidden_changed.emit(hidden)

    def edit(self, index: int) -> None:
        """Let a hand type another name for the class `index`, where it stands."""
        if index >= self._known or self._editor is not None:
            return
        chip = self._chips[index]
        room = chip.geometry().adjusted(0, 0, 4, 0)
        room.setWidth(max(room.width(), NAME_ROOM))
        room.moveRight(min(room.right(), self.width() - 1))
        editor = self._editor = NameEditor(chip.text(), room, self)
        editor.given.connect(lambda name: self.renamed.emit(index, name))
        editor.ended.connect(lambda: self._close_editor(chip))

    def _close_editor(self, chip: ClassChip) -> None:
        self._editor = None
        chip.setFocus()

    def _offer(self, index: int, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setObjectName("classMenu")
        menu.addAction("Select its items").triggered.connect(lambda: self.selected.emit(index))
        menu.addAction("Show alone").triggered.connect(lambda: self._alone(index))
        rename = menu.addAction("Rename…\tF2")
        rename.setEnabled(index < self._known)
        rename.triggered.connect(lambda: self.edit(index))
        menu.popup(at)
