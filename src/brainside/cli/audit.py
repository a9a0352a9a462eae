"""Check that records, tables, numbers and checkpoints follow from the configs."""

import argparse
import sys
from pathlib import Path

import yaml

from brainside import study

EXAMPLES = """\
  brainside audit
  brainside audit --decode      evaluate every checkpoint at hand as well (minutes)
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whether to decode."""
    parser.add_argument("--decode", action="store_true")
    parser.add_argument("--workflow", type=Path, default=Path("config/workflow.yaml"))


def main(args: argparse.Namespace) -> None:
    """Audit the live and the archived study; exit status 1 when anything is wrong."""
    from brainside import audit, tables
    from brainside.planning import left

    config = yaml.safe_load(args.workflow.read_text())
    wrong = 0
    for kind in ("live", "archived"):
        whole = study.load(config[kind])
        if kind == "live" and not tables.existing(whole):
            print(f"{whole.name}: not run yet on this machine")
            continue
        for finding in audit.audit(whole, archived=kind == "archived"):
            wrong += 1
            print(finding)
        if args.decode:
            wrong += _decode(whole)
        print(f"{audit.counts(whole)}; {left(whole)}")
    print(f"audit: {wrong} findings" if wrong else "audit: nothing wrong")
    sys.exit(1 if wrong else 0)


def _decode(whole: study.Study) -> int:
    from brainside import audit

    wrong = 0
    for text, agrees in audit.decode(whole):
        print(text if agrees else f"{text}: DIFFERS")
        wrong += not agrees
    return wrong
