from __future__ import annotations

import numpy as np
import pytest

from vae_desktop.core.work import finish
from vae_desktop.latent.turn import AWAY, FILL, Ball, Camera, Sight, lay_out, rotation


def codes(n: int, d: int) -> np.ndarray:
    rng = np.random.default_rng(d)
    return (rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + rng.normal(size=d)).astype(np.float32)


@pytest.mark.parametrize("azimuth", [0, 0.4, np.pi, -7.0])
@pytest.mark.parametrize("elevation", [0, -1.1, np.pi / 2])
def test_a_rotation_is_orthonormal_and_keeps_hands(azimuth: float, elevation: float) -> None:
    matrix = rotation(azimuth, elevation)
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(3), atol=1e-15)
    assert np.linalg.det(matrix) == pytest.approx(1)


def test_a_quarter_turn_brings_the_front_to_the_right() -> None:
    np.testing.assert_allclose(rotation(0, 0), np.eye(3))
    np.testing.assert_allclose(rotation(np.pi / 2, 0) @ [0, 0, 1], [1, 0, 0], atol=1e-15)
    np.testing.assert_allclose(rotation(0, np.pi / 2) @ [0, 1, 0], [0, 0, 1], atol=1e-15)  # seen from above
    np.testing.assert_allclose(rotation(0.3, 0.2) @ rotation(0.3, 0.2).T, np.eye(3), atol=1e-15)


def test_components_are_those_of_the_singular_values_up_to_sign() -> None:
    mu = codes(400, 7)
    projection = finish(lay_out(mu))
    centred = mu - mu.mean(axis=0)
    _, singular, rows = np.linalg.svd(centred.astype(float), full_matrices=False)
    theirs = centred @ rows[:3].T
    signs = np.sign((theirs * projection.xy).sum(axis=0))
    np.testing.assert_allclose(projection.xy, theirs * signs, rtol=1e-3, atol=1e-3)
    shares = singular**2 / (singular**2).sum()
    assert projection.labels == tuple(f"PC {i + 1} ({share:.0%})" for i, share in enumerate(shares[:3]))


def test_axes_are_the_dimensions_as_they_are() -> None:
    mu = codes(30, 6)
    projection = finish(lay_out(mu, (4, 0, 3)))
    np.testing.assert_array_equal(projection.xy, mu[:, [4, 0, 3]])
    assert projection.labels == ("z5", "z1", "z4")
    np.testing.assert_array_equal(projection.place(mu[2]), projection.xy[2])


@pytest.mark.parametrize("d", [1, 2])
def test_fewer_dimensions_lie_flat(d: int) -> None:
    mu = codes(30, d)
    for projection in (finish(lay_out(mu)), finish(lay_out(mu, tuple(range(d))))):
        assert projection.xy.shape == (30, 3)
        assert not projection.xy[:, d:].any()
        assert projection.labels[d:] == ("",) * (3 - d)


@pytest.mark.parametrize("axes", [None, (0, 1, 2)])
def test_poor_data(axes: tuple[int, ...] | None) -> None:
    nothing = finish(lay_out(np.empty((0, 5), np.float32), axes))
    assert nothing.xy.shape == (0, 3)
    assert Ball.around(nothing.xy) == Ball()
    for mu in (codes(1, 5), np.ones((9, 5), np.float32)):
        projection = finish(lay_out(mu, axes))
        assert np.isfinite(projection.xy).all()
        assert Ball.around(projection.xy).radius == 1
    mu = codes(20, 5)
    mu[3, 1] = np.nan
    projection = finish(lay_out(mu, axes))
    assert np.isnan(projection.xy[3]).any()
    assert np.isfinite(np.delete(projection.xy, 3, axis=0)).all()
    assert np.isfinite(Ball.around(projection.xy).radius)


def test_the_ball_holds_all_and_touches_one() -> None:
    places = codes(500, 3)
    ball = Ball.around(places)
    distance = np.linalg.norm(places - np.array(ball.centre), axis=1)
    assert distance.max() == pytest.approx(ball.radius)


def test_what_is_seen_is_the_perspective_of_what_is_turned() -> None:
    places = codes(50, 3)
    ball, camera = Ball.around(places), Camera(0.7, -0.4, 1.5, 0.1, -0.05)
    seen = Sight(camera, ball, 300, 200).of(places)
    turned = (places - np.array(ball.centre)) / ball.radius @ rotation(0.7, -0.4).T
    size = 1.5 * 100 * FILL * np.sqrt(AWAY**2 - 1) / (AWAY - turned[:, 2])
    np.testing.assert_allclose(seen[:, 0], 150 + 20 + size * turned[:, 0], rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(seen[:, 1], 100 + 10 - size * turned[:, 1], rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(seen[:, 2], turned[:, 2], atol=1e-5)


def test_from_everywhere_all_is_in_the_picture() -> None:
    places = codes(300, 3)
    ball = Ball.around(places)
    for azimuth in np.linspace(0, 6, 9):
        for elevation in (-1.5, -0.3, 0.8):
            seen = Sight(Camera(azimuth, elevation), ball, 300, 200).of(places)
            assert (seen[:, :2] >= [50, 0]).all()
            assert (seen[:, :2] <= [250, 200]).all()


def test_what_is_behind_the_eye_stays_finite() -> None:
    far = np.array([[0, 0, 1e6], [1e6, 0, 4.0]])
    assert np.isfinite(Sight(Camera(0, 0), Ball(), 100, 100).of(far)).all()


def test_zoom_keeps_the_place_under_the_pointer() -> None:
    ball, camera = Ball(), Camera(0.2, 0.1)
    place = np.array([[0.3, -0.2, 0.4]])
    x, y, _ = Sight(camera, ball, 400, 200).of(place)[0]
    closer = camera.closer(2.5, (x - 200) / 200, (100 - y) / 200)
    np.testing.assert_allclose(Sight(closer, ball, 400, 200).of(place)[0, :2], [x, y], rtol=1e-4)


def test_the_turntable_does_not_tip_over() -> None:
    assert Camera().turned(0, 9).elevation == np.pi / 2
    assert Camera().turned(0, -9).elevation == -np.pi / 2
    full = Camera(1.0, 0.2)
    for _ in range(8):
        full = full.turned(np.pi / 4)
    assert full.azimuth == pytest.approx(1.0)
