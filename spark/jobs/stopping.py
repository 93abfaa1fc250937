"""What ends a wait or a batch of a process that was asked to stop."""


class Stopping(Exception):  # noqa: N818 - an answer, not an error
    """The process was asked to stop."""
