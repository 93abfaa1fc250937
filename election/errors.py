"""Errors meant for the person who runs the product, not for a debugger."""


class UserError(Exception):
    """What happened, why, and what to do now; entry points print it without a traceback."""

    def __init__(self, what: str, *, why: str, fix: str) -> None:
        super().__init__(f"{what} - {why} - {fix}")
        self.what = what
        self.why = why
        self.fix = fix

    def lines(self) -> list[str]:
        """Return the three lines that an entry point prints."""
        return [f"error: {self.what}", f"  why: {self.why}", f"  do:  {self.fix}"]
