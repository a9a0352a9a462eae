"""Mutation tests: small changes of the modules that judge and audit, and whether tests notice.

Writes results/tables/mutants.csv: of each module, how many mutants there are, how many were tried,
killed, and listed in survivors.yaml with the reason why no test can or need notice them; the score
is the killed part of those tried and not listed. `make mutants MINUTES=30` goes on where the last
call ended; a module whose source or tests have changed is tried anew.
"""

import argparse
import csv
import hashlib
import io
import itertools
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests")]

from mutation.mutants import Mutant, mutants, text  # noqa: E402
from mutation.targets import TARGETS  # noqa: E402
from mutation.trial import SURVIVED, Copy, preload  # noqa: E402

TABLE = ROOT / "results/tables/mutants.csv"
STATE = ROOT / ".brainside/mutation"
LISTED = ROOT / "tests/mutation/survivors.yaml"
COLUMNS = ("module", "mutants", "tried", "killed", "listed", "score")
PATIENCE = 5.0  # a trial may take so many times as long as the tests of the unchanged module
Outcomes = dict[str, str]  # by the mutant's operator and number


def main() -> None:
    """Try mutants of all modules in turn until all are tried or the minutes are used up."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=600.0)
    parser.add_argument("--each", type=int, help="mutants of a module that are tried at most")
    parser.add_argument("--table", type=Path, default=TABLE)
    parser.add_argument("modules", nargs="*", help="of src/brainside; all by default")
    arguments = parser.parse_args()
    if unknown := set(arguments.modules) - set(TARGETS):
        sys.exit(f"no module that is mutated: {', '.join(sorted(unknown))}")
    preload()
    end = time.monotonic() + 60 * arguments.minutes
    chosen = arguments.modules or TARGETS
    left = [itertools.islice(_trials(module), arguments.each) for module in chosen]
    while left and time.monotonic() < end:  # one of each module in turn
        trials = left.pop(0)
        if next(trials, None):
            left.append(trials)
    rows = [row(module) for module in TARGETS]
    write(rows, arguments.table)
    sys.exit(any(each["score"] and each["score"] < 0.9 for each in rows))


def _trials(module: str) -> Iterator[Mutant]:
    """Try the mutants of a module that have not been tried, one at each step."""
    copy = Copy(STATE / "copy" / module.replace("/", "-"))
    start = time.monotonic()
    if not copy.passes(TARGETS[module], 600):
        sys.exit(f"{module}: its tests fail without any change ({' '.join(TARGETS[module])})")
    seconds = PATIENCE * (time.monotonic() - start)
    outcomes = read(module)
    for mutant in mutants(module, source(module)):
        if mutant.name not in outcomes:
            outcomes[mutant.name] = copy.outcome(mutant, TARGETS[module], seconds)
            keep(module, outcomes)
            if outcomes[mutant.name] == SURVIVED and not accepted(mutant):
                print(f"{module}: {text(mutant, source(module))}", flush=True)
            yield mutant


def row(module: str) -> dict[str, Any]:
    """A module's row of the table."""
    every, outcomes = mutants(module, source(module)), read(module)
    tried = [mutant for mutant in every if mutant.name in outcomes]
    survivors = [mutant for mutant in tried if outcomes[mutant.name] == SURVIVED]
    known = sum(accepted(mutant) for mutant in survivors)
    killed = len(tried) - len(survivors)
    score = round(killed / (len(tried) - known), 3) if len(tried) > known else ""
    values = (module, len(every), len(tried), killed, known, score)
    return dict(zip(COLUMNS, values, strict=True))


def write(rows: list[dict[str, Any]], table: Path) -> None:
    """Write the table."""
    lines = io.StringIO()
    writer = csv.DictWriter(lines, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    table.write_text(lines.getvalue(), encoding="utf-8")
    print(lines.getvalue(), end="")


def read(module: str) -> Outcomes:
    """Outcomes of earlier calls, for the module and its tests as they are."""
    path = _state(module)
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def keep(module: str, outcomes: Outcomes) -> None:
    """Keep what has come out so far."""
    path = _state(module)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(outcomes), encoding="utf-8")
    part.replace(path)


def accepted(mutant: Mutant) -> bool:
    """Whether a survivor is listed, with the reason why it may be one."""
    entries: dict[str, dict[str, str]] = yaml.safe_load(LISTED.read_text(encoding="utf-8")) or {}
    return text(mutant, source(mutant.module)) in entries.get(mutant.module, {})


def source(module: str) -> str:
    """The source of a module."""
    return (ROOT / "src/brainside" / module).read_text(encoding="utf-8")


def _state(module: str) -> Path:
    digest = hashlib.sha256(source(module).encode())
    for test in TARGETS[module]:
        digest.update((ROOT / test).read_bytes())
    return STATE / f"{module.replace('/', '-')}.{digest.hexdigest()[:12]}.json"


if __name__ == "__main__":
    main()
