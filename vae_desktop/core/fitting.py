"""Further tables of the same sort as one that a model was trained on, brought to the columns that it knows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from vae_desktop.core.errors import MismatchError

if TYPE_CHECKING:
    from vae_desktop.core.preparation import Preparation
    from vae_desktop.core.values import Dataset

TOLD = 5  # columns that a note names


def fitted_to(dataset: Dataset, preparation: Preparation) -> Dataset:
    """The table with the columns of `preparation`, in their order, and its values of each category.

    Of few rows, or of others, reading makes something else: a category lacks a value, is taken for words or for the
    class, columns stand in another order. A further column becomes a factor. What fits already comes back as it is,
    and so do images.

    Raises
    ------
    MismatchError
        When a column is not there, or holds what the model does not know.
    """
    if dataset.kind != "table" or preparation.kind != "table" or dataset.columns == preparation.raw_columns:
        return dataset
    what, label = dataset.name or "the data", _label(dataset)
    places = {column.name: j for j, column in enumerate(dataset.columns)}
    if not set(preparation.columns) & {*places, *dataset.factors}:
        return dataset  # another table altogether: what is wrong is said where it is used
    x = np.empty((len(dataset), len(preparation.columns)), np.float32)
    categories = preparation.categories or ((),) * len(preparation.columns)
    for j, (name, known) in enumerate(zip(preparation.columns, categories, strict=True)):
        if name in places and dataset.columns[places[name]].categories == known:
            x[:, j] = dataset.x[:, places[name]]
            continue
        values = _values(dataset, name, label)
        if values is None:
            raise MismatchError(f"{what} has no column {name!r}, which the model wants")
        x[:, j] = _places(values, known, f"{what}, column {name!r}") if known else _numbers(values, what, name)
    factors = {name: values for name, values in dataset.factors.items() if name not in preparation.columns}
    further = [column.name for column in dataset.columns if column.name not in preparation.columns]
    for name in further:
        factors.setdefault(name, _column(dataset, places[name]))
    notes = dataset.notes
    if further:
        more = f" and {len(further) - TOLD} more" if len(further) > TOLD else ""
        notes = (*notes, f"the model does not look at {', '.join(further[:TOLD])}{more}")
    told = None if label in preparation.columns else dataset.labels
    return replace(
        dataset, x=x, labels=told, classes=() if told is None else dataset.classes, columns=preparation.raw_columns,
        factors=factors, notes=notes,
    )  # fmt: skip


def _label(dataset: Dataset) -> str:
    """The column that the classes were taken from."""
    return next((guess.value for guess in dataset.guesses if guess.option == "labels"), "")


def _values(dataset: Dataset, name: str, label: str) -> np.ndarray | None:
    """The values (N,) of a column, as numbers or as text, "" where one is missing; None when it is nowhere."""
    for j, column in enumerate(dataset.columns):
        if column.name == name:
            return _column(dataset, j)
    if name == label and dataset.labels is not None:
        return _texts(dataset.labels, dataset.classes)
    return dataset.factors.get(name)


def _column(dataset: Dataset, j: int) -> np.ndarray:
    """The values (N,) of one of its columns."""
    values, known = dataset.x[:, j], dataset.columns[j].categories
    return _texts(values, known) if known else np.asarray(values)


def _texts(numbers: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """Names (N,) by their `numbers`; "" of NaN and of −1."""
    texts: np.ndarray = np.array([*names, ""])[np.nan_to_num(numbers, nan=-1).astype(np.intp)]
    return texts


def _places(values: np.ndarray, known: tuple[str, ...], where: str) -> np.ndarray:
    """Index (N,) of each value among those `known`, NaN where it is missing."""
    each, which = np.unique(values, return_inverse=True)
    texts = ["" if value != value else f"{value:.9g}" if each.dtype.kind in "iuf" else str(value) for value in each]
    at = {name: float(place) for place, name in enumerate(known)} | {"": np.nan}
    new = [text for text in texts if text not in at]
    if new:
        listed = ", ".join(known[:TOLD]) + (", …" if len(known) > TOLD else "")
        raise MismatchError(f"{where}: holds {new[0]!r}, which the model does not know (it knows {listed})")
    found: np.ndarray = np.array([at[text] for text in texts], np.float32)[which.reshape(-1)]
    return found


def _numbers(values: np.ndarray, what: str, name: str) -> np.ndarray:
    """Values (N,) as numbers, NaN where one is missing."""
    if values.dtype.kind not in "biuf":
        values = np.where(values == "", "nan", values)
    try:
        return values.astype(np.float32)
    except ValueError:
        raise MismatchError(f"{what}, column {name!r}: holds words; the model wants numbers") from None
