"""`python -m bench.cost`: the careful night's bill and nearest quotas; exit code 1 if too much."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.table import Table

from bench.cost import prices
from bench.cost.night import Bill, Plan, bill

QUOTAS_SHOWN = 8


def items_table(found: Bill) -> Table:
    """Lay the bill out."""
    table = Table("item", "operations", "GiB", "$", "price", "read")
    for column in table.columns[1:4]:
        column.justify = "right"
    for item in found.items:
        table.add_row(
            item.name, f"{item.operations:,.0f}", f"{item.bytes / prices.GIB:,.1f}",
            f"{item.cost:.2f}", f"{item.price.value:g} {item.price.unit}", f"{item.price.seen}",
        )  # fmt: skip
    table.add_section()
    table.add_row("the night", "", "", f"{found.cost:.2f}", f"of {prices.MOST_A_NIGHT:.2f}", "")
    return table


def quotas_table(found: Bill) -> Table:
    """Lay out what comes nearest to a quota."""
    table = Table("table", "uses", "", "of", "share")
    for use in sorted(found.usages, key=lambda use: -use.share)[:QUOTAS_SHOWN]:
        table.add_row(
            use.table, f"{use.used:,.1f}", use.what, f"{use.quota.value:,.0f} {use.quota.unit}",
            f"{use.share:.0%}",
        )  # fmt: skip
    return table


def main() -> int:
    """Print the careful night; 1 if it costs too much or comes too near a quota."""
    console = Console(width=None if sys.stdout.isatty() else 140)
    found = bill(Plan())
    console.print(items_table(found), quotas_table(found))
    for fault in found.faults():
        console.print(fault, style="bold red")
    return 1 if found.faults() else 0


if __name__ == "__main__":
    sys.exit(main())
