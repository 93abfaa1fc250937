"""Identifiers say where they belong: stations, candidates and count batches carry their seat."""


def station_id(constituency_id: str, number: int) -> str:
    """Return `<seat>-S012`."""
    return f"{constituency_id}-S{number:03d}"


def candidate_id(constituency_id: str, ballot_order: int) -> str:
    """Return `<seat>-C03`."""
    return f"{constituency_id}-C{ballot_order:02d}"


def count_batch_id(constituency_id: str, number: int) -> str:
    """Return `<seat>-B0007`."""
    return f"{constituency_id}-B{number:04d}"


def election_id(polling_date: str, *, synthetic: bool) -> str:
    """Return `parl.2017-06-08`, or `syn.<date>` for an invented election."""
    return f"{'syn' if synthetic else 'parl'}.{polling_date}"
