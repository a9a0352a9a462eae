"""The random mask of largest entropy that has the row and column densities of a given one."""

import numpy as np

ITERATIONS = 200
CLOSE = 1e-6  # of a row's or a column's count, relative


def undecided(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows and the columns of a mask (rows, columns) whose counts leave something open.

    Full and empty rows and columns are known from their counts; without them others may be full or
    empty, and so on. Both are indices, int64 and ascending.
    """
    rows, columns = (np.arange(n) for n in mask.shape)
    while True:
        some = mask[rows][:, columns]
        by_row, by_column = some.sum(1), some.sum(0)
        open_rows = (by_row > 0) & (by_row < some.shape[1])
        open_columns = (by_column > 0) & (by_column < some.shape[0])
        if open_rows.all() and open_columns.all():
            return rows, columns
        rows, columns = rows[open_rows], columns[open_columns]


def fitted(mask: np.ndarray) -> np.ndarray:
    """The probability that each entry of a mask (rows, columns) is kept, given the counts alone.

    Among the models with independent entries that meet the densities of rows and columns it is the
    one of largest entropy: p/(1−p) = a·b, with one factor per row and one per column, which are
    fitted in turn, until the columns' counts are met or ITERATIONS times: on masks as skewed as
    those of hub layers the entropy is then up to a few parts in a thousand too high. No row or
    column may be full or empty (see `undecided`).
    """
    rows, columns = mask.sum(1), mask.sum(0)
    a, b = np.ones(len(mask)), columns / np.maximum(1, len(mask) - columns)
    p = np.zeros(mask.shape)
    for _ in range(ITERATIONS if mask.size else 0):
        odds = a[:, None] * b
        a *= rows / (odds / (1 + odds)).sum(1)
        odds = a[:, None] * b
        p = odds / (1 + odds)
        b *= columns / p.sum(0)
        if np.abs(p.sum(0) / columns - 1).max() < CLOSE:
            break
    return p


def probabilities(mask: np.ndarray) -> np.ndarray:
    """The probabilities of `fitted` for any mask; 0 and 1 where the counts alone decide."""
    rows, columns = undecided(mask)
    p = mask.astype(float)
    p[np.ix_(rows, columns)] = fitted(mask[rows][:, columns])
    return p
