"""Say where a number, a claim or a figure of the report comes from, down to data and commands."""

import argparse

from brainside.base.errors import Refused
from brainside.cli import arguments
from brainside.study import study

EXAMPLES = """\
  brainside trace mnist/mlp1000/magnitude-l2/0.1/test-error
  brainside trace claims/baktash-obd-deteriorates/verdict
  brainside trace error_by_budget
  brainside trace "Table 3"    of the PDF
  brainside trace 1.53    every number with this value
"""
SHOWN = 20  # numbers with one value


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The address."""
    parser.add_argument("address", help="the name of a macro, a claim or a figure, or its number")
    text = "leave out what is at hand on this machine, as the site does"
    parser.add_argument("--anywhere", action="store_true", help=text)
    arguments.workflow(parser)


def main(args: argparse.Namespace) -> None:
    """Print the lines, or the numbers of a value; Refused, with the nearest addresses, if none."""
    from brainside.audit.trace import anywhere, near, trace, valued

    studies = sorted(study.load_all(args.workflow), key=lambda whole: whole.live)
    for whole in studies:
        lines = trace(whole, args.address)
        if lines:
            print("\n".join(anywhere(lines) if args.anywhere else lines))
            return
    if found := [line for whole in studies for line in valued(whole, args.address)]:
        more = [f"and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
        head = f"{args.address} is not an address, but a value; `brainside trace ADDRESS` walks on"
        print("\n".join([head, *found[:SHOWN], *more]))
        return
    like = [address for whole in studies for address in near(whole, args.address)]
    hint = f"like it: {', '.join(like)}" if like else "`snakemake --cores 8` makes the numbers"
    raise Refused(f"nothing has the address {args.address!r}; {hint}")
