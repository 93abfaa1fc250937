"""The tally: words seen, exact pass, totals and the ledgers that are their truth."""
