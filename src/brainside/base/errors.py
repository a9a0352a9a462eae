"""The one error that is the user's to mend."""


class Refused(Exception):
    """Bad input, told in one line: what is wrong, where, and what to do about it."""
