from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter

from vae_desktop.core.work import finish
from vae_desktop.ui.widgets.point_raster import Frame
from vae_desktop.ui.widgets.points import Points
from vae_desktop.ui.widgets.points_layer import DIMMED, PointsLayer

FRAME = Frame(200, 100, 10.0, 0.0, 10.0)  # places from 0 to 20 across and 0 to 10 upwards
RED, GREEN = "#ff0000", "#00ff00"
FEW = "vae_desktop.ui.widgets.points_layer.DOTS_UP_TO"


def layer_of(xy: object, groups: object, chosen: object = None) -> PointsLayer:
    places = np.array(xy, np.float32)
    layer = PointsLayer()
    layer.base = Points.of(places, np.array(groups, np.uint8))
    layer.colours = (RED, GREEN)
    if chosen is not None:
        mask = np.zeros(len(places), bool)
        mask[chosen] = True
        layer.chosen = layer.base.only(mask)
    return layer


def painted(layer: PointsLayer, frame: Frame = FRAME, ratio: float = 1.0) -> QImage:
    image = QImage(frame.width, frame.height, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(0)
    painter = QPainter(image)
    layer.paint(painter, frame, ratio)
    painter.end()
    image.setDevicePixelRatio(1)
    return image


def crowd(n: int, seed: int = 0) -> np.ndarray:
    """Places spread over the left half of the view."""
    return np.random.default_rng(seed).uniform((1, 1), (9, 9), (n, 2))


def test_dots_lie_where_their_places_are_in_their_groups_colour(qapp: object) -> None:
    image = painted(layer_of([[5.05, 2.05], [15.05, 8.05]], [0, 1]))
    assert image.pixelColor(50, 79) == QColor(RED)
    assert image.pixelColor(150, 19) == QColor(GREEN)
    assert image.pixelColor(100, 50).alpha() == 0


def test_on_a_finer_screen_dots_lie_at_the_same_places(qapp: object) -> None:
    fine = Frame(400, 200, 20.0, 0.0, 10.0)
    image = painted(layer_of([[5.05, 2.05]], [0]), fine, 2.0)
    assert image.pixelColor(101, 159) == QColor(RED)


def test_the_selected_are_bright_and_the_others_dim(qapp: object) -> None:
    image = painted(layer_of([[5.05, 5.05], [15.05, 5.05], [10.05, 5.05]], [0, 0, 1], chosen=[1]))
    assert image.pixelColor(150, 49) == QColor(RED)
    for x in (50, 100):
        assert image.pixelColor(x, 49).alphaF() == pytest.approx(DIMMED, abs=0.02)


def test_a_selected_item_lies_over_any_other(qapp: object) -> None:
    xy = np.concatenate([np.full((300, 2), 5.05), [[5.05, 5.05]]])
    image = painted(layer_of(xy, [0] * 300 + [1], chosen=[300]))
    assert image.pixelColor(50, 49) == QColor(GREEN)


def test_many_points_are_the_picture_of_their_density(qapp: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FEW, 100)
    xy = np.concatenate([crowd(20_000), np.random.default_rng(1).uniform((11, 1), (19, 9), (200, 2))])
    layer = layer_of(xy, [0] * 20_000 + [1] * 200)
    image = painted(layer)
    assert not layer.exact
    assert layer.drawn == pytest.approx(20_200, abs=5)

    def opacity(left: int, right: int) -> float:
        seen = [image.pixelColor(x, y).alphaF() for x in range(left, right, 3) for y in range(20, 80, 3)]
        return float(np.mean(seen))

    assert opacity(20, 80) > 2 * opacity(120, 180) > 0
    hues = {image.pixelColor(x, y).hue() for x in range(15, 85) for y in range(15, 85)} - {-1}
    assert hues == {QColor(RED).hue()}


def test_selected_dots_stand_on_the_density_of_the_others(qapp: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FEW, 100)
    xy = np.concatenate([crowd(20_000), [[15.05, 5.05]]])
    image = painted(layer_of(xy, [0] * 20_000 + [1], chosen=[20_000]))
    assert image.pixelColor(150, 49) == QColor(GREEN)
    opacities = [image.pixelColor(x, y).alphaF() for x in range(15, 85, 3) for y in range(15, 85, 3)]
    assert 0 < max(opacities) <= DIMMED + 0.02


def test_the_exact_picture_takes_the_place_of_the_quick_one(qapp: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FEW, 100)
    layer = layer_of(crowd(5000), np.arange(5000) % 2)
    quick = painted(layer)
    request = layer.request(FRAME, 1.0)
    assert layer.take(request, finish(request.painting()))
    assert layer.exact
    exact = painted(layer)
    assert exact != quick
    mixed = QColor(exact.pixelColor(50, 50))
    assert mixed.red() > 0
    assert mixed.green() > 0
    assert mixed.blue() == 0


def test_a_picture_of_what_is_no_longer_shown_is_refused(qapp: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FEW, 100)
    layer = layer_of(crowd(5000), np.zeros(5000))
    painted(layer)
    request = layer.request(FRAME, 1.0)
    answer = finish(request.painting())
    moved = Frame(200, 100, 10.0, 3.0, 10.0)
    painted(layer, moved)
    assert not layer.take(request, answer)  # another view
    painted(layer, FRAME)
    for change in ({"colours": (GREEN, RED)}, {"base": Points.none()}, {"chosen": layer.base}):
        before = {name: getattr(layer, name) for name in change}
        for name, value in change.items():
            setattr(layer, name, value)
        assert not layer.take(request, answer), change
        for name, value in before.items():
            setattr(layer, name, value)
    assert not layer.exact
    assert layer.take(request, answer)


def test_more_groups_than_steps_of_opacity_are_painted_exactly_at_once(
    qapp: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FEW, 100)
    groups = np.arange(5000) % 127
    layer = layer_of(crowd(5000), groups)
    layer.colours = tuple(QColor.fromHsv(2 * i, 255, 255).name() for i in range(128))
    painted(layer)
    assert layer.exact
    assert layer.drawn == 5000


def test_nothing_is_painted_without_points(qapp: object) -> None:
    layer = PointsLayer()
    image = painted(layer)
    assert all(image.pixelColor(x, y).alpha() == 0 for x in range(0, 200, 10) for y in range(0, 100, 10))
    assert layer.exact
