"""Which share of the layers that are predicted was learned."""

import numpy as np
import pandas as pd


def proportions(rows: pd.DataFrame) -> pd.Series:
    """The share of the predicted layers' weights that each network of a task has learned.

    Records of methods that predict layers have it as p, which gives the number of weights L of the
    layer that is not predicted: w = p (W − L) + L, of W in the reference. From L follow the shares
    of the other methods. NaN if no record has it.
    """
    total = rows.loc[rows["method"] == "reference", "weights"].max()
    recorded = rows["proportion"] if "proportion" in rows else pd.Series(np.nan, rows.index)
    last = ((rows["weights"] - recorded * total) / (1 - recorded)).where(recorded < 1).median()
    return recorded.fillna((rows["weights"] - last) / (total - last))
