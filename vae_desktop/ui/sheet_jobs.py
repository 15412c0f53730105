"""What the data sheet has made on threads: texts of a table's first rows, words for what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vae_desktop.ui.widgets.cells_table import Cells
from vae_desktop.ui.widgets.figure_rows import Line
from vae_desktop.ui.words import counted, number

if TYPE_CHECKING:
    from vae_desktop.core.values import Column, Dataset
    from vae_desktop.readers.summary import Summary

ROWS, COLUMNS = 60, 200  # of a table that are shown
LISTED = 8  # categories, columns or pairs that a tool tip names
TYPES = {
    "uint8": ("8-bit", "Whole numbers of 8 bits (uint8)"),
    "uint16": ("16-bit", "Whole numbers of 16 bits (uint16)"),
    "float32": ("decimal", "Decimal numbers of 32 bits (float32)"),
}


def first_rows(dataset: Dataset, summary: Summary | None) -> Cells:
    """The first rows of a table as texts; heads tell each column's name, type, range and gaps."""
    rows = np.asarray(dataset.x[:ROWS])
    columns: list[list[str | None]] = []
    heads, tips = [], []
    if dataset.labels is not None:
        names = (*dataset.classes, None)
        columns.append([names[label] for label in dataset.labels[: len(rows)].tolist()])
        heads.append(f"class\n{counted(len(dataset.classes))} classes\n")
        tips.append("The class of each row")
    start = len(heads)
    for j, column in enumerate(dataset.columns[:COLUMNS]):
        columns.append([_cell(value, column) for value in rows[:, j].tolist()])
        head, tip = _head(column, summary, j, len(dataset))
        heads.append(head)
        tips.append(tip)
    numbers = frozenset(start + j for j, column in enumerate(dataset.columns[:COLUMNS]) if not column.categories)
    if len(dataset.columns) > COLUMNS:
        columns.append([""] * len(rows))
        heads.append(f"… and {counted(len(dataset.columns) - COLUMNS)}\nmore columns\n")
        tips.append("They are read, and not shown here")
    names_ = [dataset.item_name(i) for i in range(len(rows))]
    return Cells(heads, list(zip(*columns, strict=True)), names_, tips, numbers)


def _cell(value: float, column: Column) -> str | None:
    if np.isnan(value):
        return None
    return column.categories[int(value)] if column.categories else f"{value:.6g}"


def _head(column: Column, summary: Summary | None, j: int, n: int) -> tuple[str, str]:
    """Three lines for a column's head, and what it says on hover."""
    kind = f"category, {counted(len(column.categories))}" if column.categories else "number"
    about, missing = "", 0
    if summary is not None:
        missing = int(summary.missing[j])
        about = (column.categories and ", ".join(column.categories[:LISTED])) or _span(summary.low[j], summary.high[j])
    gaps = f"{share(missing, n)} missing" if missing else ""
    line = gaps or (about if not column.categories else "")
    more = ", …" if len(column.categories) > LISTED else ""
    return f"{column.name}\n{kind}\n{line}", "\n".join(filter(None, (column.name, kind, f"{about}{more}", gaps)))


def share(part: int, n: int) -> str:
    """``12 %``, ``< 1 %``."""
    percent = 100 * part / max(1, n)
    return "< 1 %" if 0 < percent < 1 else "> 99 %" if 99 < percent < 100 else f"{percent:.0f} %"


def _span(low: float, high: float) -> str:
    return "no values" if np.isnan(low) else f"{number(low)} to {number(high)}"


def in_words(dataset: Dataset) -> str:
    """``1 797 images · 8×8 · grey``: what it is, in one line."""
    n = len(dataset)
    if dataset.kind == "table":
        kinds = sum(bool(column.categories) for column in dataset.columns)
        sorts = [("number", len(dataset.columns) - kinds), ("category", kinds)]
        plural = {"number": "numbers", "category": "categories"}
        told = " and ".join(f"{counted(k)} {name if k == 1 else plural[name]}" for name, k in sorts if k)
        return f"{counted(n)} row{'' if n == 1 else 's'} of {told}"
    _, height, width, channels = dataset.x.shape
    return f"{counted(n)} image{'' if n == 1 else 's'} · {width} × {height} · {'grey' if channels == 1 else 'colour'}"


def facts(dataset: Dataset, summary: Summary | None) -> list[Line]:
    """What the data holds; what is not known yet is an ellipsis."""
    table = dataset.kind == "table"
    lines = [
        Line("Rows" if table else "Images", counted(len(dataset))),
        Line("Columns", counted(len(dataset.columns))) if table else _size(dataset),
        Line("Type", *TYPES[dataset.x.dtype.name]),
    ]
    if summary is None:
        lines.append(Line("Values", "…"))
    elif not table:
        lines.append(Line("Values", _span(summary.low[0], summary.high[0]), "The smallest and the largest"))
    if table or (summary is not None and summary.missing.any()):
        lines.append(_missing(dataset, summary))
    lines.append(_twice(dataset, summary))
    return lines


def _size(dataset: Dataset) -> Line:
    _, height, width, channels = dataset.x.shape
    return Line("Size", f"{width} × {height}, {'grey' if channels == 1 else 'colour'}", "Width × height, in pixels")


def _missing(dataset: Dataset, summary: Summary | None) -> Line:
    if summary is None:
        return Line("Missing values", "…")
    total = int(summary.missing.sum())
    if not total:
        return Line("Missing values", "none")
    gaps = np.argsort(-summary.missing, kind="stable")[:LISTED]
    tip = "\n".join(
        f"{dataset.columns[j].name}: {share(int(summary.missing[j]), len(dataset))}" for j in gaps if summary.missing[j]
    )
    columns = int(np.count_nonzero(summary.missing))
    where = f" in {counted(columns)} column{'' if columns == 1 else 's'}" if columns < len(dataset.columns) else ""
    return Line("Missing values", f"{share(total, dataset.x.size)}{where}", f"Most in\n{tip}")


def _twice(dataset: Dataset, summary: Summary | None) -> Line:
    name, found = "Duplicates", None if summary is None else summary.duplicates
    if found is None:
        return Line(name, "…", "Items that equal an earlier one in every value are being counted")
    table = dataset.kind == "table"
    tip = f"{'Rows' if table else 'Images'} that equal an earlier one in every value"
    among = f" of the first {counted(found.among)}" if found.among < len(dataset) else ""
    if not found.count:
        return Line(name, f"none{among}", tip)
    pairs = [f"{dataset.item_name(i)} equals {dataset.item_name(j)}" for i, j in found.pairs[:LISTED].tolist()]
    what = f"{'row' if table else 'image'}{'' if found.count == 1 else 's'}"
    return Line(name, f"{counted(found.count)} {what}{among}", "\n".join([tip, *pairs]))


def classes_as(dataset: Dataset, summary: Summary | None) -> Cells:
    """The classes and how many items each has."""
    if dataset.labels is None or not dataset.classes:
        return Cells()
    names = [*dataset.classes, "unknown"]
    counts = ["…"] * len(dataset.classes) if summary is None else [counted(k) for k in summary.classes.tolist()]
    if summary is not None and not summary.classes[-1]:
        counts.pop()
    rows = [(name, count) for name, count in zip(names, counts, strict=False)]
    return Cells(("Class", "Items"), rows, (), ("The classes", "How many items are of each"), frozenset({1}))
