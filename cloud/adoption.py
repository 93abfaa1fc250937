"""What a broken-off run made and Terraform did not write down: it is taken over, not made twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cloud.deployment import Change
from cloud.google_api import Google
from cloud.places import is_ours, place_of
from cloud.refusals import RefusedError


def orphans(
    google: Google, changes: Iterable[Change], deployment: str
) -> Iterator[tuple[str, str]]:
    """Yield address and identity of what is to be created and is there, as we would make it.

    What is there otherwise is somebody else's: Terraform refuses it by name. Where a service is
    off, nothing of it is there: Terraform switches it on.
    """
    for change in changes:
        place = place_of(change.kind, change.values)
        if change.action != "create" or place is None:
            continue
        try:
            found = google.find(place.url)
        except RefusedError as refused:
            if refused.service_off is None:
                raise
            continue
        if found is not None and is_ours(change.kind, found, change.values, deployment):
            yield change.address, place.identity
