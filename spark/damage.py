"""Files of the lake that are damaged or gone: an error with a name, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa
from deltalake.exceptions import DeltaError, TableNotFoundError

from election.errors import UserError

WHY_AT_MOST = 300


@contextmanager
def named_if_damaged(what: str, *, fix: str) -> Iterator[None]:
    """Turn what reading a damaged table raises into an error with a name.

    Args:
        what: The table, as a subject.
        fix: What to do about it.

    Raises:
        UserError: the block met a file that cannot be read.
    """
    try:
        yield
    except (DeltaError, TableNotFoundError, pa.ArrowException, OSError) as error:
        why = str(error).strip().splitlines()[0][:WHY_AT_MOST]
        raise UserError(f"{what} cannot be read", why=why, fix=fix) from error
