"""What a check refuses is a finding, too, and does not end the other checks."""

from collections.abc import Iterable, Iterator

from brainside.base.errors import Refused

REMEDY = "`snakemake --cores 8` makes it again"


def told(findings: Iterable[str]) -> Iterator[str]:
    """The findings of a check; what it refuses to read, or misses, is the last of them."""
    try:
        yield from findings
    except Refused as refusal:
        yield str(refusal)
    except FileNotFoundError as error:
        yield f"{error.filename}: missing; {REMEDY}"
    except OSError as error:
        yield f"{error.filename}: cannot be read ({error.strerror}); {REMEDY}"
