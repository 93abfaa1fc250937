"""The row of the dashboard: what one more reader waits for while fifty others look."""

from __future__ import annotations

import shutil
import time

from playwright.sync_api import sync_playwright

from bench.machine import Bench
from bench.row import Measured
from bench.viewers import audience
from election.errors import UserError
from embedded import stages
from embedded.ports import HOST, PortBook

VIEWERS = 50
LOOKS = 5
ALL_DRAWN_WITHIN_S = 60.0
LOOK_WITHIN_MS = 30_000
FIRST_PAINT, HEADLINE = "[data-panel=strip]", "[data-fact=headline]"
BROWSER = ("chromium", "chromium-browser")


def viewers(bench: Bench) -> Measured:
    """Give the seconds to the headline in a fresh browser, the slowest of five looks."""
    night = bench.counted_night()
    supervisor = bench.machine.supervisor
    port = PortBook(bench.machine.paths.run / "ports.json").choose("dashboard", None)
    service = stages.dashboard(night.environment, port)
    supervisor.add(service)
    try:
        supervisor.wait_ready(service.name)
        paints, headlines = looks(f"http://{HOST}:{port}", VIEWERS)
    finally:
        supervisor.remove(service.name)
    return Measured(
        max(headlines), None, {"viewers": VIEWERS, "first_paint_s": round(max(paints), 2)}
    )


def looks(url: str, others: int) -> tuple[list[float], list[float]]:
    """Return the seconds to the strip and to the headline, look by look, beside other viewers.

    Raises:
        UserError: there is no browser, or the others are not all served.
    """
    browser = next(filter(None, map(shutil.which, BROWSER)), None)
    if browser is None:
        raise UserError(
            "the first paint cannot be measured", why="no chromium is installed",
            fix="apt-get install chromium",
        )  # fmt: skip
    with audience(url, others) as seen, sync_playwright() as playwright:
        deadline = time.monotonic() + ALL_DRAWN_WITHIN_S
        while seen.drawn < others:
            if time.monotonic() > deadline:
                raise UserError(
                    f"{seen.drawn} of {others} viewers were served",
                    why=f"the others had nothing after {ALL_DRAWN_WITHIN_S:.0f} s",
                    fix="look at the dashboard's log",
                )
            time.sleep(0.1)
        started = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        paints, headlines = [], []
        for _ in range(LOOKS):
            page = started.new_context(viewport={"width": 1440, "height": 900}).new_page()
            began = time.monotonic()
            page.goto(url, wait_until="commit")
            page.wait_for_selector(FIRST_PAINT, timeout=LOOK_WITHIN_MS)
            paints.append(time.monotonic() - began)
            page.wait_for_selector(HEADLINE, timeout=LOOK_WITHIN_MS)
            headlines.append(time.monotonic() - began)
            page.context.close()
        started.close()
    return paints, headlines
