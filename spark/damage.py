"""Files of the lake that are damaged or gone, or not to be had now: an error with a way out.

The two must not be taken for each other: what is damaged is deleted and made again; what a lake
that is away or a machine at its limits did not give is still there.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa
from deltalake.exceptions import DeltaError

from election.errors import UserError

WHY_AT_MOST = 300
_ONCE_IT_CAN = (
    "see that the lake can be reached and that disk, memory and open files are not used up"
)
# delta-rs hands on the operating system's and the object store's errors as text.
_OF_THE_SYSTEM = re.compile(r"\(os error (\d+)\)")
_OF_THE_STORE = re.compile(
    r"Generic (?!LocalFileSystem)\w+ error|error sending request|timed? ?out|HTTP|[Pp]ermission"
)
_COLOURS_AND_ARROWS = re.compile(r"\x1b\[\d*m|↳")


@contextmanager
def named_if_damaged(what: str, *, fix: str) -> Iterator[None]:
    """Turn what reading a table raises into an error with a name.

    Args:
        what: The table, as a subject.
        fix: What to do about it if it is damaged.

    Raises:
        UserError: the block met a file that is damaged or gone, or could not read it now.
    """
    try:
        yield
    except (DeltaError, pa.ArrowException, OSError) as error:
        if is_damage(error):
            raise UserError(f"{what} cannot be read", why=words_of(error), fix=fix) from error
        raise UserError(
            f"{what} cannot be read now",
            why=words_of(error),
            fix=f"{_ONCE_IT_CAN}, then start this again; delete nothing",
        ) from error


def unwritten(what: str, error: Exception) -> UserError:
    """Return the error of a table that did not take what was to be written."""
    return UserError(
        f"{what} cannot be written now",
        why=words_of(error),
        fix=f"{_ONCE_IT_CAN}, then start this again: it goes on from what is written",
    )


def is_damage(error: Exception) -> bool:
    """Say whether an error is about a table's files, and not about getting at them."""
    text = str(error)
    numbers = {int(number) for number in _OF_THE_SYSTEM.findall(text)}
    if isinstance(error, OSError) and error.errno is not None:
        numbers.add(error.errno)
    if numbers:
        return numbers == {errno.ENOENT}
    return not isinstance(error, pa.ArrowMemoryError) and not _OF_THE_STORE.search(text)


def words_of(error: Exception) -> str:
    """Return what an error says as one line, without its stack."""
    lines = _COLOURS_AND_ARROWS.sub("", str(error)).splitlines()
    said = [
        line.strip() for line in lines if line.strip() and not re.match(r"\s*(\d+: |at )", line)
    ]
    return ": ".join(said)[:WHY_AT_MOST]
