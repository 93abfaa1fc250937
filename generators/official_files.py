"""Reading a results file: bytes to rows of text that know their line, and nothing else."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from election.errors import UserError
from election.telemetry import get_logger

_HEADER_WITHIN = 10  # some years have a title and a note above the header
_WHOLE_NUMBER = re.compile(r"\d+|\d{1,3}(,\d{3})+")
_BLANKS = re.compile(r"\s+")  # also the no-break and thin blanks that separate thousands
_BETWEEN_WORDS = re.compile(r"[\s_]+")


def column_key(name: str) -> str:
    """Return a column's name without case, doubled blanks and underscores."""
    return _BETWEEN_WORDS.sub(" ", name).strip().casefold()


@dataclass(frozen=True)
class Row:
    """One row: its line in the file and its cells by `column_key`."""

    file: str
    line: int
    cells: dict[str, str]

    def text(self, column: str) -> str:
        """Return a cell, empty where the file has no such column."""
        return self.cells.get(column_key(column), "")

    def required(self, column: str) -> str:
        """Return a cell that must not be empty."""
        text = self.text(column)
        if not text:
            raise self.error(column, "is empty", "fill in the value")
        return text

    def count(self, column: str) -> int:
        """Return a cell as a number of votes or people; blanks and thousands commas may be in."""
        text = self.required(column)
        if not self.is_count(column):
            raise self.error(column, f"{text!r} is not a whole number of 0 or more", "correct it")
        return int(_BLANKS.sub("", text).replace(",", ""))

    def is_count(self, column: str) -> bool:
        """Say whether a cell is a whole number of 0 or more."""
        digits = _BLANKS.sub("", self.text(column))
        return digits.isascii() and bool(_WHOLE_NUMBER.fullmatch(digits))

    def count_or_zero(self, column: str) -> int:
        """Return a cell as a number, 0 where it is empty."""
        return self.count(column) if self.text(column) else 0

    def fraction(self, column: str) -> Decimal | None:
        """Return a share or a change as it stands (`1.2 %` is .012); None where it is empty."""
        text = _BLANKS.sub("", self.text(column)).replace("−", "-")
        if not text:
            return None
        try:
            value = Decimal(text.removesuffix("%"))
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite():
            raise self.error(column, f"{text!r} is not a number", "correct it, or leave it empty")
        return value / 100 if text.endswith("%") else value

    def error(self, column: str, why: str, fix: str) -> UserError:
        """Return an error that names file, row and column."""
        return UserError(
            f"{self.file}, row {self.line}, column {column}: cannot be used",
            why=f"{column} {why}",
            fix=f"{fix} in {self.file}, row {self.line}",
        )


@dataclass(frozen=True)
class Table:
    """A results file: its columns as the header spells them, and its rows."""

    file: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def has(self, column: str) -> bool:
        """Say whether the file has a column."""
        return column_key(column) in {column_key(name) for name in self.columns}


def read_table(path: Path, required: Iterable[str]) -> Table:
    """Read a CSV file with a header.

    Raises:
        UserError: the file cannot be opened, is no text, lacks a required column, or a row has
            too many cells.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(
            f"{path.name} cannot be opened",
            why=f"{path}: {error.strerror}",
            fix="see that you may read it",
        ) from None
    return parse_table(decode(data, path.name), path.name, tuple(required))


def decode(data: bytes, file: str) -> str:
    """Return a file's text: UTF-8 with or without a mark, or Windows-1252 as Excel saves it."""
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        if encoding != "utf-8-sig":
            get_logger().warning("file is not UTF-8, read as Windows-1252", file=file)
        return text
    raise UserError(
        f"{file} cannot be read as text",
        why="it is neither UTF-8 nor Windows-1252",
        fix="save it again as CSV UTF-8",
    )


def parse_table(text: str, file: str, required: tuple[str, ...]) -> Table:
    """Return the rows of a CSV text below its header; empty rows are left out."""
    lines = csv.reader(io.StringIO(text, newline=""), strict=False)
    columns = _find_header(lines, file, required)
    keys = [column_key(name) for name in columns]
    rows = []
    for cells in lines:
        stripped = [cell.strip() for cell in cells]
        if not any(stripped):
            continue
        if any(stripped[len(keys) :]):
            raise UserError(
                f"{file}, row {lines.line_num}: too many columns",
                why=f"the header names {len(keys)}, the row has {len(cells)}",
                fix=f"quote cells that hold a comma in {file}, row {lines.line_num}",
            )
        rows.append(Row(file, lines.line_num, dict(zip(keys, stripped, strict=False))))
    if not rows:
        raise UserError(f"{file} has no rows", why="only a header", fix="get the whole file")
    return Table(file, columns, tuple(rows))


def _find_header(
    lines: Iterable[list[str]], file: str, required: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the header: of the first rows the one that has most of the required columns."""
    best: tuple[str, ...] = ()
    best_row = 1
    wanted = {column_key(name) for name in required}
    for number, cells in zip(range(1, _HEADER_WITHIN + 1), lines, strict=False):
        present = {column_key(cell) for cell in cells}
        if wanted <= present:
            return _unique(tuple(cell.strip() for cell in cells), file, number)
        if len(wanted & present) > len(wanted & {column_key(name) for name in best}):
            best, best_row = tuple(cells), number
    missing = [n for n in required if column_key(n) not in {column_key(b) for b in best}]
    raise UserError(
        f"{file}, row {best_row}: there is no column {', '.join(missing)}",
        why=f"it must be in the header, which has: {', '.join(best) or 'none of them'}",
        fix="use the results files of the House of Commons Library, or add the columns",
    )


def _unique(columns: tuple[str, ...], file: str, row: int) -> tuple[str, ...]:
    named = [column_key(name) for name in columns if name]
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        raise UserError(
            f"{file}, row {row}: a column is there twice: {', '.join(twice)}",
            why="it is not clear which one counts",
            fix="take one of them out",
        )
    return columns
