"""What a conditional model takes for the class of a place."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from vae_desktop.core.errors import UserError
from vae_desktop.core.preparation import Preparation
from vae_desktop.latent.condition import Nearest, style_grid, with_classes, with_model
from vae_desktop.latent.decode import decode
from vae_desktop.latent.encode import encode
from vae_desktop.latent.sample import sample_codes
from vae_desktop.latent.space import Space
from vae_desktop.latent.trust import round_trip
from vae_desktop.models.config import VAEConfig
from vae_desktop.models.cvae import CVAE

if TYPE_CHECKING:
    from vae_desktop.core.values import Dataset

LABELS = np.arange(40, dtype=np.int32) % 4 - 1  # −1, 0, 1, 2, …


@pytest.fixture
def conditional(dataset: Dataset) -> Space:
    data = replace(dataset, labels=LABELS, classes=("a", "b", "c"))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = CVAE(VAEConfig(latent=3, hidden=(16,)), Preparation.fit(data)).eval()
        with torch.no_grad():
            model.encoder[-1].weight *= 20  # spreads the codes
            model.decoder[0].weight *= 5  # and tells the classes apart
    return with_classes(Space(model, encode(model, data), data), data.labels, data.classes)


@pytest.mark.parametrize("d", [1, 2, 6, 7, 64])
@pytest.mark.parametrize("away", [0.0, 30.0])
def test_the_class_is_that_of_the_nearest_item(d: int, away: float) -> None:
    rng = np.random.default_rng(0)
    mu = (rng.normal(size=(700, d)) + away).astype(np.float32)
    mu[5] = np.nan
    labels = rng.integers(-1, 9, 700)
    near = Nearest(mu, labels)
    good = np.delete(np.arange(700), 5)
    np.testing.assert_array_equal(near.at(mu[good]), labels[good])
    z = (rng.normal(size=(150, d)) + away).astype(np.float32)
    distance = np.linalg.norm(mu[good].astype(np.float64)[None] - z[:, None].astype(np.float64), axis=2)
    np.testing.assert_array_equal(near(torch.from_numpy(z)).numpy(), labels[good][distance.argmin(1)])


def test_where_nothing_is_near_the_class_is_unknown() -> None:
    mu = np.full((3, 2), np.nan, np.float32)
    assert Nearest(mu, np.zeros(3, int)).at(np.zeros((2, 2), np.float32)).tolist() == [-1, -1]
    assert Nearest(mu[:0], np.zeros(0, int)).at(np.zeros((1, 2), np.float32)).tolist() == [-1]
    mu[1] = 0
    assert Nearest(mu, np.array([3, 4, 5])).at(np.float32([[1, 1], [np.nan, 0], [np.inf, 0]])).tolist() == [4, -1, -1]
    assert Nearest(mu, np.zeros(3, int)).at(np.zeros((0, 2), np.float32)).shape == (0,)


def test_items_decode_as_their_own_class(conditional: Space) -> None:
    model, mu = conditional.model, conditional.posterior.mu
    assert model is not None
    own = decode(model, mu, LABELS)
    np.testing.assert_array_equal(conditional.reconstruct(slice(None)), own)
    np.testing.assert_array_equal(conditional.decode(mu), own)  # the item nearest to an item's code is itself
    np.testing.assert_array_equal(conditional.given(1).reconstruct(slice(None)), own)
    assert (conditional.given(1).decode(mu) != own).any()
    assert np.isfinite(round_trip(model, mu)).all()


def test_a_class_is_given_by_number_or_name(conditional: Space) -> None:
    first = conditional.given(0).sample(4)
    assert conditional.model is not None
    np.testing.assert_array_equal(first, decode(conditional.model, sample_codes(conditional.model, 4), np.zeros(4)))
    np.testing.assert_array_equal(conditional.given("a").sample(4), first)
    assert (conditional.given("b").sample(4) != first).any()
    back = conditional.given("b").given("nearest")
    np.testing.assert_array_equal(back.sample(4), conditional.sample(4))
    with pytest.raises(UserError, match="class 'd': the model does not know it; known are: a, b, c"):
        conditional.given("d")
    for number in (3, -1):
        with pytest.raises(UserError, match="3 classes"):
            conditional.given(number)
    with pytest.raises(UserError, match="open the space with its data"):
        replace(conditional, labels=None).given("nearest")


def test_a_row_of_the_grid_is_one_style(conditional: Space) -> None:
    grid = conditional.styles(5, seed=1)
    assert grid.shape == (5, 3, 8, 8, 1)
    for number in range(3):
        np.testing.assert_array_equal(grid[:, number], conditional.given(number).sample(5, seed=1))
    assert conditional.model is not None
    assert style_grid(conditional.model, np.zeros((0, 3), np.float32)).shape == (0, 3, 8, 8, 1)


def test_a_traversal_keeps_the_class_of_its_start(conditional: Space) -> None:
    np.testing.assert_array_equal(conditional.traverse(2), conditional.given("b").traverse(2))
    np.testing.assert_array_equal(conditional.given("c").traverse(2), conditional.given(2).traverse(2))


def test_newer_weights_keep_what_was_given(conditional: Space) -> None:
    assert conditional.model is not None
    newer = CVAE(VAEConfig(latent=3, hidden=(16,)), conditional.model.preparation).eval()
    followed = with_model(conditional.given("b"), newer)
    assert followed.model is not None
    assert followed.model.condition == 1
    assert followed.model.decoder is newer.decoder
    other = CVAE(VAEConfig(latent=3), replace(newer.preparation, classes=("x", "y"))).eval()
    changed = with_model(conditional.given("b"), other)
    assert changed.model is other
    assert changed.labels is None


def test_other_models_are_told_no_classes(space: Space) -> None:
    assert space.model is not None
    assert with_classes(space, LABELS, ("a", "b", "c")) is space
    for ask in (lambda: space.given(0), lambda: space.given("nearest"), lambda: space.styles(2)):
        with pytest.raises(UserError, match="is told no classes"):
            ask()
    assert with_model(space, space.model).labels is None
