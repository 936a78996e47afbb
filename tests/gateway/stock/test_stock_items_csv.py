"""Lists of items as CSV: a kitchen's spreadsheet is read as it is, and what goes out runs no formula."""

import pytest

from gateway.stock.formats.items_csv import COLUMNS, MOST, CsvError, read, write


def test_a_list_is_read_with_its_lines_whatever_separates_the_columns() -> None:
    comma = "id,name_id,unit\nrice,Beras,kg\n\noil,Minyak,L\n"
    semicolon = "\ufeff" + comma.replace(",", ";").replace("\n", "\r\n")
    items = [
        (2, {"id": "rice", "name": {"id": "Beras", "en": "Beras"}, "unit": "kg"}),
        (4, {"id": "oil", "name": {"id": "Minyak", "en": "Minyak"}, "unit": "L"}),
    ]
    assert read(comma) == items
    assert read(semicolon) == items


def test_headings_may_be_written_large_and_empty_cells_are_left_to_the_defaults() -> None:
    [(_, item)] = read(" ID ,Name_ID,NAME_EN,density,lead_days,barcodes\nrice, Beras ,Rice,,2, 0899 0898 \n")
    assert item == {
        "id": "rice",
        "name": {"id": "Beras", "en": "Rice"},
        "lead_days": 2,
        "barcodes": ["0899", "0898"],
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "line 1: the columns id and name_id must be there"),
        ("id,name_en\nrice,Rice\n", "line 1: the columns id and name_id must be there"),
        ("id,name_id,colour\n", "line 1: unknown column 'colour'"),
        ("id,name_id\nrice,\n", "line 2: name_id is empty"),
        ('id,name_id,piece\negg,Telur,"0,06"\n', "line 2: piece '0,06' is no number; write 0.06"),
        ("id,name_id,lead_days\nrice,Beras,1.5\n", "line 2: lead_days '1.5' is no number"),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, words: str) -> None:
    with pytest.raises(CsvError) as mistake:
        read(text)
    assert words in str(mistake.value)


def test_a_list_that_no_kitchen_has_is_refused() -> None:
    rows = "".join(f"item-{number},Barang\n" for number in range(MOST))
    assert len(read(f"id,name_id\n{rows}")) == MOST
    with pytest.raises(CsvError, match="divide the file"):
        read(f"id,name_id\n{rows}one-more,Barang\n")


def test_what_goes_out_comes_in_again() -> None:
    row = {"id": "egg", "name_id": "Telur; ayam", "name_en": 'Egg "large"', "unit": "pcs", "piece": "0.06"}
    [(_, item)] = read(write([row], COLUMNS))
    assert item == {"id": "egg", "name": {"id": "Telur; ayam", "en": 'Egg "large"'}, "unit": "pcs", "piece": 0.06}


@pytest.mark.parametrize("text", ["=1+1", "+62 812", "-rice", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_text_that_a_spreadsheet_would_run_is_made_plain(text: str) -> None:
    assert write([{"id": text}], ["id"]).splitlines(keepends=True)[1].lstrip('"').startswith("'")


@pytest.mark.parametrize(
    ("value", "cell"), [("-1.5", "-1.5"), (-1.5, "-1.5"), ("Beras", "Beras"), (0, "0"), (None, "")]
)
def test_numbers_and_words_go_out_as_they_are(value: object, cell: str) -> None:
    assert write([{"id": "rice", "name": value}], ["id", "name"]) == f"id,name\r\nrice,{cell}\r\n"
