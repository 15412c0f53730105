"""What typed columns become, through the reader that everyone has: CSV."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vae_desktop.core.errors import ReaderError
from vae_desktop.core.preparation import Preparation
from vae_desktop.core.values import Column, Dataset
from vae_desktop.readers import read

RNG = np.random.default_rng(0)
N = 200


def passengers() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "PassengerId": range(1, N + 1),
            "Survived": RNG.integers(0, 2, N),
            "Name": [f'Smith, Mr. "{i}"' for i in range(N)],
            "Sex": RNG.choice(["male", "female"], N),
            "Age": np.where(np.arange(N) % 5, RNG.integers(1, 80, N), np.nan),
            "Ticket": [f"A/{i}" for i in range(N)],
            "Fare": RNG.gamma(2, 20, N).round(4),
            "Cabin": [f"C{i}" if i % 4 == 0 else None for i in range(N)],
            "Boarded": [f"1912-04-{10 + i % 6} 1{i % 8}:30" for i in range(N)],
            "Embarked": RNG.choice(["S", "C", "Q", None], N),
        }
    )


def written(folder: Path, table: pd.DataFrame, name: str = "data.csv") -> Path:
    table.to_csv(folder / name, index=False)
    return folder / name


def column(data: Dataset, name: str) -> np.ndarray:
    return data.x[:, [c.name for c in data.columns].index(name)]


def test_a_table_of_everything(tmp_path: Path) -> None:
    table = passengers()
    data = read(written(tmp_path, table))
    assert data.columns == (
        Column("Sex", "category", ("female", "male")),
        Column("Age"),
        Column("Fare"),
        Column("Embarked", "category", ("C", "Q", "S")),
    )
    assert data.labels is not None
    assert data.labels.tolist() == table["Survived"].tolist()
    assert list(data.items) == table["Name"].tolist()
    assert (column(data, "Sex") == (table["Sex"] == "male")).all()
    assert np.array_equal(column(data, "Age"), table["Age"].astype(np.float32), equal_nan=True)
    assert np.array_equal(np.isnan(column(data, "Embarked")), table["Embarked"].isna())
    assert data.factors["PassengerId"].tolist() == list(range(1, N + 1))
    assert data.factors["Ticket"][3] == "A/3"
    assert data.factors["Cabin"][:2].tolist() == ["C0", ""]
    assert data.factors["Boarded"][:3].tolist() == pytest.approx([0, 1 + 1 / 24, 2 + 2 / 24])
    assert not data.skipped
    gaps = int(table["Embarked"].isna().sum())
    assert data.notes == (
        "took the labels from 'Survived'",
        "took the items' names from 'Name'",
        "dates in 'Boarded': days since 1912-04-10, to colour by",
        "columns of categories: Sex, Embarked",
        f"{gaps + 40} values are missing: "
        + ", ".join(sorted([f"{gaps} in Embarked", "40 in Age"], reverse=gaps > 40)),
    )
    guess = next(guess for guess in data.guesses if guess.option == "labels")
    assert guess.value == "Survived"
    assert {"Sex", "Embarked", "none"} <= set(guess.choices)
    assert Preparation.fit(data).shape == (2 + 1 + 1 + 3,)


def test_classes_from_another_column(tmp_path: Path) -> None:
    path = written(tmp_path, passengers())
    data = read(path, labels="Sex")
    assert data.classes == ("female", "male")
    assert [c.name for c in data.columns] == ["Survived", "Age", "Fare", "Embarked"]
    assert next(guess for guess in data.guesses if guess.option == "labels").value == "Sex"
    data = read(path, labels="none")
    assert data.labels is None
    assert [c.name for c in data.columns] == ["Survived", "Sex", "Age", "Fare", "Embarked"]
    assert next(guess for guess in data.guesses if guess.option == "labels").value == "none"
    with pytest.raises(ReaderError, match=r"there is no such column; choose one of .*Embarked"):
        read(path, labels="Colour")
    with pytest.raises(ReaderError, match="labels=Fare: it measures"):
        read(path, labels="Fare")


def test_missing_values_dropped_or_filled(tmp_path: Path) -> None:
    table = passengers()
    path = written(tmp_path, table)
    whole = table["Age"].notna() & table["Embarked"].notna()
    assert len(read(path, missing="drop")) == whole.sum()
    filled = read(path, missing="mean")
    assert np.isfinite(filled.x).all()
    assert column(filled, "Age")[0] == pytest.approx(table["Age"].mean(), rel=1e-6)


def test_many_values_are_no_categories_though_the_first_are_few(tmp_path: Path) -> None:
    texts = ["a", "b"] * 1000 + [f"t{i}" for i in range(60)]
    table = pd.DataFrame({"x": RNG.normal(size=len(texts)), "what": texts, "label": ["u", "v"] * (len(texts) // 2)})
    data = read(written(tmp_path, table))
    assert [c.name for c in data.columns] == ["x"]
    assert data.x[:, 0] == pytest.approx(table["x"].to_numpy(np.float32))
    assert data.factors["what"].tolist() == texts


def test_categories_are_sorted_and_join_over_blocks(tmp_path: Path) -> None:
    kinds = ["z10", "z9", "a"] * 400_000
    table = pd.DataFrame({"x": np.arange(len(kinds)), "kind": kinds, "label": "same"})
    data = read(written(tmp_path, table))
    assert data.columns[1].categories == ("a", "z9", "z10")
    assert data.x[:3, 1].tolist() == [2, 1, 0]
    assert data.x[-3:, 1].tolist() == [2, 1, 0]
    assert data.classes == ("same",)


def test_constant_scarce_and_repeated_columns(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    rows = "".join(f"{i},7,,{i if i < 3 else ''},same,{i / 2}\n" for i in range(20))
    path.write_text("a,a,none,few,text,b\n" + rows)
    data = read(path)
    assert [c.name for c in data.columns] == ["a", "a (2)", "few", "b"]
    assert data.factors == {} or list(data.factors) == ["text"]
    assert "left out empty columns: none" in data.notes
    assert "17 values are missing: 17 in few" in data.notes
    assert "more than half is missing in few" in data.notes
    assert "the same in every row: a (2)" in data.notes


def test_a_column_empty_at_first_says_more(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("a,late\n" + "1,\n" * 1500 + "2,5.5\n")
    data = read(path)
    assert [c.name for c in data.columns] == ["a"]
    assert data.factors["late"][-1] == 5.5
    assert np.isnan(data.factors["late"][0])


def test_long_texts_do_not_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vae_desktop.readers.rows.TEXTS", 10_000)
    table = pd.DataFrame(
        {"x": range(60), "short": [f"{i}!" for i in range(60)], "long": ["y" * 500 + str(i) for i in range(60)]}
    )
    data = read(written(tmp_path, table))
    assert list(data.factors) == ["short"]
    assert "left out columns of long texts: long" in data.notes


CELLS = st.floats(-1e6, 1e6, width=32) | st.none()
TEXTS = ["red", "green", "deep blue", 'q"u', "a,b", "x;y"]
KNOWN = [(i / 2, i, text) for i, text in enumerate(TEXTS * 2)]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(CELLS, CELLS, st.sampled_from(TEXTS) | st.none()), max_size=40),
    st.sampled_from([(",", "."), (";", "."), (";", ","), ("\t", ".")]),
)
def test_round_trips(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[Any, ...]], dialect: tuple[str, str]
) -> None:
    table = pd.DataFrame(KNOWN + rows, columns=["a", "b", "word"]).astype({"a": float, "b": float})
    path = tmp_path_factory.mktemp("round") / "data.csv"
    table.to_csv(path, sep=dialect[0], decimal=dialect[1], index=False)
    data = read(path, labels="none")
    kept = table[table.notna().any(axis=1)]
    assert np.array_equal(data.x[:, :2], kept[["a", "b"]].astype(np.float32), equal_nan=True)
    names = np.array([*data.columns[2].categories, ""])
    codes = np.where(np.isnan(data.x[:, 2]), -1, data.x[:, 2]).astype(int)
    assert names[codes].tolist() == kept["word"].fillna("").tolist()
    assert len(data.skipped) == len(table) - len(kept)
