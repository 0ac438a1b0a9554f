#!/usr/bin/env python3
"""Time that LibreOffice takes to make a PDF of a DOCX with the words and tables of a book, for the ratio in docs/performance.md.

Usage: libreoffice.py BOOK.pdf   (needs python-docx, pdftotext, soffice; BOOK.pdf as the tests leave it in JIEBANG_KEEP_DOCUMENTS)
"""

import pathlib
import subprocess
import sys
import tempfile
import time

import docx
from docx.oxml.ns import qn

COPIES = 20


def write(book: str, path: pathlib.Path) -> None:
    """The lines of the book, a table where its layout shows columns, a page break where it has one."""
    text = subprocess.run(["pdftotext", "-layout", "-enc", "UTF-8", book, "-"], check=True, capture_output=True).stdout.decode()
    document = docx.Document()
    style = document.styles["Normal"]
    style.font.name = "Noto Serif CJK SC"
    style.element.rPr.rFonts.set(qn("w:eastAsia"), "Noto Serif CJK SC")
    for page in text.split("\f"):
        rows = []
        for line in [*page.splitlines(), ""]:
            cells = [cell.strip() for cell in line.strip().split("   ") if cell.strip()]
            if len(cells) > 1:
                rows.append(cells)
                continue
            if rows:
                table = document.add_table(len(rows), max(map(len, rows)), style="Table Grid")
                for nth, row in enumerate(rows):
                    for column, cell in enumerate(row):
                        table.cell(nth, column).text = cell
                rows = []
            if cells:
                document.add_paragraph(cells[0])
        document.add_page_break()
    document.save(path)


def seconds(folder: pathlib.Path, files: list[pathlib.Path]) -> float:
    started = time.monotonic()
    command = ["soffice", "--headless", f"-env:UserInstallation=file://{folder}/profile", "--convert-to", "pdf", "--outdir", str(folder)]
    subprocess.run([*command, *map(str, files)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - started


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        files = [folder / f"book-{nth}.docx" for nth in range(COPIES)]
        for file in files:
            write(sys.argv[1], file)
        seconds(folder, files[:1])  # makes the profile
        one, all_of_them = seconds(folder, files[:1]), seconds(folder, files)
        pages = subprocess.run(["pdfinfo", folder / "book-0.pdf"], check=True, capture_output=True).stdout.decode()
        print(next(line for line in pages.splitlines() if line.startswith("Pages")))
        print(f"one document        {one * 1e3:8.0f} ms")
        print(f"{COPIES} in one run       {all_of_them * 1e3:8.0f} ms, {all_of_them * 1e3 / COPIES:.0f} ms each; {(all_of_them - one) * 1e3 / (COPIES - 1):.0f} ms for one more")


if __name__ == "__main__":
    main()
