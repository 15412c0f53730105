"""The dot, the picture and the name are always of the same item."""

from __future__ import annotations

import csv
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from vae_desktop.core.errors import UserError
from vae_desktop.core.preparation import Preparation
from vae_desktop.core.values import Column, Dataset, Posterior
from vae_desktop.core.work import finish
from vae_desktop.export.images import save_folder
from vae_desktop.export.selection import (
    Chosen,
    file_names,
    save_chosen_codes,
    save_chosen_rows,
    saving_chosen_images,
)
from vae_desktop.latent.select import frozen

if TYPE_CHECKING:
    from pathlib import Path

N = 300
LABELS = (np.arange(N) % 3 - 1).astype(np.int32)
INDICES = frozen(np.array([1, 2, 3, 40, 299]))


def pictures(named: bool = True) -> Dataset:
    """Pictures whose grey says which item they are."""
    x = np.zeros((N, 4, 4, 1), np.uint8)
    x[:, 0, 0, 0], x[:, 0, 1, 0] = np.arange(N) // 256, np.arange(N) % 256
    names = [f"sub/pic {i}.jpg" for i in range(N)] if named else ()
    return Dataset("image", x, LABELS, ("a/b", "CON"), items=names, source="p")


def number(path: Path) -> int:
    with Image.open(path) as image:
        pixels = np.asarray(image)
    return int(pixels[0, 0]) * 256 + int(pixels[0, 1])


def chosen(data: Dataset) -> Chosen:
    mu = np.arange(2 * N, dtype=np.float32).reshape(N, 2)
    return Chosen(INDICES, data.labels, data.classes, Posterior(mu, -mu), data)


def test_pictures_go_into_folders_of_their_classes(tmp_path: Path) -> None:
    data = pictures()
    finish(saving_chosen_images(tmp_path / "out", chosen(data), Preparation.fit(data), True))
    found = {
        str(path.relative_to(tmp_path / "out").as_posix()): number(path) for path in (tmp_path / "out").rglob("*.png")
    }
    assert found == {
        "a-b/pic 1.png": 1, "CON-/pic 2.png": 2, "unknown/pic 3.png": 3, "a-b/pic 40.png": 40, "CON-/pic 299.png": 299,
    }  # fmt: skip


def test_pictures_lie_side_by_side_under_their_numbers(tmp_path: Path) -> None:
    data = pictures(named=False)
    finish(saving_chosen_images(tmp_path / "out", chosen(data), Preparation.fit(data), False))
    found = {path.name: number(path) for path in (tmp_path / "out").iterdir()}
    assert found == {f"{i:06}.png": i for i in INDICES.tolist()}


def test_many_pictures_are_read_in_parts_and_stay_their_own(tmp_path: Path) -> None:
    data = pictures()
    every = replace(chosen(data), indices=frozen(np.arange(N)))
    finish(saving_chosen_images(tmp_path / "out", every, Preparation.fit(data), False))
    assert {int(path.stem.split()[1]) == number(path) for path in (tmp_path / "out").iterdir()} == {True}


@pytest.mark.parametrize("name", ["shapes v1.2", ".x", "a.png", "out."])
def test_every_name_is_a_folders(tmp_path: Path, name: str) -> None:
    data = pictures()
    finish(saving_chosen_images(tmp_path / name, chosen(data), Preparation.fit(data), False))
    save_folder(tmp_path / f"other {name}", data.x[:3].reshape(1, 3, *data.x.shape[1:]))
    assert len(list((tmp_path / name).iterdir())) == len(chosen(data).indices)
    assert [path.name for path in sorted((tmp_path / f"other {name}").iterdir())] == ["000.png", "001.png", "002.png"]


def test_a_full_folder_is_left_alone(tmp_path: Path) -> None:
    data = pictures()
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    with pytest.raises(UserError, match="already holds files"):
        finish(saving_chosen_images(out, chosen(data), Preparation.fit(data), False))
    assert [path.name for path in out.iterdir()] == ["mine.txt"]


def test_a_cancelled_folder_leaves_nothing(tmp_path: Path) -> None:
    data = pictures()
    folder = tmp_path / "here"
    folder.mkdir()
    work = saving_chosen_images(folder / "out", chosen(data), Preparation.fit(data), False)
    next(work)
    next(work)
    work.close()
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("names", "files"),
    [
        (("x.png", "X.jpg", "x.gif"), ["x.png", "X-2.png", "x-3.png"]),
        (("..", "nul.txt", "a:b?c"), ["item.png", "nul-.png", "a-b-c.png"]),
        (("C:\\folder\\käse.png", "/etc/passwd", " . "), ["käse.png", "passwd.png", "item.png"]),
        (("v1.2.png", ".hidden", "y" * 300), ["v1.2.png", "hidden.png", "y" * 100 + ".png"]),
        (("猫" * 300, "猫" * 300, "x"), ["猫" * 66 + ".png", "猫" * 66 + "-2.png", "x.png"]),
    ],
)
def test_file_names_are_safe(names: tuple[str, ...], files: list[str]) -> None:
    data = Dataset("image", np.zeros((3, 2, 2, 1), np.uint8), items=names)
    assert file_names(Chosen(frozen(np.arange(3)), dataset=data), False) == files


@pytest.mark.parametrize("suffix", [".csv", ".npz"])
def test_codes_are_those_of_the_items(tmp_path: Path, suffix: str) -> None:
    data = pictures(named=False)
    some = chosen(data)
    save_chosen_codes(tmp_path / f"codes{suffix}", some)
    if suffix == ".csv":
        with (tmp_path / "codes.csv").open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        assert header == ["item", "label", "mu_0", "mu_1", "logvar_0", "logvar_1"]
        for index, row in zip(INDICES.tolist(), rows, strict=True):
            assert row[:3] == [f"#{index}", ["", "a/b", "CON"][LABELS[index] + 1], f"{2 * index}.0"]
        return
    with np.load(tmp_path / "codes.npz") as saved:
        np.testing.assert_array_equal(saved["indices"], INDICES)
        np.testing.assert_array_equal(saved["x"], data.x[INDICES])
        np.testing.assert_array_equal(saved["labels"], LABELS[INDICES])
        np.testing.assert_array_equal(saved["mu"][:, 0], 2 * INDICES)
        np.testing.assert_array_equal(saved["logvar"], -saved["mu"])
        assert saved["items"].tolist() == [f"#{i}" for i in INDICES.tolist()]


@pytest.mark.parametrize("items", [[3, 4, 5, 6], [3, 5, 4, 6], [7], []])
def test_codes_come_with_their_own_items(tmp_path: Path, items: list[int]) -> None:
    data, mu = pictures(named=False), np.zeros((10, 2), np.float32)
    some = Chosen(frozen(np.array(items, np.int32)), posterior=Posterior(mu, mu), dataset=data)
    save_chosen_codes(tmp_path / "codes.npz", some)
    with np.load(tmp_path / "codes.npz") as saved:
        np.testing.assert_array_equal(saved["x"], data.x[np.array(items, int)])


def test_rows_of_a_table_are_those_of_the_items(tmp_path: Path) -> None:
    x = np.arange(20, dtype=np.float32).reshape(10, 2)
    data = Dataset("table", x, columns=(Column("a"), Column("b")))
    save_chosen_rows(tmp_path / "rows.csv", Chosen(frozen(np.array([2, 7])), dataset=data))
    assert (tmp_path / "rows.csv").read_text().splitlines() == ["a,b", "4.0,5.0", "14.0,15.0"]
