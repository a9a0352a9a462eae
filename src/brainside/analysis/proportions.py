"""What networks have learned of the layers that are predicted."""

import numpy as np
import pandas as pd


def proportions(rows: pd.DataFrame) -> pd.Series:
    """What each network of a task has learned of the layers that are predicted, as a share.

    The records of predicted layers have it, which gives the weights L of the layer that is not
    predicted: w = p (W − L) + L. From those follow the others'. NaN if no record has it.
    """
    total = rows.loc[rows["method"] == "reference", "weights"].max()
    recorded = rows["proportion"] if "proportion" in rows else pd.Series(np.nan, rows.index)
    last = ((rows["weights"] - recorded * total) / (1 - recorded)).where(recorded < 1).median()
    return recorded.fillna((rows["weights"] - last) / (total - last))
