"""Where a row of a record comes from, in lines of text: files, keys, data, and commands.

Only reads, and imports nothing heavy, so that `brainside trace` answers at once.
"""

import csv
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path

from brainside.archive.checkpoints import ALTERED, DAMAGED, INTACT, gallery_copy, state_of
from brainside.archive.manifest import read_manifest
from brainside.archive.specs import differences, kept_spec, machine_of, spec_path
from brainside.base import keys, paths
from brainside.base.files import State, state
from brainside.base.lines import line_of
from brainside.base.paths import MANIFEST
from brainside.study.configs import Place
from brainside.study.study import Study
from brainside.study.sweeps import Search, Sweep

LOOKING = ContextVar("LOOKING", default=True)  # whether checkpoints at hand are read
STATES = {INTACT: "with this hash", ALTERED: "with ANOTHER hash", DAMAGED: "DAMAGED"}


@contextmanager
def without_checkpoints() -> Iterator[None]:
    """Traces that only name checkpoints, as on a page, which says nothing of what is at hand.

    To read and hash them all takes most of a minute.
    """
    token = LOOKING.set(False)
    try:
        yield
    finally:
        LOOKING.reset(token)


def row_of(path: Path, **cell: object) -> tuple[str, dict[str, str]] | None:
    """`path:line` and fields of the first row of a CSV that has these values.

    Floats compare as numbers. None if there is no such file or row.
    """
    for number, row in rows(path):
        if all(_equal(row.get(name), value) for name, value in cell.items()):
            return f"{path}:{number}", row
    return None


def rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """The rows of a CSV with their lines; none if there is no such file."""
    return _rows(path.resolve(), state(path)) if path.exists() else []


@lru_cache
def _rows(path: Path, _: State | None) -> list[tuple[int, dict[str, str]]]:
    """The rows of a CSV with their lines; a trace reads a file that has not changed only once."""
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        return [(reader.line_num, row) for row in reader]


def _equal(text: str | None, value: object) -> bool:
    if text is None or not isinstance(value, float):
        return text == str(value)
    try:
        return float(text) == value
    except ValueError:
        return False


def record(study: Study, sweep: Sweep, budget: float, column: str | None) -> Iterator[str]:
    """A sweep's row at a budget with all that it rests on."""
    recorded = row_of(sweep.path, budget=budget)
    if not recorded:
        yield f"  seed {sweep.seed}: no record"
        yield from _superseded(sweep)
        yield f"    make it     {command(study, sweep)}"
        return
    line, row = recorded
    value = f"{column} {row[column]}" if column in row else "its row"
    yield f"  seed {sweep.seed}: {value}"
    yield f"    record      {line} ({_entered(sweep.path)})"
    yield from _key(sweep, row)
    yield from _checkpoint(sweep, budget, row["checkpoint_sha256"])
    if sweep.parent:
        yield from _start(sweep, sweep.parent, budget)
    yield f"    make it     {command(study, sweep)}"
    yield f"    check it    brainside audit --retrain --only {sweep.coordinates}"


def _start(sweep: Sweep, parent: Sweep, budget: float) -> Iterator[str]:
    """The networks that a sweep starts from, or the record of those whose weights it has."""
    at = 1.0 if parent.budgets == [1.0] else budget
    _, row = row_of(parent.path, budget=at) or ("", {})
    if not sweep.start:
        weights = f", weights {row['weights']}" if row else ""
        yield f"    weights of  {_there(parent.path)}{weights}"
        return
    yield f"    starts from {_there(parent.path)}"
    if row:
        yield from _checkpoint(sweep.start, at, row["checkpoint_sha256"])


def command(study: Study, sweep: Sweep) -> str:
    """The command that runs a sweep: it makes the record and the checkpoints."""
    return (
        f"brainside sweep {study.path} {sweep.task} {sweep.method} --seed {sweep.seed} "
        f"--key {sweep.key}"
    )


def _there(path: Path) -> str:
    return f"{path} ({_entered(path)})" if path.exists() else f"{path} (absent)"


def _entered(path: Path) -> str:
    """What the manifest says of a file."""
    entered = _manifest(MANIFEST.resolve(), state(MANIFEST)).get(str(path))
    if entered is None:
        return "not in results/manifest.csv"
    same = hashlib.sha256(path.read_bytes()).hexdigest() == entered
    return "as in results/manifest.csv" if same else "DIFFERS from results/manifest.csv"


@lru_cache
def _manifest(_: Path, __: State | None) -> dict[str, str]:
    return read_manifest()


def _key(sweep: Sweep, row: dict[str, str]) -> Iterator[str]:
    """The key, whether spec and config give it, and the file with the spec."""
    path = spec_path(sweep)
    kept = kept_spec(path).get("spec")
    agrees = keys.key(kept) == row["key"] == sweep.key and kept == sweep.spec
    yield f"    key         {row['key']}, row {row['row_key']}; " + (
        "spec and config give it" if agrees else "NOT what spec and config give"
    )
    yield f"    spec        {_there(path)}, made on {machine_of(sweep)}"
    if not agrees:
        yield from (f"      {line}" for line in differences(kept, sweep.spec))


def _superseded(sweep: Sweep) -> Iterator[str]:
    """Records of the same task, method and seed under other keys, and how their specs differ."""
    for path in sorted(sweep.path.parent.glob(f"seed={sweep.seed}.*.json")):
        if path != spec_path(sweep):
            yield f"    superseded  {path.with_suffix('.csv')}"
            for line in differences(kept_spec(path).get("spec"), sweep.spec):
                yield f"      {line}"


def _checkpoint(sweep: Sweep, budget: float, digest: str) -> Iterator[str]:
    path = sweep.checkpoint(budget)
    yield f"    checkpoint  sha256 {digest}"
    if not LOOKING.get():
        yield f"      {path}"
        return
    for file in (path, gallery_copy(path)):
        if file.exists():
            yield f"      {file}: at hand, {STATES[state_of(file, digest)]}"
        elif file == path:
            yield f"      {path}: not at hand"


def search(study: Study, job: Search | None) -> Iterator[str]:
    """A search: its file, its space, its best settings, and how to run it again."""
    if not job:
        yield "search: none; the settings are those of the config"
        return
    spec, found = job.spec, kept_spec(job.path)
    yield f"search: {spec['trials']} trials on validation data, seed {spec['seed']}"
    yield f"  file        {_there(job.path)}"
    yield f"  drawn from  {keys.canonical(spec['search'])}"
    for budget, best in found.get("best", {}).items():
        yield f"  best at {budget}: {keys.canonical(best)}"
    if job.parent:
        yield f"  starts from {_there(job.parent.path)}"
    yield (f"  make it     brainside search {study.path} {job.task} {job.method} --key {job.key}")


def data(study: Study, task: str) -> Iterator[str]:
    """The dataset of a task: its digest, its file, and the command that prepares it."""
    spec = next(sweep.spec["task"] for sweep in study.sweeps if sweep.task == task)
    path = paths.filled(paths.DATASET, dataset=spec["dataset"])
    yield f"data: {spec['dataset']}, {config_line(paths.DATASETS, spec['dataset'], 'datasets')}"
    yield f"  digest      {spec['digest']}"
    state = "at hand" if path.exists() else "not at hand"
    yield f"  file        {path}: {state}; made by `brainside dataset {spec['dataset']}`"


def config(study: Study, task: str, method: str) -> Iterator[str]:
    """The entries of the config that a task and method come from."""
    yield "config:"
    for section, name in (("tasks", task), ("methods", method)):
        yield f"  {section:<12}{config_line(study.path, name, section)} ({name})"
    for number, entry in enumerate(study.config["experiments"]):
        if task in entry["tasks"] and (method in entry["methods"] or method == "reference"):
            line = Place(study.path, ("experiments", number)).line
            yield f"  experiment  {line} ({entry.get('name', 'no name')})"
            break


def config_line(path: Path, name: str, section: str) -> str:
    """`path:line` of an entry of a section, of a study's folder or of one file."""
    return Place(path, (section, name)).line if path.is_dir() else line_of(path, (section, name))
