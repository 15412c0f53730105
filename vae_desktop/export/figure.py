"""The map as a figure: SVG, and PNG drawn from the same shapes. Takes arrays, knows no models and no Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from vae_desktop.export.target import ending, writing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ENDINGS = (".svg", ".png")
PAPER, INK, QUIET, CURSOR = "#ffffff", "#1b1f24", "#8a93a0", "#b8860b"
MARGIN = 48
LEGEND = 160  # width of the legend's column
ROW = 21  # height of its rows
LONGEST = 18  # letters of a name in it
TEXT = 13
FONTS = ("DejaVuSans.ttf", "Arial.ttf", "arial.ttf")  # Pillow's own font has no Greek
FINE = 2  # the PNG is drawn this many times larger and then reduced: Pillow does not smooth edges


@dataclass(frozen=True, eq=False)
class Figure:
    """What the figure shows, in the map's own coordinates, y upwards.

    Parameters
    ----------
    xy
        Where the items lie, (N, 2).
    group
        Index into `colours` of each item, (N,) int; -1, or None for all, is drawn quiet and grey.
    colours
        ``#rrggbb`` of each group.
    names
        Names of the groups for the legend; none, no legend.
    path
        A way to draw as a line, (M, 2).
    cursor
        A place to ring, (2,).
    ellipse
        An outline to draw dashed, (M, 2).
    title
        Written above.
    labels
        What the two axes show.
    size
        Width and height in pixels.
    radius
        Of a dot, in pixels.
    """

    xy: np.ndarray
    group: np.ndarray | None = None
    colours: Sequence[str] = ()
    names: Sequence[str] = ()
    path: np.ndarray | None = None
    cursor: np.ndarray | None = None
    ellipse: np.ndarray | None = None
    title: str = ""
    labels: tuple[str, ...] = ("", "")
    size: tuple[int, int] = (1200, 900)
    radius: float = 2.5


@dataclass(frozen=True, eq=False)
class Dots:
    """Filled circles at `xy` (N, 2)."""

    xy: np.ndarray
    colour: str
    radius: float


@dataclass(frozen=True, eq=False)
class Line:
    """A line through `xy` (M, 2)."""

    xy: np.ndarray
    colour: str
    width: float = 1.0
    dashed: bool = False


@dataclass(frozen=True)
class Text:
    """A line of text whose baseline starts, is centred or ends at (x, y)."""

    x: float
    y: float
    text: str
    anchor: str = "start"
    size: int = TEXT


Shape = Dots | Line | Text


def shapes(figure: Figure) -> list[Shape]:
    """Everything to draw, in pixels, y downwards, from back to front."""
    width, height = figure.size
    groups = _groups(figure)
    used = [g for g in groups if 0 <= g < len(figure.names)]
    right = width - MARGIN - (LEGEND if used else 0)
    box = np.array([[MARGIN, MARGIN], [right, height - MARGIN]], float)
    parts = [part for part in (figure.xy, figure.path, figure.cursor, figure.ellipse) if part is not None]
    known = np.concatenate([np.asarray(part, np.float64).reshape(-1, 2) for part in parts])
    low, high = (known.min(0), known.max(0)) if len(known) else (np.zeros(2), np.ones(2))
    room = box[1] - box[0] - 4 * figure.radius
    scale = (room / np.maximum(high - low, 1e-3 * max(1.0, np.abs(known).max(initial=0)))).min()

    def pixels(xy: np.ndarray) -> np.ndarray:
        """One scale for both axes, so that distances look as they are."""
        placed: np.ndarray = box.mean(0) + (np.asarray(xy, np.float64) - (low + high) / 2) * (scale, -scale)
        return placed

    (left, top), (_, bottom) = box
    drawn: list[Shape] = [
        *_ticks(box, (low + high) / 2, scale),
        Line(np.array([[left, top], [right, top], [right, bottom], [left, bottom], [left, top]]), QUIET),
        Text((left + right) / 2, bottom + 38, figure.labels[0], "middle"),
        Text(left, top - 8, figure.labels[1]),
        Text((left + right) / 2, top - 16, figure.title, "middle", 16),
    ]
    for g, members in groups.items():
        drawn.append(Dots(pixels(figure.xy[members]), figure.colours[g] if g >= 0 else QUIET, figure.radius))
    if figure.ellipse is not None:
        outline = pixels(figure.ellipse)
        drawn.append(Line(np.concatenate([outline, outline[:1]]), INK, 1.5, dashed=True))
    if figure.path is not None:
        drawn.append(Line(pixels(figure.path), INK, 2))
    if figure.cursor is not None:
        angle = np.linspace(0, 2 * np.pi, 49)
        ring = pixels(figure.cursor) + 7 * np.stack([np.cos(angle), np.sin(angle)], 1)
        drawn += [Line(ring, PAPER, 6), Line(ring, CURSOR, 2.5)]
    drawn += _legend(figure, used, right, top, int((bottom - top) // ROW) - 1)
    return [shape for shape in drawn if not isinstance(shape, Text) or shape.text]


def _legend(figure: Figure, used: Sequence[int], right: float, top: float, rows: int) -> list[Shape]:
    """A dot and a name for each group, as many as there is room for."""
    drawn: list[Shape] = []
    for row, g in enumerate(used[:rows]):
        name, y = figure.names[g], top + 8 + row * ROW
        drawn.append(Dots(np.array([[right + 20, y]]), figure.colours[g], 5))
        drawn.append(Text(right + 32, y + 5, name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"))
    if len(used) > rows:
        drawn.append(Text(right + 32, top + 13 + rows * ROW, f"and {len(used) - rows} more"))
    return drawn


def _ticks(box: np.ndarray, origin: np.ndarray, scale: float) -> list[Shape]:
    """Round numbers along the lower and left edge, about 100 pixels apart; `origin` lies in the middle."""
    rough = 100 / scale
    power = 10.0 ** np.floor(np.log10(rough))
    step = power * next(factor for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    (left, top), (right, bottom) = box
    half = np.array([right - left, bottom - top]) / 2 / scale
    xs, ys = (
        np.arange(np.ceil((o - h) / step), np.floor((o + h) / step) + 1) * step
        for o, h in zip(origin, half, strict=True)
    )
    drawn: list[Shape] = []
    for number, x in zip(xs, (left + right) / 2 + (xs - origin[0]) * scale, strict=True):
        drawn.append(Line(np.array([[x, bottom], [x, bottom + 5]]), QUIET))
        drawn.append(Text(x, bottom + 20, f"{round(number, 9):g}", "middle"))
    for number, y in zip(ys, (top + bottom) / 2 - (ys - origin[1]) * scale, strict=True):
        drawn.append(Line(np.array([[left - 5, y], [left, y]]), QUIET))
        drawn.append(Text(left - 9, y + 5, f"{round(number, 9):g}", "end"))
    return drawn


def _groups(figure: Figure) -> dict[int, np.ndarray]:
    """Indices of the items of each group that has any, the unknown first, so that they lie at the back."""
    if figure.group is None:
        return {-1: np.arange(len(figure.xy))} if len(figure.xy) else {}
    return {int(g): np.flatnonzero(figure.group == g) for g in np.unique(figure.group)}


def svg(figure: Figure) -> str:
    """Draw as an SVG document; the dots of each group share one ``<g>``."""
    width, height = figure.size
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        ' font-family="sans-serif">',
        f'<rect width="{width}" height="{height}" fill="{PAPER}"/>',
    ]
    for shape in shapes(figure):
        if isinstance(shape, Dots):
            circles = "".join(f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{shape.radius:g}"/>' for x, y in shape.xy)
            lines.append(f'<g fill="{shape.colour}">{circles}</g>')
        elif isinstance(shape, Line):
            points = " ".join(f"{x:.2f},{y:.2f}" for x, y in shape.xy)
            dash = ' stroke-dasharray="6 4"' if shape.dashed else ""
            stroke = f'stroke="{shape.colour}" stroke-width="{shape.width:g}"{dash}'
            lines.append(f'<polyline points="{points}" fill="none" {stroke}/>')
        else:
            where = f'x="{shape.x:.2f}" y="{shape.y:.2f}" text-anchor="{shape.anchor}" font-size="{shape.size}"'
            text = "".join(letter for letter in shape.text if letter.isprintable())  # XML allows no control signs
            lines.append(f'<text {where} fill="{INK}">{escape(text)}</text>')
    return "\n".join([*lines, "</svg>\n"])


def png(figure: Figure) -> Image.Image:
    """Draw as a picture with smooth edges."""
    width, height = figure.size
    page = Image.new("RGB", (width * FINE, height * FINE), PAPER)
    draw = ImageDraw.Draw(page)
    for shape in shapes(figure):
        if isinstance(shape, Dots):
            radius = shape.radius * FINE
            for x, y in shape.xy * FINE:
                draw.ellipse((x - radius, y - radius, x + radius, y + radius), shape.colour)
        elif isinstance(shape, Line):
            points = shape.xy * FINE
            pairs = zip(points[::2], points[1::2], strict=False) if shape.dashed else [points]
            for part in pairs:
                draw.line([tuple(p) for p in part], shape.colour, round(shape.width * FINE), joint="curve")
        else:
            font = _font(shape.size * FINE)
            anchor = {"start": "ls", "middle": "ms", "end": "rs"}[shape.anchor]
            draw.text((shape.x * FINE, shape.y * FINE), shape.text, INK, font, anchor)
    return page.resize((width, height), Image.Resampling.BOX)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    for name in FONTS:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return ImageFont.load_default(size)


def save_figure(path: str | Path, figure: Figure) -> None:
    """Write the figure as ``.svg`` or ``.png``.

    Raises
    ------
    UserError
        On an unknown ending or a place that cannot be written.
    """
    if ending(path, ENDINGS) == ".svg":
        data = svg(figure).encode()
        with writing(path) as file:
            file.write(data)
    else:
        page = png(figure)
        with writing(path) as file:
            page.save(file, "PNG")
