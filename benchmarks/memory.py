"""The memory that archived sweeps and searches took, as their committed costs say."""

from collections.abc import Iterator

import pandas as pd

from brainside.study import study


def measure() -> Iterator[tuple[str, list[float]]]:
    """The largest resident memory of a job, and that which all but a twentieth keep below."""
    paper = study.load("config/paper")
    paths = [job.cost for job in (*paper.everything, *paper.searches)]
    costs = pd.concat([pd.read_csv(path, sep="\t") for path in paths if path.exists()])
    gibibytes = costs["max_rss"] / 1024  # the costs have MiB
    yield "peak memory of a paper-scale sweep, GiB", [gibibytes.max()]
    yield "memory of all but a twentieth of the paper's jobs, GiB", [gibibytes.quantile(0.95)]
