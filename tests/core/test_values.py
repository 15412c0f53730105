import numpy as np
import pytest

from vae_desktop.core.values import Column, Dataset, Posterior

IMAGES = np.arange(3 * 4 * 5, dtype=np.uint8).reshape(3, 4, 5, 1)
TABLE = np.arange(6, dtype=np.float32).reshape(3, 2)
COLUMNS = (Column("a"), Column("b"))


@pytest.mark.parametrize(
    ("kind", "x", "further"),
    [
        ("image", IMAGES[..., 0], {}),
        ("image", np.zeros((3, 4, 5, 2), np.uint8), {}),
        ("image", IMAGES.astype(np.int64), {}),
        ("image", IMAGES.astype(">u2"), {}),
        ("table", IMAGES, {}),
        ("table", TABLE, {"columns": COLUMNS[:1]}),
        ("table", TABLE.astype(np.float64), {"columns": COLUMNS}),
        ("image", IMAGES, {"labels": np.zeros(2, np.int32), "classes": ("a",)}),
        ("image", IMAGES, {"labels": np.array([0, 1, 0], np.int32), "classes": ("a",)}),
        ("image", IMAGES, {"labels": np.array([0, -2, 0], np.int32), "classes": ("a",)}),
        ("image", IMAGES, {"labels": np.zeros(3), "classes": ("a",)}),
        ("image", IMAGES, {"items": ("one", "two")}),
        ("image", IMAGES, {"factors": {"size": np.zeros(2)}}),
    ],
)
def test_a_dataset_of_parts_that_do_not_fit_is_refused(kind: str, x: np.ndarray, further: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"not a valid|do not fit|names for|one value per item"):
        Dataset(kind, x, **further)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_images_of_each_type(dtype: type) -> None:
    data = Dataset("image", IMAGES.astype(dtype), np.array([0, -1, 1], np.int32), ("a", "b"))
    assert len(data) == 3
    assert data.item_name(2) == "#2"


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("digits", "digits"),
        ("some/faces.npz::images", "faces"),
        ("some/t10k-images-idx3-ubyte.gz", "t10k-images-idx3-ubyte"),
        ("a/folder/", "folder"),
        ("a/.hidden", ".hidden"),
        ("table.v2.csv", "table.v2"),
        (".", "."),
        ('["a/one.csv", "b/two.csv"]', "one and 1 more"),
    ],
)
def test_short_names(source: str, name: str) -> None:
    assert Dataset("image", IMAGES, source=source).name == name


def test_a_dataset_is_told_in_one_line() -> None:
    data = Dataset("image", IMAGES, np.zeros(3, np.int32), ("a",), source="x.npz", options={"size": "5x4"})
    assert repr(data) == "<Dataset 'x.npz' (size='5x4'): image (3, 4, 5, 1) uint8, 1 class>"
    assert len(repr(Dataset("table", np.zeros((9000, 2), np.float32), columns=COLUMNS))) < 100


def test_gaps_are_of_tables() -> None:
    late = np.zeros((9000, 2), np.float32)
    late[8999, 1] = np.nan
    assert Dataset("table", late, columns=COLUMNS).has_gaps()
    assert not Dataset("table", late[:8999], columns=COLUMNS).has_gaps()
    assert not Dataset("image", IMAGES).has_gaps()


def test_the_fingerprint_is_of_the_data_alone() -> None:
    mark = Dataset("image", IMAGES).fingerprint()
    assert Dataset("image", IMAGES.copy(), items=("a", "b", "c"), source="x").fingerprint() == mark
    assert Dataset("image", np.asfortranarray(IMAGES)).fingerprint() == mark
    assert Dataset("image", IMAGES + np.uint8(1)).fingerprint() != mark
    assert Dataset("image", IMAGES.reshape(3, 5, 4, 1)).fingerprint() != mark
    assert Dataset("image", IMAGES.astype(np.uint16)).fingerprint() != mark


def test_a_posterior_measures_itself() -> None:
    posterior = Posterior(np.array([[0, 3], [0, -3]], np.float32), np.log(np.array([[1, 0.25]] * 2, np.float32)))
    assert posterior.sigma[0].tolist() == [1, 0.5]
    # ½(μ² + σ² − log σ² − 1) by hand.
    assert posterior.kl_per_dimension == pytest.approx([0, 0.5 * (9 + 0.25 + np.log(4) - 1)])
    assert posterior.active_units == 1
