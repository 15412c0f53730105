"""What a notebook gets from a space."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from vae_desktop.core.errors import MismatchError, SettingError, UserError
from vae_desktop.core.preparation import Preparation
from vae_desktop.core.values import Batch, Column, Dataset, Posterior
from vae_desktop.latent.decode import decode
from vae_desktop.latent.encode import encode
from vae_desktop.latent.space import Place, Space
from vae_desktop.models.config import VAEConfig
from vae_desktop.models.vae import VAE


def test_shapes(space: Space) -> None:
    assert space.latent == 3
    for items, shape in (
        (space.sample(4), (4, 8, 8, 1)),
        (space.interpolate(0, 5, steps=7), (7, 8, 8, 1)),
        (space.interpolate(0, [1.0, 0, 0], method="slerp"), (9, 8, 8, 1)),
        (space.traverse(), (3, 9, 8, 8, 1)),
        (space.traverse(np.int64(2), steps=5), (3, 5, 8, 8, 1)),
        (space.reconstruct((1, 2)), (2, 8, 8, 1)),
        (space.reconstruct(slice(3)), (3, 8, 8, 1)),
        (space.reconstruct(0), (8, 8, 1)),
        (space.decode(np.zeros(3)), (8, 8, 1)),
        (space.decode(np.zeros((2, 4, 3))), (2, 4, 8, 8, 1)),
        (space.decode(np.zeros((0, 3))), (0, 8, 8, 1)),
    ):
        assert items.shape == shape
        assert items.dtype == np.uint8


def test_items_are_the_decoded_means(space: Space, model: VAE) -> None:
    with torch.inference_mode():
        mean = torch.sigmoid(model.decode(torch.from_numpy(space.posterior.mu)))
    expected = (mean.permute(0, 2, 3, 1).numpy() * 255).round()
    assert np.abs(space.reconstruct(slice(None)) - expected).max() <= 1  # one grey level of rounding
    np.testing.assert_array_equal(space.interpolate(3, 7)[[0, -1]], space.reconstruct([3, 7]))


def test_samples_depend_on_the_seed_alone(space: Space) -> None:
    first = space.sample(8, seed=1)
    torch.manual_seed(5)
    torch.randn(10)
    np.testing.assert_array_equal(space.sample(8, seed=1), first)
    assert (space.sample(8, seed=2) != first).any()


def test_sampling_leaves_the_global_generator_alone(space: Space) -> None:
    before = torch.random.get_rng_state()
    space.sample(8)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_temperature_0_is_the_mean_of_the_prior(space: Space) -> None:
    np.testing.assert_array_equal(space.sample(2, temperature=0), space.decode(np.zeros((2, 3))))
    with pytest.raises(SettingError, match="temperature"):
        space.sample(2, temperature=-1)
    with pytest.raises(SettingError, match="n=-1"):
        space.sample(-1)


def test_encode_is_the_encoder_in_batches(model: VAE, dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vae_desktop.latent.encode.BATCH", 16)
    posterior = encode(model, dataset)
    with torch.inference_mode():
        mu, logvar = model.encode(Batch(torch.from_numpy(dataset.x).permute(0, 3, 1, 2)))
    np.testing.assert_allclose(posterior.mu, mu.numpy(), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(posterior.logvar, logvar.numpy(), rtol=1e-4, atol=1e-5)


def test_decode_in_batches_is_the_same(model: VAE, monkeypatch: pytest.MonkeyPatch) -> None:
    z = np.random.default_rng(0).normal(size=(50, 3))
    whole = decode(model, z).astype(int)
    monkeypatch.setattr("vae_desktop.latent.decode.BATCH", 16)
    assert np.abs(decode(model, z) - whole).max() <= 1


def test_a_table_comes_back_in_its_units() -> None:
    x = np.random.default_rng(0).normal(100, 5, size=(50, 4)).astype(np.float32)
    table = Dataset("table", x, columns=tuple(Column(name) for name in "abcd"))
    model = VAE(VAEConfig(latent=2, hidden=(8,)), Preparation.fit(table)).eval()
    space = Space(model, encode(model, table))
    rows = space.sample(200)
    assert rows.shape == (200, 4)
    assert rows.dtype == np.float32
    assert abs(rows.mean() - 100) < 10
    assert space.traverse().shape == (2, 9, 4)


@pytest.mark.parametrize("place", [40, -1, np.zeros(2), [[0.0, 0, 0]]])
def test_a_place_that_is_none_is_refused(space: Space, place: Place) -> None:
    with pytest.raises(UserError, match=r"40 items|3 numbers"):
        space.interpolate(0, place)


def test_an_item_that_is_not_there(space: Space) -> None:
    with pytest.raises(UserError, match="there are 40 items"):
        space.reconstruct([1, 40])
    empty = np.empty((0, 3), np.float32)
    bare = replace(space, posterior=Posterior(empty, empty))
    with pytest.raises(UserError, match="no items"):
        bare.interpolate(0, 1)
    assert bare.traverse().shape == (3, 9, 8, 8, 1)


def test_another_kind_of_data_is_refused(space: Space) -> None:
    with pytest.raises(MismatchError):
        space.encode(Dataset("image", np.zeros((2, 9, 8, 1), np.uint8)))


def test_project_lays_it_out_anew(space: Space) -> None:
    projection = space.project("axes", x=2, y=0).projection
    assert projection is not None
    np.testing.assert_array_equal(projection.xy, space.posterior.mu[:, [2, 0]])
    assert space.decode(projection.lift(np.array([[0.0, 1.0]]))).shape == (1, 8, 8, 1)
    with pytest.raises(UserError, match="unknown projection"):
        space.project("sphere")


def test_without_a_model_it_says_so(space: Space) -> None:
    with pytest.raises(UserError, match="not loaded"):
        replace(space, model=None).sample(1)


def test_a_map_needs_no_torch() -> None:
    code = (
        "import sys, numpy as np\n"
        "from vae_desktop.core.values import Posterior\n"
        "from vae_desktop.core.work import finish\n"
        "from vae_desktop.latent import ellipse, interpolate, neighbours, projections, space, traverse\n"
        "posterior = Posterior(np.eye(3, dtype=np.float32), np.zeros((3, 3), np.float32))\n"
        "for name in projections.projections:\n"
        "    fitted = finish(projections.projections[name].fit(posterior.mu))\n"
        "    assert space.Space(None, posterior, projection=fitted).projection.xy.shape == (3, 2)\n"
        "assert 'torch' not in sys.modules and 'sklearn' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
