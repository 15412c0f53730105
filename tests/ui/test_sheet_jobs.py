from __future__ import annotations

import numpy as np

from vae_desktop.core.values import Column, Dataset
from vae_desktop.core.work import finish
from vae_desktop.readers.summary import summarising
from vae_desktop.ui import sheet_jobs


def test_wide_tables_say_how_many_columns_are_not_shown() -> None:
    x = np.arange(900, dtype=np.float32).reshape(3, 300)
    x[1, 4] = np.nan
    columns = (Column("kind", "category", ("🦊", "b", "c")), *(Column(f"c{j}") for j in range(299)))
    x[:, 0] = [2, 0, 1]
    wide = Dataset("table", x, np.array([0, -1, 0], np.int32), ("only",), columns, source="wide.csv")
    cells = sheet_jobs.first_rows(wide, finish(summarising(wide)))
    assert len(cells.heads) == sheet_jobs.COLUMNS + 2
    assert cells.heads[-1] == "… and 100\nmore columns\n"
    assert cells.heads[1] == "kind\ncategory, 3\n"
    assert "🦊, b, c" in cells.tips[1]
    assert cells.heads[5] == "c3\nnumber\n33 % missing"
    assert [row[:2] for row in cells.rows] == [("only", "c"), (None, "🦊"), ("only", "b")]
    assert cells.rows[1][5] is None
    lines = {line.name: line.value for line in sheet_jobs.facts(wide, finish(summarising(wide)))}
    assert lines["Missing values"] == "< 1 % in 1 column"
    assert sheet_jobs.in_words(wide) == "3 rows of 299 numbers and 1 category"


def test_images_in_words_and_figures() -> None:
    x = np.array([0, 1, 0, 2, 0, 1], np.uint16)[:, None, None, None] * np.ones((1, 4, 3, 1), np.uint16)
    labels = np.array([1, 1, 0, -1, 1, 1], np.int32)
    data = Dataset("image", x, labels, ("a", "b"), items=[f"{i}.png" for i in range(6)])
    assert sheet_jobs.in_words(data) == "6 images · 3 × 4 · grey"
    before = {line.name: line.value for line in sheet_jobs.facts(data, None)}
    assert (before["Values"], before["Duplicates"]) == ("…", "…")
    summary = finish(summarising(data))
    after = {line.name: line for line in sheet_jobs.facts(data, summary)}
    assert after["Values"].value == "0 to 2"
    assert after["Duplicates"].value == "3 images"
    assert "2.png equals 0.png" in after["Duplicates"].tip
    assert sheet_jobs.classes_as(data, None).rows == [("a", "…"), ("b", "…")]
    assert sheet_jobs.classes_as(data, summary).rows == [("a", "1"), ("b", "4"), ("unknown", "1")]
