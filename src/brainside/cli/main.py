"""The command `brainside`: a subcommand for each rule of the workflow, and for each question."""

import argparse
import importlib
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from brainside import __version__
from brainside.base.errors import Refused
from brainside.base.garbage import collect_seldom
from brainside.base.installation import check_folder, from_root, root

COMMANDS = (
    "plan", "dataset", "search", "sweep", "coding", "tabulate", "tabulate_codings", "plotdata",
    "figure", "claims", "numbers", "gallery", "notebook", "manifest", "scoreboard", "site", "audit",
    "trace", "superseded", "release",
)  # fmt: skip
# Those that train or evaluate networks, whose large tensors must not wait in cycles.
WITH_TENSORS = ("search", "sweep", "coding", "plotdata")


def main(argv: list[str] | None = None) -> None:
    """Run a subcommand; bad input ends with one line on standard error and exit status 2."""
    _open_streams()
    words = sys.argv[1:] if argv is None else argv
    name = " ".join(["brainside", *words[:1]])
    try:
        try:
            _run(words)
        finally:
            sys.stdout.flush()  # here, where it is still caught that nobody reads
    except BrokenPipeError:  # of `| head`, which has read what it wants
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Refused as refusal:
        _end(f"{name}: {refusal}", 2)
    except OSError as error:
        where = error.filename or "a file"
        _end(f"{name}: {where}: {error.strerror}; nothing half-written", 1)
    except KeyboardInterrupt:
        _end(f"{name}: interrupted; run again to go on", 130)


def _open_streams() -> None:
    """Write UTF-8 whatever the locale is, and to nowhere where a stream was closed (`>&-`)."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8")


def _run(words: Sequence[str]) -> None:
    parsed = _parser(words).parse_args(words)
    if parsed.command not in WITH_TENSORS:
        collect_seldom()
    check_folder()
    _go_to_root(parsed)
    parsed.main(parsed)


def _go_to_root(parsed: argparse.Namespace) -> None:
    """Make the project's root the working directory, and the paths among the arguments its own."""
    here = Path.cwd()
    folder = root(here)
    for name, value in vars(parsed).items():
        if isinstance(value, Path):
            setattr(parsed, name, from_root(value, here, folder))
    os.chdir(folder)


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """The parser of all commands; of one alone, which starts sooner, where the words name it."""
    named = [name for name in COMMANDS if name in words[:1]]
    parser = argparse.ArgumentParser(
        prog="brainside",
        description="An executable comparative study of neural-network compression.",
        epilog="`brainside COMMAND --help` shows examples.",
    )
    parser.add_argument("--version", action="version", version=f"brainside {__version__}")
    if not named:
        import shtab

        text = "print what completes commands in a shell"
        shtab.add_argument_to(parser, "--completion", help=text)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in named or COMMANDS:
        module = importlib.import_module(f"brainside.cli.{name}")
        text = next(iter((module.__doc__ or "").splitlines()), "")  # none with `python -OO`
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
