"""Sharpness of images."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from vae_desktop.latent.sharpness import sharpness


def test_it_is_the_mean_absolute_laplacian() -> None:
    x = np.zeros((1, 5, 5, 1), np.uint8)
    x[0, 2, 2] = 255  # one bright pixel: −4 there, 1 at each of its four neighbours, of nine inner pixels
    assert sharpness(x) == pytest.approx(8 / 9)
    assert sharpness(x / 255) == pytest.approx(8 / 9)


def test_ramps_and_flat_images_have_none() -> None:
    ramp = np.broadcast_to(np.linspace(0, 1, 16)[None, :, None, None], (2, 16, 16, 1))
    assert sharpness(ramp) == pytest.approx(0, abs=1e-6)
    assert sharpness(np.full((2, 8, 8, 3), 200, np.uint8)) == pytest.approx(0, abs=1e-5)


def test_the_more_blurred_the_less_sharp() -> None:
    x = np.random.default_rng(0).random((8, 32, 32, 3))
    blurred = [sharpness(gaussian_filter(x, (0, s, s, 0))) for s in (0, 0.5, 1, 2)]
    assert blurred == sorted(blurred, reverse=True)
    assert blurred[-1] < 0.05 * blurred[0]


def test_colour_counts_as_its_luma() -> None:
    grey = np.random.default_rng(0).random((4, 9, 9, 1))
    assert sharpness(np.repeat(grey, 3, axis=3)) == pytest.approx(sharpness(grey), rel=1e-5)


@pytest.mark.parametrize("shape", [(0, 8, 8, 1), (3, 2, 8, 1), (3, 1, 1, 3)])
def test_nothing_to_look_at(shape: tuple[int, ...]) -> None:
    assert math.isnan(sharpness(np.zeros(shape, np.uint8)))
