"""The numerics that a user may choose: those of the processor at hand, or portable ones."""

import os

from brainside.base.errors import Refused

VARIABLE = "BRAINSIDE_NUMERICS"
PORTABLE = "portable"


def portable() -> bool:
    """Whether to compute alike on every processor with AVX2, at the price of time.

    Raises Refused where the variable has a value that means nothing.
    """
    value = os.environ.get(VARIABLE, "")
    if value not in ("", PORTABLE):
        raise Refused(f"{VARIABLE} is {value!r}; write {PORTABLE}, or unset it")
    return value == PORTABLE
