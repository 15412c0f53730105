from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from vae_desktop.core.errors import UserError
from vae_desktop.latent.local import Local
from vae_desktop.training.view_folder import keep_names, keep_projection, kept_names, kept_projection

if TYPE_CHECKING:
    from pathlib import Path

MU = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
MAP = Local("tsne", ("t-SNE 1", "t-SNE 2"), MU[:, :2].copy(), MU)


def test_a_projection_is_found_again_and_only_for_its_codes_and_settings(tmp_path: Path) -> None:
    keep_projection(tmp_path, {"perplexity": 30.0}, MAP)
    found = kept_projection(tmp_path, "tsne", {"perplexity": 30.0}, MU)
    assert found is not None
    np.testing.assert_array_equal(found.xy, MAP.xy)
    assert found.labels == MAP.labels
    assert kept_projection(tmp_path, "tsne", {"perplexity": 31.0}, MU) is None
    assert kept_projection(tmp_path, "tsne", {"perplexity": 30.0}, MU + 1) is None
    assert kept_projection(tmp_path, "umap", {"perplexity": 30.0}, MU) is None


def test_a_damaged_file_is_none(tmp_path: Path) -> None:
    keep_projection(tmp_path, {}, MAP)
    (file,) = (tmp_path / "view").iterdir()
    whole = file.read_bytes()
    for cut in (0, 7, len(whole) - 3):
        file.write_bytes(whole[:cut])
        assert kept_projection(tmp_path, "tsne", {}, MU) is None


def test_a_run_that_cannot_be_written_keeps_none(tmp_path: Path) -> None:
    (tmp_path / "view").write_text("in the way")
    keep_projection(tmp_path, {}, MAP)
    assert kept_projection(tmp_path, "tsne", {}, MU) is None


SOME = np.array([0, 3, 9], np.int32)


def test_names_are_found_again_and_only_for_their_data(tmp_path: Path) -> None:
    keep_names(tmp_path, "abc", 10, {2: "Käse"}, {"odd ones": SOME, "none": SOME[:0]}, {"factor:size": {"1": "small"}})
    found = kept_names(tmp_path, "abc", 10)
    assert found is not None
    classes, selections, kinds = found
    assert classes == {2: "Käse"}
    assert kinds == {"factor:size": {"1": "small"}}
    assert list(selections) == ["odd ones", "none"]
    np.testing.assert_array_equal(selections["odd ones"], SOME)
    assert not selections["odd ones"].flags.writeable
    assert kept_names(tmp_path, "abd", 10) is None
    assert kept_names(tmp_path, "abc", 11) is None
    assert kept_names(tmp_path / "other", "abc", 10) is None


@pytest.mark.parametrize("items", [[3, 1], [1, 1], [-1, 2], [2, 10]])
def test_numbers_that_are_no_items_are_none(tmp_path: Path, items: list[int]) -> None:
    keep_names(tmp_path, "abc", 10, {}, {"odd": np.array(items, np.int32)})
    assert kept_names(tmp_path, "abc", 10) is None


def test_damaged_names_are_none(tmp_path: Path) -> None:
    keep_names(tmp_path, "abc", 10, {}, {"odd": SOME})
    (file,) = (tmp_path / "view").iterdir()
    whole = file.read_bytes()
    for cut in (0, 7, len(whole) - 3):
        file.write_bytes(whole[:cut])
        assert kept_names(tmp_path, "abc", 10) is None


def test_names_that_cannot_be_kept_are_told(tmp_path: Path) -> None:
    (tmp_path / "view").write_text("in the way")
    with pytest.raises(UserError, match="cannot be kept"):
        keep_names(tmp_path, "abc", 10, {}, {"odd": SOME})
