"""Ports: the preferred one, else the next free one, remembered."""

import socket

import pytest

from election.errors import UserError
from embedded import ports, stages
from embedded.ports import HeldPort, PortBook, first_free, is_free


@pytest.fixture
def busy(monkeypatch):
    """Ports that count as busy, whatever this machine runs."""
    taken: set[int] = set()
    monkeypatch.setattr(ports, "is_free", lambda port: port not in taken)
    return taken


def unused_port():
    """Return a port that no other test looks at meanwhile: where two look, it cannot be held."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_listening_port_is_not_free():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        assert not is_free(port)
    assert is_free(port)


def test_a_port_is_held_until_its_server_starts():
    port = unused_port()
    held = HeldPort(port)
    assert not is_free(port)
    held.release()
    assert is_free(port)


def test_the_dashboard_of_a_night_has_its_port_long_before_it_starts():
    port = unused_port()
    service = stages.dashboard_of_a_night({}, port)
    assert not is_free(port)
    service.prepare()
    assert is_free(port)


def test_the_preferred_port_is_taken_when_free(tmp_path, busy):
    assert PortBook(tmp_path / "ports.json").choose("kafka", 9092) == 9092


def test_a_busy_port_gives_the_next_one_and_says_so(tmp_path, busy):
    busy |= {9092, 9093}
    said: list[str] = []
    assert PortBook(tmp_path / "ports.json", said.append).choose("kafka", 9092) == 9094
    assert said == ["port 9092 is busy: kafka takes 9094"]


def test_a_port_is_remembered_across_restarts(tmp_path, busy):
    file = tmp_path / "ports.json"
    busy.add(9092)
    first = PortBook(file).choose("kafka", 9092)
    busy.clear()
    assert PortBook(file).choose("kafka", 9092) == first == 9093


def test_two_names_never_share_a_port(tmp_path, busy):
    book = PortBook(tmp_path / "ports.json")
    assert (book.choose("kafka", 5000), book.choose("postgres", 5000)) == (5000, 5001)


def test_without_a_preference_the_port_is_below_the_ephemeral_range(tmp_path, busy):
    assert PortBook(tmp_path / "ports.json").choose("kafka", None) in range(20_000, 32_000)


def test_an_unreadable_book_is_begun_again(tmp_path, busy):
    file = tmp_path / "ports.json"
    file.write_text('{"kafka": "not a port"')
    assert PortBook(file).choose("kafka", 9092) == 9092


def test_no_free_port_is_a_named_error(busy):
    busy |= {7000, 7001}
    with pytest.raises(UserError, match="no free port"):
        first_free([7000, 7001])


def test_the_dashboard_takes_the_port_that_is_asked_for(tmp_path):
    book = PortBook(tmp_path / "ports.json")
    wanted = next(port for port in range(21_000, 22_000) if is_free(port))
    assert stages.dashboard_port(book, str(wanted)) == wanted
    assert stages.dashboard_port(book, None) == wanted


@pytest.mark.parametrize("text", ["eighty", "80", "70000", "-1", "8501.5"])
def test_what_is_no_port_is_refused_by_its_setting(tmp_path, text):
    with pytest.raises(UserError, match=f"DASHBOARD_PORT={text}"):
        stages.dashboard_port(PortBook(tmp_path / "ports.json"), text)
