from __future__ import annotations

import numpy as np
import pytest

from vae_desktop.latent.codebook_use import codebook_use


def test_even_use_has_the_perplexity_of_the_book() -> None:
    used, perplexity, shares = codebook_use(np.arange(64).reshape(16, 4), 64)
    assert used == 64
    assert perplexity == pytest.approx(64)
    np.testing.assert_allclose(shares, 1 / 64)


def test_a_collapsed_book_has_a_perplexity_of_one() -> None:
    used, perplexity, shares = codebook_use(np.full((9, 3), 5), 8)
    assert (used, shares[5]) == (1, 1.0)
    assert perplexity == pytest.approx(1)


def test_uneven_use_is_the_exponential_of_its_entropy() -> None:
    used, perplexity, _ = codebook_use(np.array([[0], [0], [0], [1]]), 4)
    assert used == 2
    assert perplexity == pytest.approx(4 / 27**0.25)  # exp(−¾ log ¾ − ¼ log ¼) = 4 / 3^(3/4)


def test_no_items_use_nothing() -> None:
    used, perplexity, shares = codebook_use(np.zeros((0, 4), np.int32), 8)
    assert (used, perplexity, shares.sum(), len(shares)) == (0, 0.0, 0.0, 8)
