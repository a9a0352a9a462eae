"""Judge every claim of the papers by the records that exist."""

import argparse
from pathlib import Path

from brainside import study

EXAMPLES = "  brainside claims config/paper.yaml config/claims.yaml\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The study and the claims."""
    parser.add_argument("config", type=Path)
    parser.add_argument("claims", type=Path)


def main(args: argparse.Namespace) -> None:
    """Write results/tables/<study>/claims.csv."""
    from brainside import claims
    from brainside.coding.container import write_whole
    from brainside.tables import folder

    judged = claims.table(study.load(args.config), claims.read(args.claims))
    text = judged.to_csv(index=False, lineterminator="\n", float_format="%.6g")
    write_whole(folder(judged.attrs["study"]) / "claims.csv", text.encode())
    print(judged["verdict"].value_counts().to_string())
