"""Workbooks made by hand for the tests: the zip with as few parts as the reader needs."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping

RELATION = '<Relationship Id="r1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/>'
RELATIONS = f"<Relationships>{RELATION}</Relationships>"
INDEX = '<workbook xmlns:r="r"><sheets><sheet name="offers" r:id="r1"/></sheets></workbook>'
HEADER = '<row r="1"><c t="str"><v>id</v></c><c t="str"><v>quantity</v></c></row>'


def crc(text: str) -> bytes:
    """The checksum of a part as the zip stores it."""
    return zlib.crc32(text.encode()).to_bytes(4, "little")


def sheet(rows: str) -> str:
    return f"<worksheet><sheetData>{HEADER}{rows}</sheetData></worksheet>"


def workbook(sheet_xml: str, parts: Mapping[str, str | bytes] | None = None) -> bytes:
    """The bytes of a workbook with one sheet, `offers`; `parts` adds or replaces parts."""
    whole: dict[str, str | bytes] = {
        "xl/_rels/workbook.xml.rels": RELATIONS,
        "xl/workbook.xml": INDEX,
        "xl/worksheets/sheet1.xml": sheet_xml,
        **(parts or {}),
    }
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in whole.items():
            file.writestr(name, content)
    return data.getvalue()
