"""One file per kind of figure, each with `draw(tables, **options) -> Figure`."""

import os

# What matplotlib takes from the environment, and what a figure must not depend on.
os.environ["MPLBACKEND"] = "agg"
os.environ.pop("SOURCE_DATE_EPOCH", None)
