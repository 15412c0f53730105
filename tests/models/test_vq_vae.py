"""VQ-VAE: codes, gradients, codebook and prior against what is computed by hand."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from vae_desktop.core.settings import make, settings_of
from vae_desktop.core.values import Batch, Step
from vae_desktop.latent.encode import encode
from vae_desktop.latent.evaluate import evaluate
from vae_desktop.latent.trust import round_trip
from vae_desktop.models.codebook import DECAY, Codebook, perplexity
from vae_desktop.models.networks import initialise
from vae_desktop.models.vq_vae import VQVAE, VQConfig, straight_through
from vae_desktop.training.looking import look

if TYPE_CHECKING:
    from vae_desktop.core.preparation import Preparation
    from vae_desktop.core.values import Dataset


def build(preparation: Preparation, **config: object) -> VQVAE:
    values = {"latent": 4, "code_dim": 2, "codes": 5, "hidden": "12", **config}
    model = VQVAE(make(VQConfig, values), preparation)
    initialise(model, torch.Generator().manual_seed(0))
    with torch.no_grad():
        for parameter in model.prior.parameters():
            parameter.normal_(generator=torch.Generator().manual_seed(1))  # a prior that prefers some codes
    return model


def batch(model: VQVAE, data: Dataset) -> Batch:
    return Batch(torch.from_numpy(model.preparation.apply(data.x)))


@torch.no_grad()
@pytest.mark.parametrize("codebook", ["average", "loss"])
def test_the_loss_is_the_papers(pictures: Dataset, preparation: Preparation, codebook: str) -> None:
    model = build(preparation, codebook=codebook, commitment=0.4).eval()
    items = batch(model, pictures)
    loss = model.loss(items, Step(0, 10, 16), torch.Generator())
    vectors, z = model.codebook.vectors, model.encoder(items.x)
    e = torch.stack([
        torch.cat([min(vectors, key=lambda v, part=part: float(((v - part) ** 2).sum())) for part in row.split(2)])
        for row in z
    ])  # fmt: skip
    reconstruction = F.binary_cross_entropy_with_logits(model.decoder(e), items.x, reduction="sum") / 16
    distance = ((z - e) ** 2).sum() / 16
    expected = reconstruction + 0.4 * distance + (distance if codebook == "loss" else 0)
    torch.testing.assert_close(loss.total, expected)
    torch.testing.assert_close(loss.reconstruction, reconstruction)
    torch.testing.assert_close(model.encode(items)[0], e)
    bits = -model.prior.log_probs(model.numbers(e)).sum(1).mean()
    torch.testing.assert_close(loss.kl, bits)
    torch.testing.assert_close(loss.groups["prior"], bits)


def test_the_gradient_of_the_decoder_passes_to_the_encoder_as_it_is() -> None:
    z, e = torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(0)).unbind()
    z, e = z.requires_grad_(), e.requires_grad_()
    out = straight_through(z, e)
    torch.testing.assert_close(out, e)
    of_out = torch.arange(12.0).view(3, 4)
    torch.testing.assert_close(torch.autograd.grad(out, z, of_out, retain_graph=True)[0], of_out)
    assert torch.autograd.grad(out, e, of_out, allow_unused=True) == (None,)


def test_each_part_of_the_loss_reaches_whom_it_is_for(pictures: Dataset, preparation: Preparation) -> None:
    model = build(preparation, codebook="loss")
    items = batch(model, pictures)
    loss = model.eval().loss(items, Step(0, 10, 16), torch.Generator())
    z, vectors = model.encoder(items.x), model.codebook.vectors
    e = model.codebook.look_up(model.numbers(z)).flatten(1)
    model.backward(loss)
    expected = torch.autograd.grad(((z.detach() - e) ** 2).sum() / 16, vectors)[0]
    assert vectors.grad is not None
    torch.testing.assert_close(vectors.grad, expected)  # the decoder does not move the codes
    encoder = next(model.encoder.parameters())
    torch.testing.assert_close(encoder.grad, torch.autograd.grad(loss_by_hand(model, items), encoder)[0])


def loss_by_hand(model: VQVAE, items: Batch) -> torch.Tensor:
    """What the encoder is to minimise, with a decoder that is linear about the codes."""
    z = model.encoder(items.x)
    e = model.quantise(z).detach().requires_grad_()
    loss = F.binary_cross_entropy_with_logits(model.decoder(e), items.x, reduction="sum") / 16
    (slope,) = torch.autograd.grad(loss, e)
    return (slope * z).sum() + 0.25 * ((z - e.detach()) ** 2).sum() / 16


def test_the_codebook_follows_by_running_means() -> None:
    book = Codebook(3, 1, averaged=True)
    book.place(torch.tensor([[0.0], [1.0], [5.0]]))
    e = torch.tensor([[0.2], [0.4], [1.2], [1.4]])
    numbers = book.nearest(e)
    assert numbers.tolist() == [0, 0, 1, 1]
    book.follow(e, numbers)
    share = np.array([1, 1, 1]) / 3 * DECAY + np.array([2, 2, 0]) / 4 * (1 - DECAY)
    sums = np.array([0, 1, 5]) / 3 * DECAY + np.array([0.6, 2.6, 0]) / 4 * (1 - DECAY)
    np.testing.assert_allclose(book.share, share, rtol=1e-6)
    np.testing.assert_allclose(book.vectors[:, 0], sums / share, rtol=1e-5)
    for _ in range(2000):
        book.follow(e, numbers)
    np.testing.assert_allclose(book.vectors[:2, 0], [0.3, 1.3], rtol=1e-4)
    assert book.used.tolist() == [True, True, False]


@pytest.mark.parametrize("averaged", [True, False])
def test_codes_that_die_are_restarted_among_what_the_encoder_gives(averaged: bool) -> None:
    book = Codebook(4, 2, averaged)
    book.place(torch.tensor([[0.0, 0], [9, 9], [1, 1], [8, 8]]))
    e = torch.tensor([[0.0, 0.1], [1.1, 1]])
    for _ in range(600):
        book.follow(e, book.nearest(e))
    assert book.used.tolist() == [True, False, True, False]
    book.restart(e, torch.Generator().manual_seed(0))
    assert book.used.all()
    assert float(book.share.sum()) == pytest.approx(1)
    for vector in book.vectors[[1, 3]]:
        assert (vector == e).all(1).any()
    before = book.vectors.clone()
    book.follow(e, book.nearest(e))
    assert float((book.vectors - before).detach().abs().max()) < 0.1  # the running means were restarted, too


def test_perplexity_of_known_shares() -> None:
    assert float(perplexity(torch.full((8,), 1.0))) == pytest.approx(8)
    assert float(perplexity(torch.tensor([5.0, 0, 0]))) == pytest.approx(1)
    expected = math.exp(-0.25 * math.log(0.25) - 0.75 * math.log(0.75))
    assert float(perplexity(torch.tensor([1.0, 3.0]))) == pytest.approx(expected)


@pytest.mark.parametrize(("latent", "code_dim", "slots"), [(1, 4, 1), (2, 4, 1), (6, 4, 2), (7, 4, 7), (8, 3, 4)])
def test_every_number_of_dimensions_is_cut_into_slots(
    pictures: Dataset, preparation: Preparation, latent: int, code_dim: int, slots: int
) -> None:
    model = build(preparation, latent=latent, code_dim=code_dim)
    assert model.slots == slots
    loss = model.train().loss(batch(model, pictures), Step(0, 10, 16), torch.Generator().manual_seed(0))
    assert loss.kl_per_dimension.shape == (latent,)
    model.backward(loss)
    posterior = encode(model.eval(), pictures)
    assert posterior.codes is not None
    assert posterior.rate is not None
    assert posterior.codes.shape == (16, slots)
    np.testing.assert_array_equal(model.codebook.vectors[posterior.codes].reshape(16, -1), posterior.mu)
    assert model.prior.sample(3, torch.Generator()).shape == (3, latent)


@torch.no_grad()
def test_the_prior_is_one_over_all_codes_and_draws_as_often_as_it_says(preparation: Preparation) -> None:
    prior = build(preparation, latent=6, codes=3).prior
    every = torch.tensor(list(itertools.product(range(3), repeat=3)))
    p = prior.log_probs(every).sum(1).exp()
    assert float(p.sum()) == pytest.approx(1, abs=1e-5)
    assert float(p.max()) > 3 / len(p)
    drawn = prior.draw(40_000, torch.Generator().manual_seed(0))
    counts = torch.bincount((drawn * torch.tensor([9, 3, 1])).sum(1), minlength=27)
    torch.testing.assert_close(counts / 40_000, p, atol=0.01, rtol=0)
    likeliest = prior.draw(2, torch.Generator(), temperature=0)
    assert likeliest[0].tolist() == likeliest[1].tolist()
    # What comes after a slot tells nothing of it.
    changed = every.clone()
    changed[:, 2] = 0
    torch.testing.assert_close(prior.log_probs(every)[:, :2], prior.log_probs(changed)[:, :2])


def test_what_is_decoded_are_codes(pictures: Dataset, preparation: Preparation) -> None:
    model = build(preparation).eval()
    z = torch.randn(7, 4, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(model.decode(z), model.decode(model.quantise(z)))
    torch.testing.assert_close(model.quantise(model.quantise(z)), model.quantise(z))
    z[2, 1] = torch.nan
    assert model.quantise(z)[2, 1].isnan()
    assert model.quantise(z).isnan().sum() == 1
    posterior = encode(model, pictures)
    again = round_trip(model, posterior.mu)
    assert np.isfinite(again).all()
    off = model.away(torch.from_numpy(posterior.mu), torch.from_numpy(posterior.mu), torch.zeros(()))
    assert off.abs().max() == 0


def test_the_unit_of_a_round_trip_is_the_distance_between_codes(preparation: Preparation) -> None:
    model = build(preparation, latent=2, codes=4)
    model.codebook.place(torch.tensor([[0.0, 0], [3, 4], [6, 8], [9, 12]]))
    z, mu = torch.tensor([[0.1, 0.0], [3.0, 3.9]]), torch.tensor([[0.0, 0], [9.0, 12]])
    torch.testing.assert_close(model.away(z, mu, mu), torch.tensor([0.0, 2.0]))
    model.codebook.place(torch.ones(4, 2))
    assert float(model.codebook.spacing()) == 1


def test_it_is_evaluated_by_what_its_codes_cost(pictures: Dataset, preparation: Preparation) -> None:
    model = build(preparation).eval()
    report = evaluate(model, pictures, samples=5)
    assert report["nll"] is None
    posterior = encode(model, pictures)
    assert report["kl"] == pytest.approx(float(posterior.kl.mean()), rel=1e-5)
    mu = torch.from_numpy(posterior.mu)
    np.testing.assert_allclose(-model.log_ratio(mu, mu, mu).detach(), posterior.kl, rtol=1e-5)


def test_a_look_tells_how_much_of_the_book_is_used(pictures: Dataset, preparation: Preparation) -> None:
    model = build(preparation)
    items = batch(model, pictures)
    with torch.no_grad():
        numbers = model.codes(model.encode(items)[0]).numpy()
    p = np.unique(numbers, return_counts=True)[1] / numbers.size
    assert len(p) > 1
    assert look(model, items, 2)["perplexity"] == pytest.approx(float(np.prod(p**-p)))


def test_what_does_not_apply_is_not_offered() -> None:
    known = settings_of(VQConfig)
    for name in ("warmup", "free_bits", "prior", "components", "beta"):
        assert name not in known
