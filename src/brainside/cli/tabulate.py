"""Make a study's tables from the records that exist: rows, summary, comparisons."""

import argparse
from pathlib import Path

from brainside import study

EXAMPLES = "  brainside tabulate config/quick.yaml\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The study."""
    parser.add_argument("config", type=Path)


def main(args: argparse.Namespace) -> None:
    """Write results/tables/<study>/{rows,summary,comparisons}.csv."""
    from brainside import tables
    from brainside.coding.container import write_whole

    whole = study.load(args.config)
    rows = tables.rows(whole)
    made = {
        "rows": rows,
        "summary": tables.summary(whole, rows),
        "comparisons": tables.comparisons(whole),
    }
    for name, frame in made.items():
        text = frame.to_csv(index=False, lineterminator="\n")
        write_whole(tables.folder(whole.name) / f"{name}.csv", text.encode())
