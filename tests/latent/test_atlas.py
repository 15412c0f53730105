from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from vae_desktop.core.preparation import Preparation
from vae_desktop.core.values import Dataset
from vae_desktop.latent.atlas import centres, corners, is_ink, pictures
from vae_desktop.latent.decode import decode
from vae_desktop.latent.fill import Fill
from vae_desktop.latent.project import project
from vae_desktop.models.config import VAEConfig
from vae_desktop.models.vae import VAE

if TYPE_CHECKING:
    from vae_desktop.latent.space import Space


def test_a_square_is_cut_into_cells() -> None:
    np.testing.assert_array_equal(centres(10, 5, 2, 2), [[11, 4], [13, 4], [11, 2], [13, 2]])
    np.testing.assert_array_equal(
        corners(10, 5, 2, 2),
        [[10, 5], [12, 5], [14, 5], [10, 3], [12, 3], [14, 3], [10, 1], [12, 1], [14, 1]],
    )


def test_a_picture_is_what_its_place_decodes_to(space: Space) -> None:
    assert space.model is not None
    fill = Fill.of(project("pca", space.posterior.mu), space.posterior, "mean", None)
    xy = centres(-1, 1, 0.5, 4)
    np.testing.assert_array_equal(pictures(space.model, fill, xy), decode(space.model, fill.lift(xy)))


@pytest.mark.parametrize(("bias", "channels", "ink"), [(-4.0, 1, True), (4.0, 1, False), (-4.0, 3, True)])
def test_ink_is_mostly_dark(bias: float, channels: int, ink: bool) -> None:
    dataset = Dataset("image", np.zeros((4, 8, 8, channels), np.uint8))
    model = VAE(VAEConfig(hidden=(8,), likelihood="bernoulli"), Preparation.fit(dataset)).eval()
    with torch.no_grad():
        model.decoder[-1 if hasattr(model.decoder[-1], "bias") else -2].bias.fill_(bias)
    codes = np.zeros((300, 2), np.float32)
    assert is_ink(model, codes) is ink
    assert is_ink(model, codes[:0]) is ink
    assert not is_ink(model, np.full((3, 2), np.nan, np.float32))
