"""What stands on one tile of a map's backdrop, painted off the window's thread in pixels of the screen."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen, QPolygonF, QTransform

from vae_desktop.ui.widgets import item_view

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vae_desktop.core.preparation import Preparation
    from vae_desktop.latent.contours import Contour
    from vae_desktop.ui.theme import Theme
    from vae_desktop.ui.widgets.tiles import Tile

FILLED = 0.84  # part of its cell that a picture takes
INK, COLOURED, DIMMED = 0.44, 0.5, 0.42  # how strongly grey and coloured strokes and other pictures stand out
FADED = 0.45  # how strongly rows do
FROM_AWAY, FROM_SCORE = 5.0, 4.0  # beyond these nothing more is told
SOLID, FAINT, UNKNOWN = 0.5, 0.09, 0.35  # opacity inside the data, far from it, and where that is not known
AWAY = ("#2f6fd0", "#7fb0ea", "#b9bcc2", "#f0a860", "#d95f02")  # at 0 … 4 σ; told apart without red or green
RGB32 = QImage.Format.Format_RGB32


def atlas_image(items: np.ndarray, size: float, theme: Theme, preparation: Preparation, ink: bool, side: int) -> QImage:
    """Paint pictures (side², H, W, C) or rows (side², D) of a tile, row by row, onto `size` pixels."""
    pixels = max(1, round(size))
    if items.ndim == 2:
        return _rows(items, pixels, theme, preparation, side)
    h, w = items.shape[1:3]
    cell = math.ceil(max(h, w) / FILLED)
    sheet = np.full((side, cell, side, cell), _packed(_rgb(theme.background)), np.uint32)
    top, left = (cell - h) // 2, (cell - w) // 2
    drawn = _toned(items, theme, ink).reshape(side, side, h, w)
    sheet[:, top : top + h, :, left : left + w] = drawn.transpose(0, 2, 1, 3)
    edge = side * cell
    image = QImage(sheet.data, edge, edge, edge * 4, RGB32)
    smooth = Qt.TransformationMode.SmoothTransformation
    return image.copy().scaled(pixels, pixels, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)


def _toned(items: np.ndarray, theme: Theme, ink: bool) -> np.ndarray:
    """Pictures (M, H, W, C) uint8 as quiet colours on the background, (M, H, W) uint32."""
    back = _rgb(theme.background)
    grey = np.arange(256)[:, None]
    if ink and items.shape[-1] == 1:
        table = back + (_rgb(theme.quiet) - back) * (INK * grey / 255)
        tones: np.ndarray = _packed(table)[items[..., 0]]
        return tones
    if ink:  # black lets the background through, and what would be white is quiet, as grey strokes are
        strength = items.max(axis=-1, keepdims=True).astype(np.float32)
        pure = items * (255 / np.maximum(strength, 1))
        white = pure.min(axis=-1, keepdims=True)
        pure += white * (_rgb(theme.quiet).astype(np.float32) / 255 - 1)
        return _packed(back + (pure - back) * (COLOURED / 255 * strength))
    table = (back + (grey - back) * DIMMED + 0.5).astype(np.uint32)  # (256, 3), each channel towards its own ground
    red, green, blue = (table[:, i][items[..., min(i, items.shape[-1] - 1)]] for i in range(3))
    mixed: np.ndarray = np.uint32(0xFF000000) | red << 16 | green << 8 | blue
    return mixed


def _rows(rows: np.ndarray, pixels: int, theme: Theme, preparation: Preparation, side: int) -> QImage:
    image = QImage(pixels, pixels, RGB32)
    image.fill(QColor(theme.background))
    painter = QPainter(image)
    painter.setOpacity(FADED)
    cell = pixels / side
    for i, row in enumerate(rows):
        box = QRectF(i % side * cell, i // side * cell, cell, cell)
        room = cell * (1 - FILLED)
        item_view.paint(
            painter, box.adjusted(room / 2, room, -room / 2, -room), item_view.drawing(row, preparation), theme
        )
    painter.end()
    return image


def trust_image(there: np.ndarray, size: float, theme: Theme) -> QImage:
    """Paint a tile's values (corners, corners, 2) of :func:`vae_desktop.latent.trust.field` onto `size` pixels."""
    pixels = math.ceil(size) + 1  # reaches under the next tile: no seam
    corners = len(there)
    at = np.clip((np.arange(pixels) + 0.5) / size, 0, 1) * (corners - 1)
    weight = np.clip(1 - np.abs(at[:, None] - np.arange(corners)), 0, 1).astype(np.float32)  # (pixels, corners)
    away = weight @ np.minimum(there[..., 0], FROM_AWAY) @ weight.T
    colour = trust_colours()[np.clip(away * (256 / 4), 0, 255).astype(np.uint8)]  # (pixels, pixels, 3)
    if np.isnan(there[..., 1]).any():
        opacity = np.full((pixels, pixels, 1), UNKNOWN, np.float32)
    else:
        score = weight @ np.minimum(there[..., 1], FROM_SCORE) @ weight.T
        opacity = trust_opacity(score)[..., None]
    back = _rgb(theme.background).astype(np.float32)
    packed = np.ascontiguousarray(_packed(back + (colour - back) * opacity))
    return QImage(packed.data, pixels, pixels, pixels * 4, RGB32).copy()


def trust_colours() -> np.ndarray:
    """Colours (256, 3) float32 of coming back within 0 … 4 σ."""
    stops = np.array([_rgb(colour) for colour in AWAY])
    at = np.linspace(0, len(AWAY) - 1, 256)
    return np.stack([np.interp(at, range(len(AWAY)), stops[:, i]) for i in range(3)], axis=1).astype(np.float32)


def trust_opacity(score: np.ndarray) -> np.ndarray:
    """How solid a place of this distance to the data is painted: inside (up to 1) fully, outside (from 2) faintly."""
    opacity: np.ndarray = np.interp(score, (0.9, 1.5, 2.2), (SOLID, (SOLID + FAINT) / 2, FAINT)).astype(np.float32)
    return opacity


@dataclass(frozen=True, eq=False)
class Region:
    """A contour ready to paint: its group, the share of the items within it, its outline in the plane's units."""

    group: int
    share: float
    path: QPainterPath
    box: QRectF


def region(contour: Contour) -> Region:
    """Make a contour ready to paint."""
    path = QPainterPath()
    for ring in contour.rings:
        path.addPolygon(QPolygonF([QPointF(x, y) for x, y in ring.tolist()]))
        path.closeSubpath()
    return Region(contour.group, contour.share, path, path.boundingRect())


def density_image(regions: Sequence[Region], colours: Sequence[str], tile: Tile, size: float, theme: Theme) -> QImage:
    """Paint what a tile shows of the regions onto `size` pixels; `colours` by group."""
    pixels = math.ceil(size) + 1
    image = QImage(pixels, pixels, RGB32)
    image.fill(QColor(theme.background))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    scale = size / tile.span
    painter.setTransform(QTransform(scale, 0, 0, -scale, -tile.left * scale, tile.top * scale))
    room = 3 / scale
    shown = QRectF(tile.left, tile.top - tile.span, tile.span, tile.span).adjusted(-room, -room, room, room)
    for one in regions:
        if not one.box.intersects(shown):
            continue
        line, fill = QColor(colours[one.group]), QColor(colours[one.group])
        line.setAlphaF(0.75 - 0.5 * one.share)
        fill.setAlphaF(0.08)
        pen = QPen(line, max(1.0, 1.2 * painter.device().devicePixelRatio()))
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.setBrush(fill)
        painter.drawPath(one.path)
    painter.end()
    return image


def _rgb(colour: str) -> np.ndarray:
    """``#rrggbb`` as three numbers."""
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], float)


def _packed(rgb: np.ndarray) -> np.ndarray:
    """Colours (…, 3) as Qt's 0xffrrggbb, (…)."""
    whole = (rgb + 0.5).astype(np.uint32)
    packed: np.ndarray = np.uint32(0xFF000000) | whole[..., 0] << 16 | whole[..., 1] << 8 | whole[..., 2]
    return packed
