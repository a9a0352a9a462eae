"""The command `brainside`: one subcommand per rule of the workflow."""

import argparse
import importlib
import os
import sys

from brainside.base.errors import Refused
from brainside.base.installation import check_folder

COMMANDS = (
    "plan", "dataset", "search", "sweep", "coding", "tabulate", "tabulate_codings", "plotdata",
    "figure", "claims", "numbers", "gallery", "notebook", "manifest", "scoreboard", "site", "audit",
    "trace", "superseded",
)  # fmt: skip


def main(argv: list[str] | None = None) -> None:
    """Run a subcommand; bad input ends with one line on standard error and exit status 2."""
    arguments = sys.argv[1:] if argv is None else argv
    parser = _parser(arguments)
    parsed = parser.parse_args(arguments)
    try:
        check_folder()
        parsed.main(parsed)
        sys.stdout.flush()
    except BrokenPipeError:  # of `| head`, which has read what it wants
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Refused as refusal:
        _end(f"brainside {parsed.command}: {refusal}", 2)
    except OSError as error:
        where = error.filename or "a file"
        _end(f"brainside {parsed.command}: {where}: {error.strerror}; nothing half-written", 1)
    except KeyboardInterrupt:
        _end(f"brainside {parsed.command}: interrupted; run again to go on", 130)


def _parser(arguments: list[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="brainside",
        description="An executable comparative study of neural-network compression.",
        epilog="`brainside COMMAND --help` shows examples.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in COMMANDS:
        module = importlib.import_module(f"brainside.cli.{name}")
        text = (module.__doc__ or "").splitlines()[0]
        command = commands.add_parser(
            name,
            help=text,
            description=text,
            epilog=f"examples:\n{module.EXAMPLES}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(command)
        command.set_defaults(main=module.main)
    return parser


def _end(text: str, status: int) -> None:
    print(" ".join(text.split()), file=sys.stderr)
    sys.exit(status)


if __name__ == "__main__":
    main()
