import numpy as np
import pytest

from vae_desktop.core.errors import ReaderError
from vae_desktop.readers import read
from vae_desktop.readers.shapes import COUNT, sprites


def test_the_same_seed_draws_the_same_shapes() -> None:
    first, again, other = read("shapes", n=50), read("shapes", n=50), read("shapes", n=50, seed=1)
    assert first.fingerprint() == again.fingerprint() != other.fingerprint()
    assert read("shapes", n=20).fingerprint() == read("shapes", n=20, seed=0).fingerprint()


def test_images_are_white_on_black_and_inside() -> None:
    x = read("shapes", n=400).x
    assert x.shape == (400, 64, 64, 1)
    assert x.dtype == np.uint8
    assert (x.max(axis=(1, 2, 3)) == 255).all()
    assert not x[:, [0, -1]].any()
    assert not x[:, :, [0, -1]].any()
    assert ((x > 0) & (x < 255)).any(axis=(1, 2, 3)).mean() > 0.9  # anti-aliased edges


def test_factors_say_what_is_drawn() -> None:
    data = read("shapes", n=600)
    x, factors = data.x[..., 0].astype(float), data.factors
    assert list(factors) == ["shape", "scale", "orientation", "x", "y"]
    assert (factors["shape"] == data.labels).all()
    assert data.classes == ("square", "ellipse", "heart")
    mass = x.sum(axis=(1, 2))
    for axis, name in ((1, "x"), (2, "y")):
        centre = (x.sum(axis=axis) * np.arange(64)).sum(axis=1) / mass
        assert np.abs(centre - (16 + 31 * factors[name])).max() < 3
    # A square of half-width 10 at scale 1.
    square = data.labels == 0
    assert mass[square] / 255 == pytest.approx((20 * factors["scale"][square]) ** 2, rel=0.02)
    rows = np.column_stack(list(factors.values()))
    assert len(np.unique(rows, axis=0)) == len(rows)


def test_shapes_are_solid_and_turn() -> None:
    assert all(sprites(shape)[:, :, 16, 16].min() == 255 for shape in range(3))
    quarter = sprites(2)[-1, 10]
    assert np.abs(np.rot90(quarter).astype(int) - sprites(2)[-1, 0]).max() <= 1


@pytest.mark.parametrize("options", [{"n": 0}, {"n": COUNT + 1}, {"n": 2.5}, {"seed": -1}, {"n": True}])
def test_refuses_options_out_of_range(options: dict[str, float]) -> None:
    with pytest.raises(ReaderError, match="must be a whole number from"):
        read("shapes", **options)


def test_digits_are_the_published_ones() -> None:
    data = read("digits")
    assert data.x.shape == (1797, 8, 8, 1)
    assert data.x.min() == 0
    assert data.x.max() == 1
    assert data.labels is not None
    assert data.labels[:10].tolist() == list(range(10))
    assert np.bincount(data.labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
