"""The campaign: the program under kills, tamperings, mutated files and bad input.

Writes results/tables/campaign.csv: of each kind, how many cases were tried, how many were caught
(the program went on, or refused), how many named what was wrong, and how many were lost (a file
that differs, a traceback, a tampering that nobody saw). `make campaign`, or with a budget of
minutes `python tests/campaign/run.py --minutes 30`; a later call goes on where the last one ended,
and `--anew` starts again. Cases are numbered, and each number gives the same case on every machine.
"""

import argparse
import csv
import io
import itertools
import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

from campaign import inputs, kills, mutants_of_files, tampered  # noqa: E402
from campaign.case import Outcome  # noqa: E402

from brainside.base.files import write_whole  # noqa: E402
from brainside.base.paths import CAMPAIGN, STATE  # noqa: E402

COLUMNS = ("kind", "tried", "caught", "named", "lost")
FOLDER = STATE / "campaign"
Counts = dict[str, dict[str, int]]

# By kind: how many cases there are, and what tries those from a number on, one after another.
KINDS: dict[str, tuple[int, Callable[[Path, int], Iterator[Outcome]]]] = {
    "kill": (100, kills.outcomes),
    "tampering": (tampered.COUNT, tampered.outcomes),
    "mutated file": (100_000, mutants_of_files.outcomes),
    "bad input": (inputs.COUNT, inputs.outcomes),
}
SLICE = 30.0  # seconds that a kind has at a time


def main() -> None:
    """Try cases of each kind in turn until all are tried or the minutes are used up."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=600.0)
    parser.add_argument("--anew", action="store_true")
    arguments = parser.parse_args()
    if arguments.anew:
        shutil.rmtree(FOLDER, ignore_errors=True)
    counts, end = _read(), time.monotonic() + 60 * arguments.minutes
    for kind in itertools.cycle(KINDS):
        if all(counts[k]["tried"] >= number for k, (number, _) in KINDS.items()):
            break
        if time.monotonic() >= end:
            break
        _slice(kind, counts, min(end, time.monotonic() + SLICE))
    print((ROOT / CAMPAIGN).read_text(encoding="utf-8"), end="")
    sys.exit(any(row["lost"] or row["named"] < row["tried"] for row in counts.values()))


def _slice(kind: str, counts: Counts, end: float) -> None:
    """Try cases of a kind for a while; whatever one of them ended in is kept at once."""
    number, outcomes = KINDS[kind]
    row = counts[kind]
    cases = outcomes(FOLDER.resolve() / kind.replace(" ", "_"), row["tried"])
    for outcome in itertools.islice(cases, max(0, number - row["tried"])):
        for name in COLUMNS[1:]:
            row[name] += getattr(outcome, name)
        if outcome.lost or not outcome.named:
            print(f"{kind} {row['tried']}: {outcome.text}", flush=True)
        _write(counts)
        if time.monotonic() >= end:
            break
    print(f"{kind}: {row['tried']} of {number} tried, {row['lost']} lost", flush=True)


def _read() -> Counts:
    """The counts of earlier calls."""
    kept = ROOT / FOLDER / "counts.json"
    none = {kind: dict.fromkeys(COLUMNS[1:], 0) for kind in KINDS}
    return json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else none


def _write(counts: Counts) -> None:
    write_whole(ROOT / FOLDER / "counts.json", json.dumps(counts).encode())
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({"kind": kind, **row} for kind, row in counts.items())
    write_whole(ROOT / CAMPAIGN, text.getvalue().encode())


if __name__ == "__main__":
    main()
