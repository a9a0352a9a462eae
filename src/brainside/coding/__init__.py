"""Files that decode to networks, and the one accountant of their size."""

VERSION = 2  # of the codecs, part of the key of codings: raise it when bytes or errors change
