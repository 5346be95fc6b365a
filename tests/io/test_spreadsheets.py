import datetime
import sys
import zipfile

import polars as pl
import pytest

import labelwright as lw
from labelwright.io import read_table
from labelwright.testing import check_source

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
DAY_0 = datetime.datetime(1899, 12, 30)


def cell(value):
    if value is None:
        return "<c/>"
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t>{value}</t></is></c>'
    if isinstance(value, bool):
        return f'<c t="b"><v>{int(value)}</v></c>'
    if isinstance(value, datetime.datetime):
        return f'<c s="1"><v>{(value - DAY_0) / datetime.timedelta(days=1)}</v></c>'
    return f"<c><v>{value}</v></c>"


def workbook(path, **sheets):
    """Write a workbook as Excel does, as far as readers need it."""
    rows = {
        name: "".join(f"<row>{''.join(map(cell, row))}</row>" for row in table)
        for name, table in sheets.items()
    }
    listed = "".join(
        f'<sheet name="{name}" sheetId="{i}" r:id="r{i}"/>' for i, name in enumerate(sheets, start=1)
    )
    targets = "".join(
        f'<Relationship Id="r{i}" Type="{OFFICE}/worksheet" Target="sheet{i}.xml"/>'
        for i in range(1, len(sheets) + 1)
    )
    styles = '<cellXfs><xf numFmtId="0"/><xf numFmtId="22" applyNumberFormat="1"/></cellXfs>'
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r" '
            f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        packed.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{listed}</sheets></workbook>',
        )
        packed.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{PACKAGE}/relationships">{targets}<Relationship Id="s" '
            f'Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
        )
        packed.writestr("xl/styles.xml", f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>')
        for i, content in enumerate(rows.values(), start=1):
            sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{content}</sheetData></worksheet>'
            packed.writestr(f"xl/sheet{i}.xml", sheet)
    return path


DAY = datetime.datetime(2024, 1, 2)
ROWS = [
    ["text", "n", "share", "zip", "day", "at", "mixed", "flag", None],
    ["free", 1, 1.5, "00123", DAY, DAY.replace(hour=12), 1, True, None],
    [None, None, None, None, None, None, None, None, None],
    ["hi", 2, None, "7", None, DAY, "two", None, None],
]


@pytest.fixture(scope="module", autouse=True)
def _needs_fastexcel():
    pytest.importorskip("fastexcel")


def test_a_sheet_is_a_table(tmp_path, capfd):
    frame = read_table(workbook(tmp_path / "t.xlsx", Data=ROWS, Empty=[]))
    assert frame.to_dicts() == [
        {
            "text": "free",
            "n": 1,
            "share": 1.5,
            "zip": "00123",
            "day": DAY.date(),
            "at": DAY.replace(hour=12),
            "mixed": "1",
            "flag": True,
        },
        {
            "text": "hi",
            "n": 2,
            "share": None,
            "zip": "7",
            "day": None,
            "at": DAY,
            "mixed": "two",
            "flag": None,
        },
    ]
    assert frame.schema["n"] == pl.Int64
    assert "".join(capfd.readouterr()) == ""


def test_a_sheet_is_voted_on_like_any_table(tmp_path):
    path = workbook(tmp_path / "t.xlsx", Data=ROWS)
    lfs = [lw.keywords("free", ["free"], on="text", vote=1)]
    assert lw.apply(lfs, path, space=["HAM", "SPAM"], progress=False).votes.tolist() == [[1], [-1]]
    assert lw.io.as_source(tmp_path).rows == 2
    check_source(lw.io.as_source(path))


def test_one_of_several_sheets_is_named(tmp_path):
    path = workbook(tmp_path / "t.xlsx", Data=ROWS, Notes=[["note"], ["hello"]], Heads=[["a", "b"]])
    with pytest.raises(lw.DataError, match=r"several sheets with rows: Data, Notes; read one with"):
        read_table(path)
    assert read_table(path, sheet="Notes").to_dicts() == [{"note": "hello"}]
    with pytest.raises(lw.DataError, match="has no sheet 'Note'; did you mean 'Notes'"):
        read_table(path, sheet="Note")
    with pytest.raises(lw.DataError, match="has 0 rows"):
        read_table(path, sheet="Heads")
    with pytest.raises(lw.DataError, match="which has no sheets; leave out sheet="):
        read_table({"a": [1]}, sheet="Data")


def test_columns_that_stay_text(tmp_path):
    path = workbook(tmp_path / "t.xlsx", Data=[["id", "n"], [7, 1], [8, 2]])
    assert read_table(path, as_text=["id"]).rows() == [("7", 1), ("8", 2)]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([["a", "a"], [1, 2]], "sheet 'Data' of .* has several columns named a; rename all but one"),
        ([["a", None], [1, 2]], "column 2 has values and no name in the first row"),
        ([], "has no columns"),
    ],
)
def test_what_is_no_table_is_said(rows, message, tmp_path):
    with pytest.raises((lw.DataError, lw.SchemaError), match=message):
        read_table(workbook(tmp_path / "t.xlsx", Data=rows))


def test_what_is_no_spreadsheet_is_said(tmp_path):
    (tmp_path / "t.xlsx").write_text("a,b")
    with pytest.raises(lw.DataError, match=r"cannot read '.*t\.xlsx': it is no spreadsheet, or") as caught:
        read_table(tmp_path / "t.xlsx")
    assert "\n" not in str(caught.value)
    (tmp_path / "t.csv").write_text("a\n1\n")
    with pytest.raises(lw.DataError, match="is no spreadsheet; leave out sheet='x'"):
        read_table(tmp_path / "t.csv", sheet="x")


def test_without_the_extra_the_way_to_it_is_said(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "fastexcel", None)
    with pytest.raises(lw.MissingExtraError, match="pip install fastexcel "):
        read_table(workbook(tmp_path / "t.xlsx", Data=ROWS))
