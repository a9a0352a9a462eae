"""The parameters of the BV format and the streams of numbers that a file of it consists of."""

from dataclasses import dataclass

from brainside.base.errors import Refused

CODES = ("unary", "gamma", "delta", "zeta")
UNLIMITED = -1
SHRINKING = range(1, 8)  # the parameters k of ζ_k that the reader knows
# What a list is made of, in the order in which it is written: the stream, and which code it has.
STREAMS = {
    "outdegree": "outdegrees",
    "reference": "references",
    "block count": "blocks",
    "block": "blocks",
    "interval count": "intervals",
    "interval start": "intervals",
    "interval length": "intervals",
    "first residual": "residuals",
    "residual": "residuals",
}


@dataclass(frozen=True)
class Format:
    """Parameters of the BV format, with WebGraph's defaults.

    A list may refer to one of the `window` lists before it, in chains of at most `chain` references
    (−1: any number). Runs of at least `interval` successors are written as intervals (0: none are).
    The other fields name the codes of the streams; ζ has the parameter `zeta_k`. Raises Refused
    when a parameter is out of range.
    """

    window: int = 7
    chain: int = 3
    interval: int = 4
    zeta_k: int = 3
    outdegrees: str = "gamma"
    references: str = "unary"
    blocks: str = "gamma"
    intervals: str = "gamma"
    residuals: str = "zeta"

    def __post_init__(self) -> None:
        """Refuse values that do not fit."""
        if not 0 <= self.window <= 255:
            raise Refused(f"window {self.window} is not from 0 to 255")
        if not (self.chain == UNLIMITED or 1 <= self.chain < 1 << 31):
            raise Refused(f"chain {self.chain} is neither -1 (unlimited) nor 1 or more")
        if not (self.interval == 0 or 2 <= self.interval <= 255):
            raise Refused(f"interval {self.interval} is neither 0 (none) nor 2 to 255")
        if self.zeta_k not in SHRINKING:
            raise Refused(f"zeta_k {self.zeta_k} is not from 1 to 7")
        if unknown := {getattr(self, codes) for codes in STREAMS.values()} - set(CODES):
            raise Refused(f"code {min(unknown)!r} is not one of {', '.join(CODES)}")
