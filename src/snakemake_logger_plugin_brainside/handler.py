"""Where the log goes: errors and warnings as Snakemake prints them, and the line of progress."""

import logging
import sys
import time
from typing import TYPE_CHECKING, TextIO

from snakemake.logging import ColorizingTextHandler
from snakemake_interface_logger_plugins.base import LogHandlerBase

from snakemake_logger_plugin_brainside.run import Run

if TYPE_CHECKING:
    from rich.live import Live

SECONDS = 30.0  # between lines where there is no terminal
# What is told anew in each round or run, and changes nothing. Snakemake's own log has all of it.
ROUTINE = (
    "Select jobs to execute", "Using shell", "Conda environments", "Group jobs",
    "Retrieving from storage", "Finished retrieval", "Storing in storage", "Finished upload",
    "Removing local copy of storage file", "Skipped removing non-empty directory",
    "No SLURM account given, trying to guess",
)  # fmt: skip
SUBMITTED = " has been submitted with SLURM jobid "


class LogHandler(LogHandlerBase):
    """Prints errors, and how far the run is; on a terminal in one live line.

    With `-n`, `-p` or `--verbose` all is printed as without this plugin. What `--quiet` leaves out
    never gets here: Snakemake filters it.
    """

    def __post_init__(self) -> None:
        """Nothing is printed yet."""
        wanted = self.common_settings
        self.everything = wanted.dryrun or wanted.printshellcmds or wanted.verbose
        self.stream = sys.stdout if wanted.stdout else sys.stderr
        self.default = ColorizingTextHandler(nocolor=wanted.nocolor, stream=self.stream)
        self.run = Run()
        self.live: Live | None = None
        self.printed = -SECONDS

    def setFormatter(self, fmt: logging.Formatter | None) -> None:
        """Snakemake's, which the default handler needs."""
        super().setFormatter(fmt)
        self.default.setFormatter(fmt)

    def emit(self, record: logging.LogRecord) -> None:
        """Print a record, or what it changes in the line of progress."""
        now = time.monotonic()
        self.run.note(record, now)
        if self.everything or not is_routine(record):
            self._stop()
            self.default.emit(record)
        if not self.everything and 0 < self.run.total:
            self._progress(now)

    def _progress(self, now: float) -> None:
        """The line, until all is done; not of a single job, which may itself print there."""
        if self.run.done == self.run.total:
            self._stop()
        elif self.stream.isatty() and self.run.total > 1:
            self._start()
        elif self.run.running and now >= self.printed + SECONDS:
            self.printed = now
            print(self.run.words(now), file=self.stream, flush=True)

    def _start(self) -> None:
        if not self.live:
            self.live = line(self.run, self.stream)
            self.live.start()

    def _stop(self) -> None:
        if self.live:
            self.live.stop()
            self.live = None

    def close(self) -> None:
        """Leave the terminal as it was."""
        self._stop()
        super().close()

    writes_to_stream = True
    writes_to_file = False
    has_filter = False
    has_formatter = False
    needs_rulegraph = False


def is_routine(record: logging.LogRecord) -> bool:
    """Whether the line of progress says it, or nobody misses it."""
    text = str(record.msg)
    told = getattr(record, "event", None) is not None or text.startswith(ROUTINE)
    return (told or SUBMITTED in text) and record.levelno <= logging.INFO


def line(run: Run, stream: TextIO) -> "Live":
    """The line on a terminal, renewed each second; imported here, as most starts draw none."""
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    return Live(
        get_renderable=lambda: Text(
            run.words(time.monotonic()), no_wrap=True, overflow="ellipsis"
        ),
        console=Console(file=stream), transient=True, refresh_per_second=1,
        redirect_stdout=False, redirect_stderr=False,
    )  # fmt: skip
