"""Records as data frames, for those that judge and draw."""

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import pandas as pd

from brainside.archive import records
from brainside.archive.records import COLUMNS, States


def read_all(paths: Iterable[Path]) -> pd.DataFrame:
    """All rows of several records; an empty frame with the common columns when there are none.

    Raises Refused as `records.read` does.
    """
    return _united(tuple((path, records.states_of(path)) for path in paths)).copy(deep=False)


@lru_cache(maxsize=4)
def _united(of: tuple[tuple[Path, States], ...]) -> pd.DataFrame:
    rows = [row for path, _ in of for row in records.read(path)]
    return pd.DataFrame(rows, columns=None if rows else list(COLUMNS))
