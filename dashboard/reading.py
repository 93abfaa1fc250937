"""What reading a mart may come to, in either warehouse."""


class NotBuilt(Exception):  # noqa: N818 - a state of the night, not a mistake
    """The mart is not there yet."""


class Gone(Exception):  # noqa: N818 - a state of the warehouse
    """The warehouse does not answer now."""
