import gzip
from pathlib import Path

import numpy as np
import pytest

from vae_desktop.core.errors import ReaderError
from vae_desktop.readers import read

RNG = np.random.default_rng(0)


def csv(folder: Path, text: str | bytes, name: str = "data.csv") -> Path:
    (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return folder / name


def lines(rows: np.ndarray, header: str = "") -> str:
    body = "\n".join(",".join(f"{value:g}" for value in row) for row in rows)
    return f"{header}\n{body}\n" if header else body + "\n"


def test_a_table_with_a_header(tmp_path: Path) -> None:
    data = read(csv(tmp_path, "height,weight\n1.5,2\n-3e1,4\n"))
    assert data.kind == "table"
    assert data.x.tolist() == [[1.5, 2], [-30, 4]]
    assert [column.name for column in data.columns] == ["height", "weight"]
    assert data.notes == ()
    assert data.labels is None


def test_a_table_without_a_header(tmp_path: Path) -> None:
    data = read(csv(tmp_path, "1,2\n3,4\n"))
    assert data.x.tolist() == [[1, 2], [3, 4]]
    assert [column.name for column in data.columns] == ["column 1", "column 2"]
    assert data.notes == ("no header: columns are numbered",)


def test_one_row_one_column(tmp_path: Path) -> None:
    assert read(csv(tmp_path, "7\n")).x.tolist() == [[7]]
    assert read(csv(tmp_path, "a\n7")).x.tolist() == [[7]]
    assert read(csv(tmp_path, "a,b\n7,8\n")).x.tolist() == [[7, 8]]


def test_a_header_of_counted_columns(tmp_path: Path) -> None:
    data = read(csv(tmp_path, ",0,1,2\n0,5.5,6,7\n1,8,9,10\n"))
    assert data.x.tolist() == [[5.5, 6, 7], [8, 9, 10]]
    assert data.items == ["0", "1"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_dialects(tmp_path: Path, delimiter: str, newline: str, encoding: str) -> None:
    rows = ["größe,b,art", '1,2,"Hase, braun"', "3,4,Igel", "5,6,Igel", '7,8,"Hase, braun"', ""]
    if delimiter != ",":
        rows = [row.replace("Hase, braun", "Hase").replace(",", delimiter) for row in rows]
    data = read(csv(tmp_path, newline.join(rows).encode(encoding), "data.tsv"))
    assert data.x.tolist() == [[1, 2], [3, 4], [5, 6], [7, 8]]
    assert data.columns[0].name == "größe"
    assert data.classes == (("Hase, braun" if delimiter == "," else "Hase"), "Igel")


def test_decimal_commas(tmp_path: Path) -> None:
    data = read(csv(tmp_path, "a;b\n1,5;2\n3,25;4,0\n"))
    assert data.x.tolist() == [[1.5, 2], [3.25, 4]]


def test_classes_names_and_factors(tmp_path: Path) -> None:
    text = "name,size,species,where,age\n" + "".join(
        f"bird {i},{i},{'robin' if i % 2 else 'wren'},place {i % 3} of {i},{i / 2}\n" for i in range(9)
    )
    data = read(csv(tmp_path, text))
    assert [column.name for column in data.columns] == ["size", "age"]
    assert data.classes == ("robin", "wren")
    assert data.labels is not None
    assert data.labels.tolist() == [1, 0, 1, 0, 1, 0, 1, 0, 1]
    assert data.item_name(3) == "bird 3"
    assert data.factors["where"][4] == "place 1 of 4"
    assert data.notes == ("took the labels from 'species'", "took the items' names from 'name'")


def test_numbers_named_label_are_classes_but_measurements_are_not(tmp_path: Path) -> None:
    data = read(csv(tmp_path, "a,label\n1,10\n2,9\n3,10\n"))
    assert data.classes == ("9", "10")
    assert data.x.shape == (3, 1)
    data = read(csv(tmp_path, "a,y\n1,0.5\n2,0.25\n3,9\n"))
    assert data.labels is None
    assert data.x.shape == (3, 2)


def test_rows_with_faults_are_skipped_with_line_and_reason(tmp_path: Path) -> None:
    text = "a,b,kind\n1,2,x\n1,,x\n1,two,x\n1,nan,y\n\n1,2\n1,inf,x\n1,1e99,x\n3,4,\n5,6,y\n"
    for body in (text, text.replace("1,2,x", '"1",2,x', 1)):
        data = read(csv(tmp_path, body))
        assert np.array_equal(data.x, [[1, 2], [1, np.nan], [1, np.nan], [3, 4], [5, 6]], equal_nan=True)
        assert data.skipped == (
            ("line 4", "b is not a number: 'two'"),
            ("line 7", "has 2 values, not 3"),
            ("line 8", "b is infinite or too large"),
            ("line 9", "b is infinite or too large"),
        )
        assert data.labels is not None
        assert data.labels.tolist() == [0, 0, 1, -1, 1]


def test_fast_and_careful_reading_agree(tmp_path: Path) -> None:
    rows = RNG.normal(size=(3000, 40))
    plain = lines(rows)
    data = read(csv(tmp_path, plain))
    assert np.allclose(data.x, rows, rtol=1e-5)
    at = plain.splitlines()
    at[1500] = at[1500].replace(",", ",x", 1)
    at[2000] = '"' + at[2000].replace(",", '",', 1)
    careful = read(csv(tmp_path, "\n".join(at)))
    assert [line for line, _ in careful.skipped] == ["line 1501"]
    assert (careful.x == np.delete(data.x, 1500, axis=0)).all()


def test_cells_may_span_lines(tmp_path: Path) -> None:
    text = "a,b,remark\n" + "1,2,plain\n" * 30_000 + '3,4,"first\nsecond"\n' + "5,x,plain\n" + "6,7,plain\n"
    data = read(csv(tmp_path, text))
    assert len(data) == 30_002
    assert data.classes == ("first\nsecond", "plain")
    assert data.skipped == (("line 30004", "b is not a number: 'x'"),)


PIXELS = RNG.integers(0, 256, (30, 784))
PIXELS[:, [0, -1]] = 0
LABELS = np.arange(30) % 10


@pytest.mark.parametrize("where", ["first", "last"])
@pytest.mark.parametrize("header", [False, True])
def test_images_with_labels(tmp_path: Path, where: str, header: bool) -> None:
    names = [f"v{i}" for i in range(784)]
    columns = [LABELS[:, None], PIXELS] if where == "first" else [PIXELS, LABELS[:, None]]
    named = ",".join(["digit", *names] if where == "first" else [*names, "digit"])
    data = read(csv(tmp_path, lines(np.hstack(columns), named if header else "")))
    assert data.x.shape == (30, 28, 28, 1)
    assert data.x.dtype == np.uint8
    assert (data.x.reshape(30, -1) == PIXELS).all()
    assert data.labels is not None
    assert (data.labels == LABELS).all()


def test_images_without_labels(tmp_path: Path) -> None:
    data = read(csv(tmp_path, lines(PIXELS)))
    assert (data.x.reshape(30, -1) == PIXELS).all()
    assert data.labels is None
    assert "784 whole numbers in 0–255 per row: read as images of 28×28" in data.notes


@pytest.mark.parametrize(
    ("names", "size"),
    [
        ([f"pixel{i}" for i in range(16)], (4, 4)),
        ([f"{y}x{x}" for y in range(1, 4) for x in range(1, 6)], (3, 5)),
        ([f"r{y}c{x}" for y in range(3) for x in range(2)], (3, 2)),
    ],
)
@pytest.mark.parametrize("decimal", [False, True])
def test_columns_named_as_pixels(tmp_path: Path, names: list[str], size: tuple[int, int], decimal: bool) -> None:
    x = RNG.random((5, len(names))).round(3) if decimal else RNG.integers(0, 256, (5, len(names)))
    text = lines(np.hstack([np.arange(5)[:, None], x, LABELS[:5, None]]), ",".join(["age", *names, "label"]))
    data = read(csv(tmp_path, text))
    assert data.x.shape == (5, *size, 1)
    assert data.x.dtype == (np.float32 if decimal else np.uint8)
    assert np.allclose(data.x.reshape(5, -1), x)
    assert data.factors["age"].tolist() == [0, 1, 2, 3, 4]
    assert data.labels is not None


@pytest.mark.parametrize("odd", [-1, 256, 0.5])
def test_other_values_make_it_a_table(tmp_path: Path, odd: float) -> None:
    x = PIXELS[:, :64].astype(float)
    x[20, 5] = odd
    assert read(csv(tmp_path, lines(x))).kind == "table"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("\n\n \n", "the file is empty"),
        ("one\0two\0", "not text"),
        ("only,text\nin,it\n", "holds no column of numbers"),
        ("a,b\n", "holds no column of numbers"),
        ("a,b\n1e99,1\n1,inf\n-inf,3\n", r"none of its 3 rows can be used \(line 2: a is infinite or too large\)"),
        ('a,b\n1,"' + "2\n" * 100_000, "field larger than field limit"),
    ],
)
def test_refuses_with_one_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ReaderError, match=message):
        read(csv(tmp_path, text))


def test_numbers_written_for_people(tmp_path: Path) -> None:
    text = 'when,price,share,part\n2020-01-01,"$1,234.50",5%, 3 \n2020-01-03,"1,000,000",0.5 %,-4\n2020-01-02,7,1%,\n'
    data = read(csv(tmp_path, text))
    assert [column.name for column in data.columns] == ["price", "share", "part"]
    assert np.array_equal(data.x, [[1234.5, 5, 3], [1e6, 0.5, -4], [7, 1, np.nan]], equal_nan=True)
    assert data.factors["when"].tolist() == [0, 2, 1]
    data = read(csv(tmp_path, "a;b\n1.234,5;2\n-7.000,25;3\n"))
    assert data.x.tolist() == [[1234.5, 2], [-7000.25, 3]]


def test_other_dialects(tmp_path: Path) -> None:
    assert read(csv(tmp_path, "größe;art\n1,5;Bär\n2,5;Bär\n".encode("cp1252"))).classes == ("Bär",)
    assert read(csv(tmp_path, " 1  2.5 3\n 10 0.5 7\n")).x.tolist() == [[1, 2.5, 3], [10, 0.5, 7]]
    assert read(csv(tmp_path, "a|b\n1|2\n3|4\n")).x.tolist() == [[1, 2], [3, 4]]
    assert read(csv(tmp_path, "a,b\r1,2\r3,4\r")).x.tolist() == [[1, 2], [3, 4]]
    assert read(csv(tmp_path, 'a, b\n1, "x, y"\n2, z\n3, z\n')).classes == ("x, y", "z")


def test_packed(tmp_path: Path) -> None:
    packed = gzip.compress(b"a,b\n1,2\n3,4\n")
    assert read(csv(tmp_path, packed, "data.csv.gz")).x.tolist() == [[1, 2], [3, 4]]
    with pytest.raises(ReaderError, match="cut short or damaged"):
        read(csv(tmp_path, packed[:-6], "data.csv.gz"))


def test_what_unpacks_to_far_more_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vae_desktop.readers.tables.UNPACKED", 1 << 20)
    with pytest.raises(ReaderError, match=r"unpacks to more than .* MB, too much for its size"):
        read(csv(tmp_path, gzip.compress(b"a,b\n" + b"1,2\n" * 1_000_000), "data.csv.gz"))


def test_a_line_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vae_desktop.readers.tables.LINE", 4 << 20)
    with pytest.raises(ReaderError, match=r"has a line of more than 4\.19 MB"):
        read(csv(tmp_path, b"1," * (5 << 20)))


def test_as_many_columns_as_there_are(tmp_path: Path) -> None:
    rows = np.arange(60_000).reshape(3, 20_000) / 2
    assert (read(csv(tmp_path, lines(rows))).x == rows).all()
    with pytest.raises(ReaderError, match="has 200,000 columns; at most 100,000 are read"):
        read(csv(tmp_path, "1," * 199_999 + "1\n"))


def test_rows_too_short_among_whole_ones(tmp_path: Path) -> None:
    body = "".join(f"{i},{i},{i}\n" for i in range(1000))
    data = read(csv(tmp_path, "a,b,c\n" + body + "1,2\n3,4,\n" + body))
    assert len(data) == 2001
    assert np.isnan(data.x[1000]).tolist() == [False, False, True]
    assert data.skipped == (("line 1002", "has 2 values, not 3"),)


def test_no_more_than_asked_for(tmp_path: Path) -> None:
    data = read(csv(tmp_path, "a,b\n" + "1,2\n" * 5000), limit=10)
    assert data.x.shape == (10, 2)


def test_empty_columns_are_left_out(tmp_path: Path) -> None:
    data = read(csv(tmp_path, "a,b,c,\n1,,2,\n3,,4,\n"))
    assert data.x.tolist() == [[1, 2], [3, 4]]
    assert data.notes == ("left out empty columns: b, column 4",)


@pytest.mark.parametrize("columns", [2, 3])  # as many names as columns, and not
def test_a_first_line_that_names_the_classes(tmp_path: Path, columns: int) -> None:
    rows = [f"{','.join(f'{i + k / 8}' for k in range(columns))},{i % 3 if i < 9 else 2}" for i in range(30)]
    (tmp_path / "a.csv").write_text("\n".join([f"30,{columns},red,green,dark blue", *rows]), "utf-8")
    dataset = read(tmp_path / "a.csv")
    assert dataset.x.shape == (30, columns)
    assert dataset.classes == ("red", "green", "dark blue")
    assert dataset.labels is not None
    assert dataset.labels[:5].tolist() == [0, 1, 2, 0, 1]
    assert not dataset.skipped
    assert "the first line names the classes: red, green, dark blue; columns are numbered" in dataset.notes
    assert read(tmp_path / "a.csv", labels="none").x.shape == (30, columns + 1)


def test_a_first_line_that_only_looks_as_if_it_named_classes(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("\n".join(["30,2,red,blue", *(f"{i},{i / 4},{i % 5}" for i in range(30))]), "utf-8")
    dataset = read(tmp_path / "a.csv")
    assert dataset.skipped == (("line 1", "has 4 values, not 3"),)
