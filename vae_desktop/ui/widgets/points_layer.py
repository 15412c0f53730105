"""Points as Qt paints them: round dots when few are in view, the picture of their density when many are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QColor, QImage, QPainter

from vae_desktop.core.work import finish
from vae_desktop.ui.widgets.point_raster import DOTS_UP_TO, RIM, Frame, Raster, radius_for
from vae_desktop.ui.widgets.points import MAX_GROUPS, Points

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from typing import TypeVar

    from vae_desktop.core.work import Progress

    R = TypeVar("R")
    Painting = Generator[Progress, None, R]
    Painted = tuple[QImage, QImage | None, int, bool]  # all, the selected, how many of all are drawn, all of them?

LEAST = 500_000  # points that a quick picture draws at the least
FEWEST_STEPS = 2  # of opacity, however many groups there are
DIMMED = 0.3  # opacity of what is not selected, where something is
CHOSEN = 2.2  # logical pixels: radius of selected dots on a picture of density, at the most
SOFT = 110  # opacity of a dot's rim, of 255


@dataclass(frozen=True, eq=False)
class Request:
    """What an exact picture needs: made in the window's thread, painted in any."""

    frame: Frame
    ratio: float
    base: Points
    chosen: Points | None
    colours: tuple[str, ...]

    def radius(self, points: Points) -> tuple[float, bool]:
        """Radius of the dots of `points` in pixels, and whether they are to be dots at all."""
        in_view = self.base.near(*self.frame.box)
        radius, few = radius_for(in_view), in_view <= DOTS_UP_TO
        if points is not self.base and not few:
            mine = points.near(*self.frame.box)
            radius, few = min(CHOSEN, radius_for(mine)), mine <= DOTS_UP_TO
        return round(radius * self.ratio * 2) / 2, few

    def painting(self, quick: bool = False, raster: Raster | None = None) -> Painting[Painted]:
        """Paint all points, and the selected ones once more; it can be given up between two blocks of points."""
        raster = raster or Raster()
        image, drawn, exact = yield from self._painting(self.base, quick, raster)
        if self.chosen is None:
            return image, None, drawn, exact
        over, _, over_exact = yield from self._painting(self.chosen, quick, raster)
        return image, over, drawn, exact and over_exact

    def _painting(self, points: Points, quick: bool, raster: Raster) -> Painting[tuple[QImage, int, bool]]:
        radius, few = self.radius(points)
        if few:
            image = _indexed(raster.dots(points, self.frame, max(radius, 1.0)), _dot_colours(self.colours))
            return self._sized(image), len(points), True
        groups = max(1, len(self.colours))
        steps = max(FEWEST_STEPS, 255 // groups)
        if quick and groups * steps < 256:
            pixels, drawn = raster.density(points, self.frame, radius, steps, LEAST)
            return self._sized(_indexed(pixels, _step_colours(self.colours, steps))), drawn, False
        known = [QColor(colour) for colour in self.colours] or [QColor("#808080")]
        rgb = np.array([(one.red(), one.green(), one.blue()) for one in known])
        picture, drawn = yield from raster.exact(points, self.frame, radius, rgb)
        height, width = picture.shape[:2]
        # The copy belongs to Qt: numpy's memory may go before the picture does.
        image = QImage(picture.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied).copy()
        return self._sized(image), len(points), True

    def _sized(self, image: QImage) -> QImage:
        image.setDevicePixelRatio(self.ratio)
        return image


class PointsLayer:
    """The points of a map, their colours, and the selected ones of them; keeps the picture of the last view."""

    def __init__(self) -> None:
        self.base = Points.none()
        self.chosen: Points | None = None
        self.colours: tuple[str, ...] = ()
        self.drawn, self.exact = 0, True
        self._raster = Raster()
        self._key: object = None
        self._images: tuple[QImage, QImage | None] = QImage(), None

    def changed(self) -> None:
        """Forget the picture."""
        self._key = None

    def request(self, frame: Frame, ratio: float) -> Request:
        """What a picture of this view needs."""
        return Request(frame, ratio, self.base, self.chosen, self.colours)

    def paint(self, painter: QPainter, frame: Frame, ratio: float) -> None:
        """Paint the points in view: quickly, unless the exact picture of just this view is there."""
        if self._key != (frame, ratio):
            image, over, self.drawn, self.exact = finish(self.request(frame, ratio).painting(True, self._raster))
            self._key, self._images = (frame, ratio), (image, over)
        image, over = self._images
        if over is not None:
            painter.setOpacity(DIMMED)
        painter.drawImage(0, 0, image)
        painter.setOpacity(1)
        if over is not None:
            painter.drawImage(0, 0, over)

    def take(self, request: Request, painted: Painted) -> bool:
        """Take an exact picture, if the view is still the one it is of."""
        current = (request.base, request.chosen, request.colours) == (self.base, self.chosen, self.colours)
        if not current or self._key != (request.frame, request.ratio):
            return False
        image, over, self.drawn, self.exact = painted
        self._images = image, over
        return True


def _indexed(pixels: np.ndarray, colours: Sequence[int]) -> QImage:
    height, width = pixels.shape
    image = QImage(pixels.data, width, height, width, QImage.Format.Format_Indexed8)
    image.setColorTable(list(colours))
    return image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)  # three times as quick to draw


@lru_cache(8)
def _dot_colours(colours: tuple[str, ...]) -> list[int]:
    table = [0] * 256
    for group, colour in enumerate(colours[:MAX_GROUPS]):
        solid, soft = QColor(colour), QColor(colour)
        soft.setAlpha(SOFT)
        table[group + 1], table[RIM + group + 1] = solid.rgba(), soft.rgba()
    return table


@lru_cache(8)
def _step_colours(colours: tuple[str, ...], steps: int) -> list[int]:
    table = [0] * 256
    for group, name in enumerate(colours):
        colour = QColor(name)
        for step in range(1, steps + 1):
            colour.setAlphaF(step / steps)
            table[group * steps + step] = colour.rgba()
    return table
