"""A trained space: a model and where one dataset's items lie in it. Needs torch only once it decodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from vae_desktop.core.errors import UserError
from vae_desktop.latent.interpolate import interpolate
from vae_desktop.latent.traverse import by_kl, traverse

if TYPE_CHECKING:
    from vae_desktop.core.values import Dataset, Posterior
    from vae_desktop.latent.projections import Projection
    from vae_desktop.models.vae import VAE

Place = int | np.integer | Sequence[float] | np.ndarray  # an item's index or a code (d,)


@dataclass(frozen=True, eq=False)
class Space:
    """What a map shows, and what a notebook works with.

    Decoded items come as uint8 images (…, H, W, C) or table rows (…, D) in original units.

    Parameters
    ----------
    model
        In evaluation mode; None while only the map is needed.
    posterior
        q(z|x) of the items; without items when only the model is known.
    dataset
        The items themselves, when they are at hand.
    projection
        How the codes are laid out on the map.
    labels
        Class of each item as a conditional model counts them, int64 (N,), −1 where unknown; None for other models.
    """

    model: VAE | None
    posterior: Posterior
    dataset: Dataset | None = None
    projection: Projection | None = None
    labels: np.ndarray | None = None

    def __repr__(self) -> str:
        name = self.model.title if self.model else "no model"
        return f"<Space: {name}, {self.latent} latent dimensions, {len(self.posterior)} items>"

    @property
    def latent(self) -> int:
        """Number of latent dimensions d."""
        return int(self.posterior.mu.shape[1])

    def has_code(self, item: int) -> bool:
        """Whether there is an item with this number, and its posterior is finite."""
        return 0 <= item < len(self.posterior) and bool(
            np.isfinite(self.posterior.mu[item]).all() and np.isfinite(self.posterior.logvar[item]).all()
        )

    def code(self, place: Place) -> np.ndarray:
        """Code (d,) float32 of an item by its index (its posterior mean), or `place` itself when it is a code.

        Raises
        ------
        UserError
            When there is no such item, or the code has not d numbers.
        """
        if isinstance(place, int | np.integer):
            n = len(self.posterior)
            if not 0 <= place < n:
                raise UserError(f"item {place}: there are {n} items, numbered from 0" if n else "there are no items")
            item: np.ndarray = self.posterior.mu[int(place)]
            return item
        return self._codes(place, 1)

    def encode(self, dataset: Dataset) -> Posterior:
        """Posterior of another dataset of the same kind.

        Raises
        ------
        MismatchError
            When the dataset is not of the kind the model was trained on.
        """
        from vae_desktop.latent.encode import encode

        return encode(self._model(), dataset)

    def decode(self, z: np.ndarray) -> np.ndarray:
        """Decode codes (…, d) into items (…, H, W, C) or (…, D)."""
        return self._decode(self._codes(z), None)

    def reconstruct(self, indices: int | slice | Sequence[int] | np.ndarray) -> np.ndarray:
        """Decode the posterior means of some items, by a conditional model each as its own class.

        Raises
        ------
        UserError
            When there is no such item.
        """
        chosen = indices if isinstance(indices, slice) else np.asarray(indices)
        try:
            codes = self.posterior.mu[chosen]
        except IndexError:
            raise UserError(f"{indices}: there are {len(self.posterior)} items, numbered from 0") from None
        return self.decode(codes) if self.labels is None else self._decode(codes, self.labels[chosen])

    def given(self, condition: int | str) -> Space:
        """The same space, whose places a conditional model decodes as this class.

        ``space.given("3").sample(16)`` draws threes; ``space.given("nearest")`` takes the class of the nearest item.

        Parameters
        ----------
        condition
            A class's number or name, or ``nearest``.

        Raises
        ------
        UserError
            When the model is told no classes, there is no such class, or no item's class is known.
        """
        from vae_desktop.latent.condition import NEAREST, Nearest, check_conditional, class_number

        model = self._model()
        check_conditional(model)
        classes = model.preparation.classes
        if condition == NEAREST and condition not in classes:
            if self.labels is None:
                raise UserError("nearest: the classes of the items are not known; open the space with its data")
            return replace(self, model=model.given(Nearest(self.posterior.mu, self.labels)))
        if isinstance(condition, str):
            condition = class_number(model, condition)
        if not 0 <= condition < len(classes):
            raise UserError(f"class {condition}: there are {len(classes)} classes, numbered from 0")
        return replace(self, model=model.given(int(condition)))

    def styles(self, n: int, seed: int = 0, temperature: float = 1.0) -> np.ndarray:
        """Decode `n` draws from the prior as each class: a row per draw, a column per class, (n, K, …).

        Raises
        ------
        UserError
            When the model is told no classes.
        """
        from vae_desktop.latent.condition import style_grid
        from vae_desktop.latent.sample import sample_codes

        return style_grid(self._model(), sample_codes(self._model(), n, seed, temperature))

    def evaluate(self, samples: int = 0, seed: int = 0, disentanglement: bool = False) -> dict[str, Any]:
        """Score the model on the items at hand: see :func:`~vae_desktop.latent.evaluate.evaluate`.

        Raises
        ------
        UserError
            When the items themselves are not at hand.
        """
        from vae_desktop.latent.evaluate import evaluate

        if self.dataset is None:
            raise UserError("the items are not at hand; open the model with its data")
        return evaluate(self._model(), self.dataset, samples, seed, disentanglement)

    def impute(self, rounds: int = 3) -> Dataset:
        """The table at hand with its missing values filled in: see :func:`~vae_desktop.latent.impute.imputed`.

        Raises
        ------
        UserError
            When the items themselves are not at hand, or are images.
        """
        from vae_desktop.latent.impute import imputed

        if self.dataset is None:
            raise UserError("the items are not at hand; open the model with its data")
        return imputed(self._model(), self.dataset, rounds)

    def sample(self, n: int, seed: int = 0, temperature: float = 1.0) -> np.ndarray:
        """Decode `n` draws from the prior; the same seed gives the same items."""
        from vae_desktop.latent.sample import sample_codes

        return self.decode(sample_codes(self._model(), n, seed, temperature))

    def interpolate(self, a: Place, b: Place, steps: int = 9, method: str = "lerp") -> np.ndarray:
        """Decode `steps` places on the way from `a` to `b`, each an item's index or a code."""
        return self.decode(interpolate(self.code(a), self.code(b), steps, method))

    def traverse(self, z: Place | None = None, steps: int = 9, range_: float = 3.0) -> np.ndarray:
        """Decode a grid (d, steps): a row per dimension, by KL, from −`range_` to `range_`; `z` is the prior's mean.

        A conditional model's class stays that of the start: an item's own.
        """
        from vae_desktop.latent.condition import class_along

        start = np.zeros(self.latent, np.float32) if z is None else self.code(z)
        codes = traverse(start, by_kl(self.posterior), steps, range_)
        return self._decode(codes, class_along(self._model(), start, codes))

    def project(self, name: str, **settings: Any) -> Space:
        """Lay the codes out by another projection: ``axes``, ``pca``, ``tsne``, ``umap``; its settings by name.

        ``space.project("tsne", perplexity=50).projection`` has the places `xy`, and ``lift`` and ``place``.

        Raises
        ------
        SettingError
            On an unknown projection or setting.
        UserError
            When its library is not installed.
        """
        from vae_desktop.latent.project import project

        labels = None if self.dataset is None else self.dataset.labels
        return replace(self, projection=project(name, self.posterior.mu, labels, **settings))

    def _model(self) -> VAE:
        if self.model is None:
            raise UserError("the model is not loaded yet; try again in a moment")
        return self.model

    def _decode(self, codes: np.ndarray, y: np.ndarray | None) -> np.ndarray:
        """Decode codes (…, d) of classes `y` (…), or of those that the model was given."""
        from vae_desktop.latent.decode import decode

        items = decode(self._model(), codes.reshape(-1, self.latent), None if y is None else y.reshape(-1))
        return items.reshape(*codes.shape[:-1], *items.shape[1:])

    def _codes(self, z: object, ndim: int | None = None) -> np.ndarray:
        """Check that `z` holds codes, (…, d)."""
        codes = np.asarray(z, np.float32)
        if codes.ndim < 1 or codes.shape[-1] != self.latent or (ndim is not None and codes.ndim != ndim):
            raise UserError(f"a code of this space has {self.latent} numbers; this one has the shape {codes.shape}")
        return codes
