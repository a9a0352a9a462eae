"""Ratios of our loops to their limits and to the usual loops, measured in one process, one thread.

Writes results/tables/benchmarks.csv (figure, value, sense, target, spread, n, machine). Medians of
alternating repetitions; a figure whose subject does not exist yet is written as absent. The sense
`limit` marks what no loop on this machine could exceed, `profile` a share of time. Run with nothing
else on the machine: `make bench`, or `python benchmarks/run.py sweeps` for some modules of this
folder, which leaves the other rows as they are.
"""

import importlib
import sys
from pathlib import Path

import pandas as pd

from brainside.base.files import write_whole
from brainside.training.machine import machine, prepare

TABLE = Path("results/tables/benchmarks.csv")
TARGETS = {
    "step over floor, 784-1000-10, batch 50, fp32": ("at most", None),
    "step over floor, 784-1000-10, batch 128, fp32": ("at most", 1.35),
    "step over floor, 784-1000-10, batch 512, fp32": ("at most", 1.2),
    "step over floor, 784-1000-10, batch 50, bf16": ("at most", None),
    "step over floor, 784-1000-10, batch 128, bf16": ("at most", 2.2),
    "step over floor, 784-1000-10, batch 512, bf16": ("at most", None),
    "usual loop over ours, MNIST MLP, batch 128, fp32": ("at least", 3.8),
    "usual loop over floor, MNIST MLP, batch 128, fp32": ("limit", None),
    "usual loop over ours, MNIST MLP, batch 128, ours bf16": ("at least", 8.0),
    "usual loop over floor, MNIST MLP, batch 128, ours bf16": ("limit", None),
    "usual loop over ours, CIFAR-10 convnet, batch 128, ours bf16": ("at least", 3.5),
    "usual loop over floor, CIFAR-10 convnet, batch 128, ours bf16": ("limit", None),
    "usual loop over ours, LeNet-300-100, batch 128, fp32": ("at least", None),
    "usual loop over ours, LeNet-300-100, batch 128, ours bf16": ("at least", None),
    "usual script over our sweep, LeNet-300-100 pruned to a twelfth, fp32": ("at least", None),
    "usual script over our sweep, LeNet-300-100 pruned to a twelfth, ours bf16": (
        "at least",
        None,
    ),
    "HashedNet step over dense virtual step, 784x1000, 1/8, batch 50": ("at most", 1.5),
    "dense step with a gather and a scatter over dense step, 784x1000, 1/8, batch 50": (
        "limit",
        None,
    ),
    "HashedNet step over direct indexing, 784x1000, 1/8, batch 50": ("at most", None),
    "OBD diagonal over gradient, 784-1000-10, batch 128": ("at most", 1.5),
    "OBD diagonal over gradient, LeNet-5, batch 128": ("at most", 1.7),
    "BackPACK's exact diagonal over OBD's, 784-1000-10, batch 128": ("at least", None),
    "BackPACK's exact diagonal over OBD's, LeNet-5, batch 128": ("at least", None),
    "Torch-Pruning's removal of half the channels over ours, CIFAR-10 slim network": (
        "at least",
        None,
    ),
    "coding 794,000 weights at 1/16: encoding, s of processor": ("at most", 0.5),
    "coding 794,000 weights at 1/16: decoding, s of processor": ("at most", 0.5),
    "coding 794,000 weights at 1/16: encoding in WebGraph's format, s of processor": (
        "at most",
        None,
    ),
    "orchestration share of a paper-scale sweep": ("at most", 0.05),
    "peak memory of a paper-scale sweep, GiB": ("at most", 2.0),
    "memory of all but a twentieth of the paper's jobs, GiB": ("at most", None),
    "audit of both studies, s of processor": ("at most", 8.0),
    "dry run of both studies, s of processor": ("at most", 4.0),
    "growth exponent of planning, 650 to 10,000 sweeps": ("at most", 1.1),
    "growth exponent of the audit, 650 to 10,000 sweeps": ("at most", 1.1),
    "start of a sweep over planning all, 10,000 sweeps": ("at most", 0.05),
    "installation, s": ("at most", 90.0),
    "make study from nothing, s": ("at most", 240.0),
    "make study again, nothing to do, s": ("at most", 12.0),
    "dry run of 100,800 sweeps, s of processor": ("at most", 60.0),
    "dry run of 100,800 sweeps, GiB": ("at most", 1.5),
    "dry run of one of 100,800 sweeps, s of processor": ("at most", 10.0),
    "growth exponent of expanding codings, 160 to 640": ("at most", 1.1),
    "share of a pruning budget: choosing masks": ("profile", None),
    "share of a pruning budget: training": ("profile", None),
    "share of a pruning budget: storing": ("profile", None),
    "share of a pruning budget: decoding and evaluating": ("profile", None),
    "share of training: products": ("profile", None),
    "share of training: optimiser": ("profile", None),
    "share of training: gathering batches": ("profile", None),
    "share of training: masks": ("profile", None),
    "share of training: the rest": ("profile", None),
}


MODULES = ("steps", "loops", "peers", "hashing", "methods", "codings", "sweeps", "memory",
           "housekeeping", "studies", "profiles")  # fmt: skip


def main() -> None:
    """Run modules that measure something, all where none is named, and write the table."""
    if unknown := sorted({*sys.argv[1:]} - {*MODULES}):
        sys.exit(f"nothing is measured by {unknown[0]!r}; there are {', '.join(MODULES)}")
    prepare()
    sys.path.insert(0, str(Path(__file__).parent))
    rows = _table()
    for name in sys.argv[1:] or MODULES:
        for figure, values in importlib.import_module(name).measure():
            rows[figure] = _row(figure, pd.Series(values, dtype=float))
            print(f"{figure}: {rows[figure]['value']:.3g}", flush=True)
        _write(rows)
    print(_table_of(rows).drop(columns="machine").to_string(index=False))


def _table_of(rows: dict[str, dict]) -> pd.DataFrame:
    return pd.DataFrame(rows.get(figure) or _row(figure, None) for figure in TARGETS)


def _write(rows: dict[str, dict]) -> None:
    text = _table_of(rows).to_csv(index=False, lineterminator="\n", float_format="%.4g")
    write_whole(TABLE, text.encode())


def _table() -> dict[str, dict]:
    """The rows of the table that is there, by figure."""
    frame = pd.read_csv(TABLE) if TABLE.exists() else pd.DataFrame({"figure": []})
    return {row["figure"]: row for row in frame.to_dict("records")}


def _row(figure: str, values: pd.Series | None) -> dict:
    sense, target = TARGETS[figure]
    row = {"figure": figure, "value": None, "sense": sense, "target": target}
    if values is None:
        return {**row, "spread": None, "n": 0, "machine": machine()}
    spread = values.quantile(0.75) - values.quantile(0.25)
    return {**row, "value": values.median(), "spread": spread, "n": len(values),
            "machine": machine()}  # fmt: skip


if __name__ == "__main__":
    main()
