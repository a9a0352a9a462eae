"""Make the page to explore: leaderboards, curves, claims, weights and traces in one file."""

import argparse

from brainside.cli import arguments
from brainside.study import study

EXAMPLES = "  brainside site config/paper\n"
add_arguments = arguments.study


def main(args: argparse.Namespace) -> None:
    """Write site/index.html from the tables, claims, plot data and records at hand."""
    from brainside.audit.provenance import without_checkpoints
    from brainside.audit.trace import anywhere, tracer
    from brainside.base.files import write_whole
    from brainside.report.site import page

    shown = study.load_archived(args.config)
    lines_of = tracer(shown)

    def trace(address: str) -> list[str] | None:
        """The lines of an address that are the same on every machine."""
        lines = lines_of(address)
        return None if lines is None else anywhere(lines)

    with without_checkpoints():
        files = page.files(shown, trace)
    for path, text in files.items():
        write_whole(path, text.encode())
