"""Free ports on 127.0.0.1: the preferred one, else the next free one, kept across restarts."""

from __future__ import annotations

import json
import random
import socket
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from pathlib import Path

from election.errors import UserError

HOST = "127.0.0.1"
NEIGHBOURS = 100
# Below Linux's ephemeral range (32768+): a client that keeps dialling a dead broker's port in
# that range can connect to itself, and then the broker cannot bind it again.
ANYWHERE = range(20_000, 32_000)


def is_free(port: int) -> bool:
    """Say whether a server could bind the port on 127.0.0.1 now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As Kafka and PostgreSQL do: connections in TIME_WAIT do not make a port busy.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


class HeldPort:
    """A port that is chosen, and served only later: nobody else finds it free meanwhile.

    Where connections of an earlier server are still ending on it, it is not held.
    """

    def __init__(self, port: int) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        # Without SO_REUSEADDR, or who asks with it would be let in; not listening: who connects
        # is refused, and does not wait for an answer.
        with suppress(OSError):
            self._socket.bind((HOST, port))

    def release(self) -> None:
        """Let the server have it; harmless to repeat."""
        self._socket.close()


def first_free(candidates: Iterable[int], *, taken: Collection[int] = ()) -> int:
    """Return the first free port of the candidates, none of those already given away.

    Raises:
        UserError: All are busy.
    """
    asked = 0
    for port in candidates:
        asked += 1
        if port not in taken and is_free(port):
            return port
    raise UserError(
        "no free port on 127.0.0.1",
        why=f"{asked} ports tried, all busy",
        fix="stop what listens there (`ss -ltnp` shows it) or set another port",
    )


def shuffled() -> list[int]:
    """Return ports for somebody with no preference, in an order that avoids collisions."""
    return random.sample(ANYWHERE, k=len(ANYWHERE))


class PortBook:
    """Ports by name, remembered in a file so that clients find a restarted server again."""

    def __init__(self, file: Path, say: Callable[[str], None] = lambda line: None) -> None:
        self._file = file
        self._say = say
        self._ports = self._read()

    def choose(self, name: str, preferred: int | None, *, asked_for: int | None = None) -> int:
        """Return what is asked for, else last time's port, else the preferred one.

        If it is busy it is the next free one, and that is said.
        """
        taken = {port for other, port in self._ports.items() if other != name}
        wish = asked_for or self._ports.get(name, preferred)
        nearby = range(wish, min(wish + NEIGHBOURS, 65_536)) if wish else shuffled()
        port = first_free(nearby, taken=taken)
        if wish and port != wish:
            self._say(f"port {wish} is busy: {name} takes {port}")
        self._ports[name] = port
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(json.dumps(self._ports, indent=1) + "\n")
        return port

    def _read(self) -> dict[str, int]:
        try:
            ports = json.loads(self._file.read_text())
            return {str(name): int(port) for name, port in ports.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}
