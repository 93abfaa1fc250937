"""People who look at the dashboard: each speaks its protocol as a browser does, drawing nothing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

STREAM = "_stcore/stream"


@dataclass
class Audience:
    """What the viewers have been sent so far."""

    drawn: int = 0  # viewers whose first run has ended
    runs: int = 0  # ended runs of all of them, refreshes included


@contextmanager
def audience(url: str, viewers: int) -> Iterator[Audience]:
    """Let so many viewers open the first page, and keep it open with its refreshes.

    `url` is the dashboard's address. Leaving the block closes all of them.
    """
    seen, loop = Audience(), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    address = f"ws://{urlsplit(url).netloc}/{STREAM}"
    for _ in range(viewers):
        asyncio.run_coroutine_threadsafe(_watch(address, seen), loop)
    try:
        yield seen
    finally:
        asyncio.run_coroutine_threadsafe(_end(), loop).result(timeout=30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=30)
        loop.close()


async def _watch(address: str, seen: Audience) -> None:
    refreshes: dict[str, asyncio.Task[None]] = {}
    async with connect(address, subprotocols=["streamlit"], max_size=None) as socket:  # type: ignore[list-item]
        await socket.send(_asked("", ""))
        page, first = "", True
        async for packet in socket:
            message = ForwardMsg.FromString(packet)  # type: ignore[arg-type]
            kind = message.WhichOneof("type")
            if kind == "new_session":
                page = message.new_session.page_script_hash
            elif kind == "auto_rerun":
                fragment = message.auto_rerun.fragment_id
                refreshes[fragment] = asyncio.create_task(
                    _refresh(socket, page, fragment, message.auto_rerun.interval)
                )
            elif kind == "script_finished":
                seen.runs += 1
                seen.drawn += first
                first = False


async def _refresh(socket: ClientConnection, page: str, fragment: str, every_s: float) -> None:
    while True:
        await asyncio.sleep(every_s)
        await socket.send(_asked(page, fragment))


def _asked(page: str, fragment: str) -> bytes:
    message = BackMsg()
    message.rerun_script.query_string = ""
    message.rerun_script.page_script_hash = page
    message.rerun_script.fragment_id = fragment
    message.rerun_script.is_auto_rerun = bool(fragment)
    return message.SerializeToString()


async def _end() -> None:
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
