"""Which tests run beside each other: `make test` has a worker a core.

What tests share is made once, so a file stays with one worker, and a kind whose files share a Spark
session or a plan of Terraform. All nights stay with one, too: each has a broker, a database, Spark
and dbt to itself, and two at once would only wait for each other. They begin first; small tests
fill what is left at the end.
"""

import pytest

LONGEST_FIRST = (
    "integration", "e2e", "faults", "warehouse", "spark", "terraform", "contract", "unit"
)  # fmt: skip
KEPT_TOGETHER = ("spark", "terraform")


def pytest_collection_modifyitems(config, items):
    if not hasattr(config, "workerinput"):
        return  # one process: in the order of the command
    places = {item: _place(item, config.rootpath / "tests") for item in items}
    items.sort(key=lambda item: places[item][0])
    for item, (_, group) in places.items():
        item.add_marker(pytest.mark.xdist_group(group))


def _place(item, root):
    """Return where in the order a test comes, and whom it shares its worker with."""
    names = item.path.relative_to(root).with_suffix("").parts
    kind = names[0]
    if item.get_closest_marker("night"):
        return -1, "nights"
    group = kind if kind in KEPT_TOGETHER else ".".join(names)
    return LONGEST_FIRST.index(kind), group
