"""`python -m generators.register`: fetch a register once, into a folder, before a night begins.

What a night reads is the folder: a restart or `RESUME=1` never asks the API again.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from election.errors import UserError
from election.settings import GeneratorSettings, read_settings
from generators.register_api import RegisterApi
from generators.register_contest import check_people
from generators.register_people import SEEN_BEFORE, WANTED_FIELDS, Page, keep
from generators.register_spool import Spool, alone
from generators.register_url import check_url, shown_url
from generators.request_rate import RequestRate
from generators.start import check_register_settings

PAGES = 5
PEOPLE_A_PAGE = 5_000
_NOT_NEEDED = "-"  # the night's secret serves to make voter keys, much later

Say = Callable[[str], None]


def fetch_register(options: GeneratorSettings, place: Path, say: Say) -> GeneratorSettings:
    """Fetch the register that the settings name, and return settings that read it from disk.

    Args:
        options: With `register_url`.
        place: Folder of all registers; this one gets a folder of its own in it, where an
            interrupted fetch continues.
        say: Gets a line for each page.

    Raises:
        UserError: settings or an API that do not make a register.
    """
    check_register_settings(options)
    url = options.register_url or ""
    check_url(url)
    folder = place / _fingerprint(url, options.seed)
    rate = RequestRate(options.register_requests_a_second)
    api = RegisterApi(url, seed=api_seed(options.seed), page_size=PEOPLE_A_PAGE, rate=rate, say=say)
    try:
        with alone(folder), api:
            fill(Spool(folder, shown_url(url)), api, say)
    except OSError as error:
        raise UserError(
            f"the register cannot be written to {folder}",
            why=error.strerror or type(error).__name__,
            fix="free some space or give write permission, then run the same command again",
        ) from error
    return options.model_copy(update={"register_url": shown_url(url), "spool_path": folder})


def fill(spool: Spool, api: RegisterApi, say: Say, *, pages: int = PAGES) -> None:
    """Fetch the pages that a spool lacks, then complete it.

    Raises:
        UserError: a page that is no use, or too few people in all.
    """
    manifest = spool.manifest
    if not manifest.is_complete:
        for number in range(1, pages + 1):
            if number in manifest.pages:
                say(f"register: page {number} of {pages} is here already")
                continue
            page = keep(api.people(number), spool.key, spool.known())
            check_page(page, number, manifest.source, spool.digests())
            spool.add(number, page)
            say(f"register: page {number} of {pages}, {page.people.height:,} people kept")
        kept = sum(page.kept for page in manifest.pages.values())
        try:
            check_people(kept)
        except UserError:
            spool.discard()  # what is here will not become more
            raise
        spool.complete()
    say(outcome(manifest.received, manifest.people, manifest.dropped))


def check_page(page: Page, number: int, source: str, earlier: frozenset[str]) -> None:
    """Refuse a page that repeats another one, or of which nobody can be kept.

    Raises:
        UserError: naming what was dropped.
    """
    seen = page.dropped.get(SEEN_BEFORE, 0)
    if page.digest in earlier or 2 * seen > page.received:
        raise UserError(
            f"{source} gives the same people again",
            why=f"page {number} repeats people of other pages: the API seems to ignore `page`",
            fix="set REGISTER to an API that gives other people on each page",
        )
    if page.received and not page.people.height:
        raise UserError(
            f"{source} gives nobody who can be an elector",
            why=f"page {number}: {_counts(page.dropped)}",
            fix="set REGISTER to an API whose people have `gender` and `dob.age`; see"
            " generators/README.md",
        )


def outcome(received: int, kept: int, dropped: dict[str, int]) -> str:
    """Say in a line what became of the people."""
    of_them = f"; dropped: {_counts(dropped)}" if dropped else ""
    return f"register: {received:,} people received, {kept:,} kept{of_them}"


def api_seed(seed: int) -> str:
    """Return the seed that the API is asked with."""
    return f"tallyhouse-{seed}"


def _counts(dropped: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {reason}" for reason, count in sorted(dropped.items()))


def _fingerprint(url: str, seed: int) -> str:
    asked = [url, api_seed(seed), PAGES, PEOPLE_A_PAGE, WANTED_FIELDS]
    return sha256(json.dumps(asked).encode()).hexdigest()[:16]


def main() -> int:
    """Fetch the register of REGISTER into a folder of its own in SPOOL_PATH."""
    options = read_settings(GeneratorSettings, REGISTER_SECRET=_NOT_NEEDED)
    fetched = fetch_register(options, options.spool_path, _say)
    _say(f"spooled: SPOOL_PATH={fetched.spool_path}")
    return 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UserError as problem:
        sys.stderr.write("\n".join(problem.lines()) + "\n")
        sys.exit(problem.exit_code)
