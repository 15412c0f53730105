"""How raw items become what the network sees, and back: fitted once, stored in the model file."""

from __future__ import annotations

import dataclasses
import itertools
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from vae_desktop.core.errors import MismatchError, ReaderError
from vae_desktop.core.values import Column

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vae_desktop.core.values import Dataset, Kind


WHOLE = {255.0, 65535.0}  # full ranges of the integer types


@dataclass(frozen=True)
class Preparation:
    """Maps raw items to float32 network input and back.

    Parameters
    ----------
    kind
        ``image`` or ``table``.
    shape
        Shape of one item for the network: (C, H, W), or (D,): a table's columns, a category taking as many places
        as it has values (one-hot).
    low, high
        The raw values that become 0 and 1 (images; one entry), or per raw column (tables; 0 and 1 of categories):
        the mean and mean + standard deviation, the smallest and largest value, or 0 and 1, as was chosen:
        ``x = (raw - low) / (high - low)``.
    columns
        Names of a table's raw columns.
    categories
        Values of each raw column, none of a column of numbers; empty when all are numbers.
    classes
        Names of the classes that a conditional model is told.
    mean, deviation
        Of each raw column of a table, where these are not `low` and ``high - low``; else empty.
    """

    kind: Kind
    shape: tuple[int, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    columns: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    categories: tuple[tuple[str, ...], ...] = ()
    mean: tuple[float, ...] = ()
    deviation: tuple[float, ...] = ()

    @classmethod
    def fit(cls, dataset: Dataset) -> Preparation:
        """Fit to a dataset: full range of the integer types, [0, 1] or the data's own range for floats.

        Raises
        ------
        ReaderError
            When the data holds no finite value.
        """
        x = dataset.x
        if dataset.kind == "table":
            return cls._fit_table(dataset)
        _, h, w, c = x.shape
        if x.dtype == np.float32:
            smallest, largest = float(x.min()), float(x.max())
            if not np.isfinite(smallest + largest):
                raise ReaderError(f"{dataset.source}: the images hold NaN or infinite values")
            inside = smallest >= 0 and largest <= 1
            low_, high_ = (0.0, 1.0) if inside or smallest == largest == 0 else (smallest, largest)
            if high_ <= low_:
                high_ = low_ + 1
        else:
            low_, high_ = 0.0, float(np.iinfo(x.dtype).max)
        return cls("image", (c, h, w), (low_,), (high_,), classes=dataset.classes)

    @classmethod
    def _fit_table(cls, dataset: Dataset) -> Preparation:
        normalise = dataset.options.get("normalise", "standard")
        ends, middles = [], []
        for j, column in enumerate(dataset.columns):
            values = dataset.x[:, j].astype(np.float64)  # one column at a time: no second copy of the table
            values = values[np.isfinite(values)]
            low, high, mean, deviation = 0.0, 1.0, 0.0, 1.0
            if column.type == "number" and len(values):
                mean, deviation = float(values.mean()), float(values.std())
                # A constant column keeps its unit: it is already exactly predicted.
                deviation = deviation if deviation > 1e-12 * max(1, abs(mean)) else 1.0
                if normalise == "standard":
                    low, high = mean, mean + deviation
                elif normalise == "range":
                    low, high = float(values.min()), float(values.max())
            ends.append((low, high if high - low > 1e-12 * max(1, abs(low)) else low + 1))
            middles.append((mean, deviation))
        names, categories = (
            tuple(part) for part in zip(*((c.name, c.categories) for c in dataset.columns), strict=True)
        )
        width = sum(max(1, len(values)) for values in categories)
        low_, high_ = zip(*ends, strict=True)
        told = () if normalise == "standard" else zip(*middles, strict=True)
        return cls("table", (width,), low_, high_, names, dataset.classes, categories if any(categories) else (), *told)

    @cached_property
    def raw_columns(self) -> tuple[Column, ...]:
        """A table's raw columns."""
        values = self.categories or ((),) * len(self.columns)
        pairs = zip(self.columns, values, strict=True)
        return tuple(Column(name, "category" if known else "number", known) for name, known in pairs)

    @cached_property
    def ends(self) -> tuple[np.ndarray, np.ndarray]:
        """`low` and `high` as arrays (D,) float64."""
        return np.array(self.low), np.array(self.high)

    @cached_property
    def places(self) -> tuple[slice, ...]:
        """Where each raw column of a table stands in the network's layout."""
        widths = [max(1, len(values)) for values in self.categories] or [1] * len(self.low)
        ends = np.cumsum([0, *widths]).tolist()
        return tuple(slice(*pair) for pair in itertools.pairwise(ends))

    @cached_property
    def _owner(self) -> tuple[np.ndarray, np.ndarray]:
        """Of each place (D,) of the network's layout: the raw column it belongs to, and its number within that."""
        widths = [place.stop - place.start for place in self.places]
        return np.repeat(np.arange(len(widths)), widths), np.concatenate([np.arange(width) for width in widths])

    @cached_property
    def one_hot(self) -> np.ndarray:
        """Which places (D,) of a table's layout stand for one value of a category, bool."""
        of_categories = [bool(values) for values in self.categories] or [False] * len(self.low)
        found: np.ndarray = np.array(of_categories, bool)[self._owner[0]]
        return found

    @property
    def numbers(self) -> int:
        """Number of values of one item that are no parts of a category."""
        return self.dim if self.kind == "image" else int((~self.one_hot).sum())

    @property
    def dim(self) -> int:
        """Number of values of one item."""
        return int(np.prod(self.shape))

    def check(self, dataset: Dataset) -> None:
        """Raise :class:`MismatchError` when the dataset's items are not of the kind this was fitted on."""
        what = f"{dataset.name or 'the data'}"
        if dataset.kind != self.kind:
            words = {"image": "images", "table": "a table"}
            raise MismatchError(f"{what} holds {words[dataset.kind]}; the model was trained on {words[self.kind]}")
        if self.kind == "table":
            names = tuple(column.name for column in dataset.columns)
            if len(names) != len(self.columns):
                raise MismatchError(f"{what} has {len(names)} columns; the model wants {len(self.columns)}")
            if names != self.columns:
                wrong = next((a, b) for a, b in zip(names, self.columns, strict=True) if a != b)
                raise MismatchError(f"{what} has a column {wrong[0]!r} where the model wants {wrong[1]!r}")
            for column, values in zip(dataset.columns, self.categories or ((),) * len(names), strict=True):
                if column.categories != values:
                    raise MismatchError(
                        f"{what} has other values in its column {column.name!r} ({_listed(column.categories)}) than the"
                        f" model wants ({_listed(values)})"
                    )
            return
        c, h, w = self.shape
        _, dh, dw, dc = dataset.x.shape
        if (dh, dw, dc) != (h, w, c):
            raise MismatchError(f"{what} has images of {dw}×{dh}×{dc}; the model wants {w}×{h}×{c}")
        self._check_range(Preparation.fit(dataset), what)

    def _check_range(self, own: Preparation, what: str) -> None:
        """Values on another scale would be read as another picture: refused, a little beyond the range is not."""
        (low,), (high,), (a,), (b,) = self.low, self.high, own.low, own.high
        room = 0.25 * (high - low)
        finer = (a, b) == (0, 1) and high in WHOLE  # parts of 1 where whole numbers are wanted
        coarser = b in WHOLE and high in WHOLE and b != high  # 8 bits where 16 are wanted
        if finer or coarser or a < low - room or b > high + room:
            raise MismatchError(
                f"{what} has values from {a:g} to {b:g}; the model was trained on values from {low:g} to {high:g}"
            )

    def condition(self, dataset: Dataset) -> np.ndarray:
        """Class of each item as the model counts them, int64 (N,), -1 where it is unknown.

        Raises
        ------
        MismatchError
            When the data has no classes, or one that the model does not know.
        """
        what = dataset.name or "the data"
        if dataset.labels is None:
            raise MismatchError(f"{what} has no classes; the model is told the class of each item")
        new = [name for name in dataset.classes if name not in self.classes]
        if new:
            raise MismatchError(f"{what} has a class {new[0]!r} that the model does not know")
        numbers = np.array([*map(self.classes.index, dataset.classes), -1])
        told: np.ndarray = numbers[dataset.labels]
        return told

    def arrange(self, x: np.ndarray) -> np.ndarray:
        """Raw items in the network's layout, (N, C, H, W) or (N, D), still of raw type; a view where possible.

        Categories are one-hot; where one is missing, all its places are 0.
        """
        if self.kind == "image":
            return x.transpose(0, 3, 1, 2)
        if not self.categories:
            return x
        laid: np.ndarray = x[:, self._owner[0]]
        laid[:, self.one_hot] = laid[:, self.one_hot] == self._owner[1][self.one_hot]
        return laid

    def observed(self, x: np.ndarray) -> np.ndarray | None:
        """Which values of raw rows (N, raw columns) are known, bool (N, D) in the network's layout; None: all."""
        if self.kind == "image":
            return None
        known = ~np.isnan(x)
        return None if known.all() else known[:, self._owner[0]]

    @cached_property
    def scale(self) -> tuple[np.ndarray, np.ndarray]:
        """(`gain`, `offset`) float32, broadcastable over a batch: ``x = raw * gain + offset``."""
        low, high = self.ends
        if self.categories:
            low, high = low[self._owner[0]], high[self._owner[0]]
        gain = 1 / (high - low)
        return gain.astype(np.float32), (-low * gain).astype(np.float32)

    @cached_property
    def spread(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation of each raw column of a table, as far as they are known, float64."""
        low, high = self.ends
        return (np.array(self.mean), np.array(self.deviation)) if self.mean else (low, high - low)

    def apply(self, x: np.ndarray) -> np.ndarray:
        """Raw items to contiguous float32 network input (N, *shape).

        What is missing in a table becomes its column's mean, and of a category 0 in all its places.
        """
        gain, offset = self.scale
        prepared: np.ndarray = np.ascontiguousarray(self.arrange(x)).astype(np.float32) * gain + offset
        if self.kind == "table":
            mean = self.spread[0][self._owner[0]] * gain + offset if self.mean else 0.0
            np.copyto(prepared, np.asarray(mean, np.float32), where=np.isnan(prepared))
        return prepared

    def restore(self, y: np.ndarray) -> np.ndarray:
        """Network output (N, *shape) to what a person looks at.

        Returns
        -------
        ndarray
            Images (N, H, W, C) uint8; tables (N, raw columns) float32 in their original units, of a category the
            index of the likeliest.
        """
        if self.kind == "image":
            pixels = np.fmin(np.fmax(y * 255 + 0.5, 0), 255).astype(np.uint8)  # fmax takes 0 for NaN
            return np.ascontiguousarray(pixels.transpose(0, 2, 3, 1))
        low, high = self.ends
        if self.categories:
            parts = [y[:, p].argmax(axis=1) if self.categories[j] else y[:, p.start] for j, p in enumerate(self.places)]
            y = np.stack(parts, axis=1)
        rows: np.ndarray = (y * (high - low) + low).astype(np.float32)
        return rows

    def show(self, x: np.ndarray) -> np.ndarray:
        """Raw items to what a person looks at: see :meth:`restore`."""
        if self.kind == "table" or x.dtype == np.uint8:
            return np.ascontiguousarray(x)
        return self.restore(self.apply(x))

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Preparation:
        """Inverse of :meth:`to_json`."""

        def frozen(value: Any) -> Any:
            return tuple(map(frozen, value)) if isinstance(value, list | tuple) else value

        return cls(**{key: frozen(value) for key, value in document.items()})


def _listed(values: tuple[str, ...]) -> str:
    return ", ".join(values[:5]) + (", …" if len(values) > 5 else "") if values else "numbers"


def resize(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resize one uint8 image (H, W, C) to (height, width, C), Lanczos."""
    picture = Image.fromarray(image[:, :, 0] if image.shape[2] == 1 else image)
    resized = np.asarray(picture.resize((width, height), Image.Resampling.LANCZOS))
    return resized.reshape(height, width, image.shape[2])
