from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vae_desktop.latent.local import Local
from vae_desktop.training.view_folder import keep_projection, kept_projection

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
