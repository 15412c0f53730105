"""Colours, fonts and the style sheet of the dark and the light theme."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from string import Template
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSettings, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette

from vae_desktop.core.resources import resource
from vae_desktop.export.palette import PALETTE

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

RADIUS = 8
SPACE = 4  # spacing goes in steps of this


@dataclass(frozen=True)
class Theme:
    """One set of colours, as ``#rrggbb``. `classes` are told apart by colour-blind people, too."""

    name: str
    background: str
    panel: str
    card: str
    line: str
    field: str
    text: str
    quiet: str
    accent: str
    accent_text: str
    on_accent: str
    selected: str
    cursor: str
    good: str
    good_back: str
    warn: str
    warn_back: str
    path: str
    classes: tuple[str, ...]
    ramp: tuple[str, ...]  # from low to high


DARK = Theme(
    name="dark", background="#0b0d10", panel="#111419", card="#161a20", line="#23282f", field="#0f1216",
    text="#d7dce3", quiet="#8a93a0", accent="#3b6fe0", accent_text="#6ea8fe", on_accent="#ffffff",
    selected="#233e75", cursor="#ffd666", good="#8fe3a0", good_back="#14301c", warn="#ffc46b", warn_back="#3a2a10",
    path="#ffffff",
    classes=("#6ea8fe", "#ff9e64", "#86d993", "#f47e9f", "#b794f6", "#e5c07b", "#6fd3d8", "#f0a6d8", "#9aa5bd",
             "#d4e157"),
    ramp=("#5b4bc4", "#3f7fd0", "#2aa7a0", "#6ccd5a", "#fde725"),
)  # fmt: skip
LIGHT = Theme(
    name="light", background="#f4f5f7", panel="#fafbfc", card="#ffffff", line="#d9dde3", field="#f1f3f6",
    text="#1b2028", quiet="#5c6675", accent="#2f62d4", accent_text="#1f56c4", on_accent="#ffffff",
    selected="#dbe6ff", cursor="#b87900", good="#116329", good_back="#dff3e4", warn="#7a4a00", warn_back="#fdf0d5",
    path="#1b2028",
    classes=PALETTE,
    ramp=("#c9a400", "#4fa83d", "#1f8a86", "#33619c", "#3a1263"),
)  # fmt: skip


SHADES = (72, 112, 55, 125)  # lightness in percent, at each further turn through the colours


def class_colour(theme: Theme, index: int) -> str:
    """Colour of the class `index`, ``#rrggbb``; past the tenth in other shades; −1 (unknown) is quiet."""
    if index < 0:
        return theme.quiet
    turn, index = divmod(index, len(theme.classes))
    colour = QColor(theme.classes[index])
    if turn:
        shade = SHADES[(turn - 1) % len(SHADES)]
        colour.setHsl(colour.hslHue(), colour.hslSaturation(), max(40, min(240, colour.lightness() * shade // 100)))
    return colour.name()


class Themes(QObject):
    """Applies the theme to the application; follows the system unless one is chosen."""

    changed = Signal()

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app = app
        self.current = DARK
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._apply)
        app.setFont(_font())
        app.setStyle("Fusion")
        self._apply()

    @property
    def choice(self) -> str:
        """``system``, ``dark`` or ``light``."""
        return str(QSettings().value("theme", "system"))

    def choose(self, choice: str) -> None:
        """Set and remember the theme."""
        QSettings().setValue("theme", choice)
        self._apply()

    def _apply(self, *_: object) -> None:
        choice = self.choice
        if choice == "system":
            light = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Light
            choice = "light" if light else "dark"
        self.current = LIGHT if choice == "light" else DARK
        self._app.setPalette(_palette(self.current))
        self._app.setStyleSheet(style_sheet(self.current))
        self.changed.emit()


def _font() -> QFont:
    """The system's interface font at 13 px."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    families = ["Inter", "Segoe UI Variable", "Segoe UI", "SF Pro Text", "Cantarell", "Noto Sans", "DejaVu Sans"]
    font.setFamilies([*families, font.family()])
    font.setPixelSize(13)
    return font


def _palette(theme: Theme) -> QPalette:
    palette = QPalette()
    roles = QPalette.ColorRole
    for role, colour in {
        roles.Window: theme.panel, roles.WindowText: theme.text, roles.Base: theme.field, roles.Text: theme.text,
        roles.AlternateBase: theme.card, roles.Button: theme.card, roles.ButtonText: theme.text,
        roles.Highlight: theme.accent, roles.HighlightedText: theme.on_accent, roles.ToolTipBase: theme.card,
        roles.ToolTipText: theme.text, roles.PlaceholderText: theme.quiet, roles.Link: theme.accent_text,
        roles.Mid: theme.line, roles.Dark: theme.line, roles.Light: theme.card,
    }.items():  # fmt: skip
        palette.setColor(role, QColor(colour))
    for role in (roles.Text, roles.ButtonText, roles.WindowText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme.quiet))
    return palette


@cache
def style_sheet(theme: Theme) -> str:
    """The application's style sheet in this theme's colours."""
    text = resource("style.qss").read_text(encoding="utf-8")
    colours = {key: value for key, value in vars(theme).items() if isinstance(value, str)}
    return Template(text).substitute(colours, radius=f"{RADIUS}px", icons=resource("icons").as_posix())
