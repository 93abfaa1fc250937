"""Errors meant for the person who runs the product, not for a debugger."""

from typing import ClassVar


class UserError(Exception):
    """What happened, why, and what to do now; entry points print it without a traceback.

    A process that it ends has `exit_code`: starting it again would not help.
    """

    exit_code: ClassVar[int] = 2

    def __init__(self, what: str, *, why: str, fix: str) -> None:
        super().__init__(f"{what} - {why} - {fix}")
        self.what = what
        self.why = why
        self.fix = fix

    def lines(self) -> list[str]:
        """Return the three lines that an entry point prints."""
        return [f"error: {self.what}", f"  why: {self.why}", f"  do:  {self.fix}"]


def first_line(error: BaseException) -> str:
    """Return what an error says in one line, for `why`; its kind where it says nothing."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:400]


class PassingError(UserError):
    """Trouble that may be over by itself: who supervises the process starts it again."""

    exit_code: ClassVar[int] = 1
