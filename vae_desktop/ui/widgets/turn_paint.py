"""What is painted of a space in three dimensions: its box, its dots, where its axes point, and what stands in it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPen

from vae_desktop.latent.turn import Sight, rotation
from vae_desktop.ui.widgets.map_paint import Marks, paint_marks
from vae_desktop.ui.widgets.points_layer import DIMMED
from vae_desktop.ui.widgets.turn_raster import shades_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vae_desktop.latent.turn import Camera
    from vae_desktop.ui.theme import Theme
    from vae_desktop.ui.widgets.turn_raster import Drawn, TurnRaster

EDGES = [(a, b) for a, b in itertools.combinations(range(8), 2) if (a ^ b).bit_count() == 1]
ARM = 26  # logical pixels: length of an axis in the corner
CORNER = QPointF(52, 50)  # where the axes meet, from the lower left


@dataclass(frozen=True, eq=False)
class Standing:
    """What stands in the space, places (3,) each: cursor, anchors, a way (M, 3), and where a film is on it."""

    cursor: np.ndarray | None = None
    anchors: dict[str, np.ndarray] = field(default_factory=dict)
    path: np.ndarray | None = None
    player: np.ndarray | None = None

    def seen(self, sight: Sight) -> Marks:
        """The same as marks in the picture's pixels."""

        def pixel(place: np.ndarray | None) -> tuple[float, float] | None:
            if place is None or not np.isfinite(place).all():
                return None
            x, y, _ = sight.of(place)[0].tolist()
            return x, y

        anchors = {name: at for name, place in self.anchors.items() if (at := pixel(place)) is not None}
        path = None if self.path is None else sight.of(self.path)[:, :2]
        return Marks(pixel(self.cursor), anchors, path=path, player=pixel(self.player))


@dataclass(frozen=True, eq=False)
class Paints:
    """Colours of a theme and of the groups, made ready; any thread may use them."""

    theme: Theme
    shades: np.ndarray

    @classmethod
    def of(cls, theme: Theme, colours: Sequence[str]) -> Paints:
        """`colours`: ``#rrggbb`` of each group."""
        return cls(theme, shades_of(_rgb(colours), _rgb([theme.background])[0]))


def _rgb(colours: Sequence[str]) -> np.ndarray:
    made = map(QColor, colours)
    return np.array([(one.red(), one.green(), one.blue()) for one in made], np.float64).reshape(-1, 3)


def paint_dots(painter: QPainter, drawn: Drawn, ratio: float) -> None:
    """The dots; where some are selected, the others dimmed as on a map."""
    if drawn.over is not None:
        painter.setOpacity(DIMMED)
    painter.drawImage(0, 0, _image(drawn.pixels, ratio))
    painter.setOpacity(1)
    if drawn.over is not None:
        painter.drawImage(0, 0, _image(drawn.over, ratio))


def _image(pixels: np.ndarray, ratio: float) -> QImage:
    """Pixels as Qt's image; it holds on to their memory."""
    height, width = pixels.shape
    image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    return image


def paint_ground(painter: QPainter, sight: Sight, raster: TurnRaster, theme: Theme) -> None:
    """Background, and a faint box around nearly all places."""
    painter.fillRect(0, 0, sight.width, sight.height, QColor(theme.background))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    corners = np.array([[raster.box[corner >> axis & 1, axis] for axis in range(3)] for corner in range(8)])
    seen = sight.of(corners)
    line = QColor(theme.line)
    for a, b in EDGES:
        line.setAlphaF(0.55 + 0.45 * float(np.clip((seen[a, 2] + seen[b, 2]) / 2, -1, 1)))
        painter.setPen(QPen(line, 1))
        painter.drawLine(QPointF(*seen[a, :2].tolist()), QPointF(*seen[b, :2].tolist()))


def paint_axes(painter: QPainter, sight: Sight, labels: Sequence[str], theme: Theme) -> None:
    """Where the axes point, in the lower left corner; those that point away are quieter."""
    turn = rotation(sight.camera.azimuth, sight.camera.elevation)
    origin = QPointF(CORNER.x(), sight.height - CORNER.y())
    font = QFont(painter.font())
    font.setPixelSize(11)
    painter.setFont(font)
    for axis in np.argsort(turn[2], kind="stable").tolist():  # what points to the eye comes last, on top
        if not labels[axis]:
            continue
        way = QPointF(turn[0, axis], -turn[1, axis])
        colour = QColor(theme.text if turn[2, axis] >= 0 else theme.quiet)
        painter.setPen(QPen(colour, 1.5))
        painter.drawLine(origin, origin + way * ARM)
        at = origin + way * (ARM + 10) + QPointF(10 * way.x(), 0)  # a name is wider than it is high
        painter.drawText(QRectF(at.x() - 24, at.y() - 8, 48, 16), Qt.AlignmentFlag.AlignCenter, labels[axis])


def paint_standing(painter: QPainter, sight: Sight, standing: Standing, theme: Theme) -> None:
    """Cursor, anchors and the way between them, in front of all dots."""
    paint_marks(painter, standing.seen(sight), QPointF, theme)


def still(
    raster: TurnRaster,
    camera: Camera,
    size: tuple[int, int],
    paints: Paints,
    labels: Sequence[str],
    standing: Standing,
    font: QFont,
) -> np.ndarray:
    """One picture of a film, (H, W, 3) uint8; any thread may make it."""
    sight = Sight(camera, raster.ball, *size)
    image = QImage(*size, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.setFont(font)
    paint_ground(painter, sight, raster, paints.theme)
    paint_dots(painter, raster.paint(sight, raster.radius, paints.shades), 1)
    paint_axes(painter, sight, labels, paints.theme)
    paint_standing(painter, sight, standing, paints.theme)
    painter.end()
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(size[1], size[0], 4)
    return pixels[:, :, 2::-1].copy()  # stored as blue, green, red, unused
