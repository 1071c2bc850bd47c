"""Tables in files: what columns are found, and what is wrong with a file, with its line and column."""

import csv

import numpy as np
import pytest

from chainrule.data.errors import DataError
from chainrule.data.tables import read_table, require_whole


def written(folder, content, name="t.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def columns(path, **keywords):
    return {name: each.tolist() for name, each in read_table(path, **keywords).columns.items()}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", 'a,"b, c",d\n1,x,.5\n-2e3,"y ""z""",\n'),
        ("t.csv", '\ufeffa;"b, c";d\r\n1;x;.5\r\n\r\n-2e3;"y ""z""";NA\r\n'),
        ("t.tsv", 'a\tb, c\td\n1\tx\t.5\n-2e3\t"y ""z"""\tNaN\n'),
        ("T.CSV", 'a,"b, c",d\n 1 , x ,+.5\n-2000, "y ""z""",null\n'.replace(', "y', ',"y')),
    ],
)
def test_columns_of_numbers_and_of_texts(tmp_path, name, content):
    found = read_table(written(tmp_path, content, name))
    assert found.columns["a"].tolist() == [1.0, -2000.0]
    assert found.columns["b, c"].tolist() == ["x", 'y "z"']
    np.testing.assert_array_equal(found.columns["d"], [0.5, np.nan])
    assert found.columns["d"].dtype == np.float64


def test_lines_are_those_of_the_file(tmp_path):
    found = read_table(written(tmp_path, 'a,b\n\n1,"two\nlines"\n\n3,x\n'))
    assert found.lines.tolist() == [3, 6]
    assert found.columns["b"].tolist() == ["two\nlines", "x"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty; its first line must name the columns."),
        ("a,b\n1,2\n3\n", ", line 3: there are 1 values, and the first line names 2 columns."),
        ("a,b\n1,2\n\n3,4,5\n", ", line 4: there are 3 values, and the first line names 2 columns."),
        ("a,b\n1,2\n3,4\nx,5\n", ", line 4: a is 'x', where a number is expected."),
        ("a,b\n1,2\n3,1e999\n", ", line 3: b is 1e999, which is too large for a number."),
        ("a,,b\n1,2,3\n", ", line 1: column 2 has no name."),
        ("a,b,a\n1,2,3\n", ", line 1: two columns are called 'a'; give each a name of its own."),
        ('a,b\n1,2\n"3"x,4\n', ", line 3: a quotation mark is out of place."),
        ("a,b\n1,ä\n".encode("utf-16"), "is UTF-16; save it as CSV in UTF-8."),
        (b"a,b\n1,2\n3,\xe4\n", ", line 3: the text is not UTF-8; save it as CSV in UTF-8."),
        (b"\x89PNG\r\n\x1a\n\0\0", "is a PNG image; save it as CSV in UTF-8."),
        (
            ",".join(f"c{k}" for k in range(10**6)),
            ", line 1: there are 1,000,000 columns, and at most 10,000 are read.",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path, content, message):
    path = written(tmp_path, content)
    with pytest.raises(DataError) as refused:
        read_table(path)
    assert str(refused.value) == f"{path}{'' if message.startswith(',') else ' '}{message}"


def test_a_column_that_must_have_numbers(tmp_path):
    path = written(tmp_path, "a,b\nold,2\nolder,3\n")
    assert columns(path)["a"] == ["old", "older"]
    with pytest.raises(DataError, match=r"line 2: a is 'old', where a number is expected\.$"):
        read_table(path, numbers=["a"])


def test_missing_values_are_named(tmp_path):
    table = read_table(written(tmp_path, "a,b\n1,x\n2,\n3,NA\n"))
    require_whole(table, ["a"], choosing=True)
    with pytest.raises(
        DataError, match=r"line 3: b has no value \(2 of 3 rows have none\); fill it in, or take --missing"
    ):
        require_whole(table, ["a", "b"], choosing=True)


def test_other_files(tmp_path):
    with pytest.raises(DataError, match="does not exist; give a table: CSV, TSV or Parquet"):
        read_table(str(tmp_path / "none.csv"))
    with pytest.raises(DataError, match=r"needs pyarrow|cannot be read as Parquet"):
        read_table(written(tmp_path, "no parquet", "t.parquet"))


LANGUAGES = {
    "English": lambda number: f"{number:,.2f}",
    "German": lambda number: f"{number:,.2f}".translate(str.maketrans(",.", ".,")),
    "French": lambda number: f"{number:,.2f}".translate(str.maketrans({",": "\u202f", ".": ","})),
    "French, typed": lambda number: f"{number:,.2f}".translate(str.maketrans({",": " ", ".": ","})),
    "Swiss": lambda number: f"{number:,.2f}".replace(",", "'"),
    "Swiss, typeset": lambda number: f"{number:,.2f}".replace(",", "\u2019").replace("-", "\u2212"),
    "plain": str,
    "plain, with a comma": lambda number: str(number).replace(".", ","),
}  # fmt: skip
"""How numbers are written: a price of -1234567.25 in each."""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_numbers_are_read_in_every_language(tmp_path, language, separator):
    random = np.random.default_rng(0)
    numbers = [*(random.normal(0, 10.0 ** random.integers(0, 7, 40)).round(2)), 0.5, -1234567.25, 3.0]
    rows = [[str(k), LANGUAGES[language](float(number)), "Ulm, Bern"] for k, number in enumerate(numbers)]
    with (tmp_path / "t.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=separator).writerows([["day", "price, net", "town"], *rows])
    table = read_table(str(tmp_path / "t.csv"))
    np.testing.assert_array_equal(table.columns["price, net"], numbers)
    assert table.columns["day"].tolist() == [*range(43)] and table.columns["town"][0] == "Ulm, Bern"
    assert table.comma == ("comma" in language or language.startswith(("German", "French")))
    assert len(table.notes) == (language != "plain")
    told = "decimal comma" if table.comma else "marks between thousands"
    assert all(told in str(note) and " in line " in str(note) for note in table.notes)


@pytest.mark.parametrize(
    ("content", "values"),
    [
        ("a;b\n1,5;1,234\n2;2,345\n", [1.234, 2.345]),  # another column has a decimal comma
        ("a;b\n1.5;1,234\n2;2,345\n", [1234, 2345]),  # another column has a decimal point
        ("a;b\n1,5;1.234\n2;2.345\n", [1234, 2345]),
        ("a;b\n1.5;1.234\n2;2.345\n", [1.234, 2.345]),
        ("a;b\n1;1.234\n2;2.345\n", [1.234, 2.345]),  # as it ever was
        ("a;b\n1;0,125\n2;1,234\n", [0.125, 1.234]),  # no thousands begin with 0
        ("a;b\n1;1234,567\n2;1,234\n", [1234.567, 1.234]),
        ("a;b\n1;1,5\n2;2\n", [1.5, 2]),
    ],
)
def test_what_stands_before_decimals_is_found_in_the_column_or_the_table(tmp_path, content, values):
    assert columns(written(tmp_path, content))["b"] == values


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "a;b\nx;1,234\ny;2,345\n",
            ", line 2: b is '1,234', which can be 1.234 or 1234; write decimals behind a point, and nothing between thousands.",
        ),
        (
            "a;b\nx;1.5\ny;2,5\nz;3\n",
            ", line 3: b is '2,5', and '1.5' in line 2; write all its decimals behind points, or all behind commas.",
        ),
        ("a;b;c\n1.5;2,5;1,234\n1.5;2,5;3\n", ", line 2: c is '1,234', which can be 1.234 or 1234; write decimals"),
        ("a;b\n1,5;x\n2,5;y\n1.23.4;z\n", ", line 4: a is '1.23.4', where a number is expected."),
    ],
)
def test_what_can_be_two_numbers_is_refused(tmp_path, content, message):
    with pytest.raises(DataError) as refused:
        read_table(written(tmp_path, content))
    assert message in str(refused.value)


def test_a_network_that_knows_its_commas_reads_them_where_the_table_does_not_say(tmp_path):
    path = written(tmp_path, "a;b\nx;1,234\ny;1.234\n")
    with pytest.raises(DataError, match=r"can be 1\.234 or 1234"):
        read_table(path)
    assert columns(path, comma=True)["b"] == [1.234, 1234.0]


@pytest.mark.parametrize("text", ["12.05.2024", "10.0.0.1", "1,2,3", "1'2", "1 2", "3 Zi.", "-", "12:30", "1,23,456"])
def test_what_is_no_number_stays_a_text(tmp_path, text):
    path = tmp_path / "t.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["a"], [text], [text]])
    assert columns(str(path))["a"] == [text, text]


@pytest.mark.parametrize("space", ["\u00a0", "\u2009", "\u202f", " "])
def test_a_space_within_a_number_is_shown_as_a_space(tmp_path, space):
    path = tmp_path / "fr.csv"
    path.write_text(f"a;b\n1{space}234,5;1\n2{space}345,5;2\n", encoding="utf-8")
    assert "'1 234,5' in line 2 is read as 1234.5" in str(*read_table(str(path)).notes)
    path.write_text(f"a;b\n1{space}234,5;1\n2{space}345,5;2\n3{space}x;3\n", encoding="utf-8")
    with pytest.raises(DataError, match="a is '3 x', where a number is expected"):
        read_table(str(path))
