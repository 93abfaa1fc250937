"""The hex map without a page: where each seat lies, what it is called there, how it is painted."""
