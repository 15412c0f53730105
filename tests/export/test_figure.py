"""The map as SVG and PNG."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from vae_desktop.core.errors import UserError
from vae_desktop.export.figure import Dots, Figure, Text, png, save_figure, shapes, svg

if TYPE_CHECKING:
    from pathlib import Path

XY = np.array([[0, 0], [1, 0], [0, 2], [1, 2]], np.float32)
RED, BLUE = "#ff0000", "#0000ff"
FULL = Figure(
    XY,
    np.array([0, 1, 1, -1]),
    (RED, BLUE),
    ("a < b & c", "β\0"),
    path=XY[:2],
    cursor=XY[3],
    ellipse=XY,
    title='<"title">',
    labels=("z1", "z2"),
    size=(400, 300),
)
NS = {"s": "http://www.w3.org/2000/svg"}


def test_svg_holds_every_item_in_its_group() -> None:
    root = ElementTree.fromstring(svg(FULL))
    groups = {
        (group.get("fill"), circle.get("r")): len(group)
        for group in root.findall("s:g", NS)
        for circle in group.findall("s:circle", NS)
    }
    assert groups == {("#8a93a0", "2.5"): 1, (RED, "2.5"): 1, (BLUE, "2.5"): 2, (RED, "5"): 1, (BLUE, "5"): 1}
    texts = [text.text for text in root.findall("s:text", NS)]
    assert {"a < b & c", "β", '<"title">', "z1", "z2"} <= set(texts)
    assert (root.get("width"), root.get("height")) == ("400", "300")


def test_y_points_up_and_both_axes_have_one_scale() -> None:
    dots = next(shape for shape in shapes(Figure(XY)) if isinstance(shape, Dots)).xy
    right, up = dots[1] - dots[0], dots[2] - dots[0]
    assert right[0] > 0
    assert up[1] < 0
    np.testing.assert_allclose(-up[1], 2 * right[0])


def test_ticks_stand_at_their_numbers() -> None:
    drawn = shapes(Figure(XY * 3 + 100))
    dots = next(shape for shape in drawn if isinstance(shape, Dots)).xy
    at = {shape.text: shape.x for shape in drawn if isinstance(shape, Text) and shape.anchor == "middle"}
    assert at["100"] == pytest.approx(dots[0, 0])
    assert at["102"] == pytest.approx(dots[0, 0] + 2 / 3 * (dots[1, 0] - dots[0, 0]))


def test_png_shows_the_same_dots() -> None:
    plain = Figure(XY, np.array([0, 1, 1, 1]), (RED, BLUE), size=(400, 300), radius=5)
    picture = np.asarray(png(plain)).astype(int)
    assert picture.shape == (300, 400, 3)
    for shape in shapes(plain):
        if isinstance(shape, Dots):
            for x, y in shape.xy.round().astype(int):
                assert picture[y, x].tolist() == ([255, 0, 0] if shape.colour == RED else [0, 0, 255])
    red = (picture[:, :, 0] > picture[:, :, 2]).sum()
    assert np.pi * 4**2 < red < np.pi * 6.5**2
    assert len(np.unique(picture[:, :, 1])) > 4  # smooth edges


def test_a_long_legend_says_what_it_leaves_out() -> None:
    n = 60
    figure = Figure(np.arange(2 * n).reshape(n, 2), np.arange(n), [RED] * n, [f"class {i}" * 9 for i in range(n)])
    texts = [shape.text for shape in shapes(figure) if isinstance(shape, Text)]
    names = [text for text in texts if text.startswith("class")]
    assert f"and {n - len(names)} more" in texts
    assert max(map(len, names)) == 18


@pytest.mark.parametrize("xy", [np.empty((0, 2)), np.ones((3, 2)), np.array([[1e6, 1e6], [1e6 + 1, 1e6]])])
def test_few_and_equal_places(xy: np.ndarray) -> None:
    root = ElementTree.fromstring(svg(Figure(xy)))
    assert len(root.findall("s:g/s:circle", NS)) == len(xy)
    png(Figure(xy, size=(200, 150)))


def test_save(tmp_path: Path) -> None:
    save_figure(tmp_path / "map.svg", FULL)
    assert (tmp_path / "map.svg").read_text("utf-8") == svg(FULL)
    save_figure(tmp_path / "map.png", FULL)
    with Image.open(tmp_path / "map.png") as picture:
        assert picture.size == (400, 300)
    for name in ("map.pdf", "missing/map.svg", "missing/map.png"):
        with pytest.raises(UserError):
            save_figure(tmp_path / name, FULL)
