"""A study's config, expanded into sweeps: the experiment list is the list of their paths.

Nothing here imports torch: the workflow expands its paths from this module at every start.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import fastjsonschema
import yaml

from brainside import keys
from brainside.data.catalogue import catalogue
from brainside.errors import Refused

SCHEMA = Path("workflow/schemas/study.schema.yaml")
RESULTS = Path("results")


@dataclass(frozen=True)
class Tuning:
    """The random search whose best settings a method's sweeps on one task use."""

    study: str
    task: str
    method: str
    spec: dict[str, Any]
    reference: "Sweep | None"

    @cached_property
    def key(self) -> str:
        """Content key of the search."""
        return keys.key(self.spec)

    @property
    def path(self) -> Path:
        """The committed file with every trial and the best settings a budget."""
        return RESULTS / "tuned" / self.study / self.task / f"{self.method}.{self.key}.json"


@dataclass(frozen=True)
class Sweep:
    """One task, method and seed with its budgets: one job, one record file."""

    study: str
    task: str
    method: str
    seed: int
    spec: dict[str, Any]
    reference: "Sweep | None" = None
    tuning: Tuning | None = None

    @property
    def budgets(self) -> list[float]:
        """Reported budgets, descending."""
        return self.spec["budgets"]

    @property
    def points(self) -> list[float]:
        """Budgets that are trained, descending: those of the schedule where there is one."""
        return self.spec["method"].get("schedule", self.budgets)

    @cached_property
    def key(self) -> str:
        """Content key of the sweep."""
        return keys.key(self.spec)

    def row_key(self, budget: float) -> str:
        """Content key of one budget: the same whichever other budgets are reported with it."""
        method = dict(self.spec["method"])
        if "schedule" in method:
            method["schedule"] = [point for point in method["schedule"] if point >= budget]
        return keys.key({**self.spec, "method": method, "budgets": [budget]})

    def _path(self, kind: str, ending: str) -> Path:
        name = f"seed={self.seed}.{self.key}{ending}"
        return RESULTS / kind / self.study / self.task / self.method / name

    @property
    def record(self) -> Path:
        """The record: a CSV with a row a budget."""
        return self._path("runs", ".csv")

    @property
    def checkpoints(self) -> Path:
        """The folder of the checkpoint files, one a budget."""
        return self._path("checkpoints", "")

    def checkpoint(self, budget: float) -> Path:
        """The file that decodes to the network evaluated at one budget."""
        return self.checkpoints / f"budget={budget:.6g}.brain"


@dataclass(frozen=True)
class Study:
    """A validated config with the sweeps that it names."""

    name: str
    path: Path
    config: dict[str, Any]
    sweeps: tuple[Sweep, ...]

    def find(self, task: str, method: str, seed: int) -> Sweep:
        """One sweep by its coordinates, tuning references included; Refused when absent."""
        for sweep in self.everything():
            if (sweep.task, sweep.method, sweep.seed) == (task, method, seed):
                return sweep
        raise Refused(
            f"{self.path}: no sweep of {method} on {task} with seed {seed}; "
            f"`brainside plan {self.path}` lists what there is"
        )

    def tunings(self) -> list[Tuning]:
        """Every search that the sweeps use, once each."""
        return list({s.tuning.path: s.tuning for s in self.sweeps if s.tuning}.values())

    def everything(self) -> list[Sweep]:
        """The sweeps with the references of the tuning seed, which no result uses."""
        return _unique([*self.sweeps, *(t.reference for t in self.tunings() if t.reference)])


def parse_budget(text: str | float | int, where: str) -> float:
    """A budget as written in a config ("1/8", 0.1) as a fraction in (0, 1]; Refused outside."""
    try:
        value = float(Fraction(str(text)))
    except (ValueError, ZeroDivisionError):
        raise Refused(f"{where}: budget {text!r} is no number; write 1/8 or 0.125") from None
    if not 0 < value <= 1:
        raise Refused(f"{where}: budget {text} is not in (0, 1]; it is a fraction of the weights")
    return value


def load(path: Path | str) -> Study:
    """Read, validate and expand a study's config; Refused with file, place and reason."""
    path = Path(path)
    config = _validated(path)
    sweeps = list(_expand(config, path))
    with_references = _unique([*(s.reference for s in sweeps if s.reference), *sweeps])
    return Study(config["study"], path, config, tuple(with_references))


def _unique(sweeps: list[Sweep]) -> list[Sweep]:
    return list({sweep.record: sweep for sweep in sweeps}.values())


def _validated(path: Path) -> dict[str, Any]:
    try:
        config = yaml.safe_load(path.read_text())
    except FileNotFoundError:
        raise Refused(f"{path}: no such study config") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Refused(f"{path}: not readable as YAML: {' '.join(str(error).split())}") from None
    try:
        _validator()(config)
    except fastjsonschema.JsonSchemaValueException as error:
        raise Refused(f"{path}: {error.message.replace('data.', '', 1)}") from None
    return config


@lru_cache(maxsize=1)
def _validator() -> Callable[[Any], Any]:
    return fastjsonschema.compile(yaml.safe_load(SCHEMA.read_text()))


def _expand(config: dict[str, Any], path: Path) -> Iterator[Sweep]:
    seen = set()
    for experiment in config["experiments"]:
        budgets = _descending([parse_budget(b, str(path)) for b in experiment["budgets"]])
        for task in experiment["tasks"]:
            for method in experiment["methods"]:
                if (task, method) in seen:
                    raise Refused(f"{path}: {method} on {task} is in two experiments; keep one")
                seen.add((task, method))
                for seed in experiment["seeds"]:
                    yield _sweep(config, path, task, method, seed, budgets)


def _descending(budgets: list[float]) -> list[float]:
    return sorted(set(budgets), reverse=True)


def _sweep(
    config: dict[str, Any], path: Path, task: str, method: str, seed: int, budgets: list[float]
) -> Sweep:
    entry = _method_spec(config, path, method)
    if seed == config["tuning"]["seed"]:
        raise Refused(f"{path}: seed {seed} is the tuning seed; results need another")
    if method == "reference":
        budgets = [1.0]
    outside = [b for b in budgets if b not in entry.get("schedule", budgets)]
    if outside:
        raise Refused(f"{path}: methods.{method}.schedule lacks the reported budget {outside[0]:g}")
    reference = _reference(config, path, task, method, seed)
    tuning = _tuning(config, path, task, method)
    spec = _spec(config, path, task, entry, budgets, seed, reference)
    spec["tuning"] = tuning.key if tuning else None
    return Sweep(config["study"], task, method, seed, spec, reference, tuning)


def _reference(config: dict, path: Path, task: str, method: str, seed: int) -> Sweep | None:
    if not config["methods"][method].get("reference"):
        return None
    if "reference" not in config["methods"]:
        raise Refused(f"{path}: methods.{method} starts from a reference, and methods has none")
    entry = _method_spec(config, path, "reference")
    tuning = _tuning(config, path, task, "reference")
    spec = _spec(config, path, task, entry, [1.0], seed, None)
    spec["tuning"] = tuning.key if tuning else None
    return Sweep(config["study"], task, "reference", seed, spec, None, tuning)


def _tuning(config: dict, path: Path, task: str, method: str) -> Tuning | None:
    search = config["methods"][method].get("search")
    if not search:
        return None
    plan = config["tuning"]
    entry = _method_spec(config, path, method)
    wanted = [1.0] if method == "reference" else plan["budgets"]
    budgets = _descending([parse_budget(b, f"{path}: tuning") for b in wanted])
    reference = _reference(config, path, task, method, plan["seed"])
    spec = _spec(config, path, task, entry, budgets, plan["seed"], reference)
    spec |= {"search": search, "trials": plan["trials"], "epochs_factor": plan["epochs_factor"]}
    return Tuning(config["study"], task, method, spec, reference)


def _spec(
    config: dict,
    path: Path,
    task: str,
    entry: dict,
    budgets: list[float],
    seed: int,
    reference: Sweep | None,
) -> dict[str, Any]:
    return {
        "task": _task_spec(config, path, task),
        "method": entry,
        "budgets": budgets,
        "seed": seed,
        "reference": reference.key if reference else None,
        "numerics": keys.numerics(config["device"]),
    }


def _task_spec(config: dict[str, Any], path: Path, name: str) -> dict[str, Any]:
    if name not in config["tasks"]:
        raise Refused(f"{path}: unknown task {name!r}; tasks: {', '.join(config['tasks'])}")
    task = config["tasks"][name]
    known = catalogue()["datasets"]
    if task["dataset"] not in known:
        raise Refused(
            f"{path}: tasks.{name}: unknown dataset {task['dataset']!r}; known: {', '.join(known)}"
        )
    return {
        "name": name,
        "dataset": task["dataset"],
        "digest": known[task["dataset"]]["digest"],
        "network": task["network"],
        "recipe": task["recipe"],
    }


def _method_spec(config: dict[str, Any], path: Path, name: str) -> dict[str, Any]:
    if name not in config["methods"]:
        raise Refused(f"{path}: unknown method {name!r}; methods: {', '.join(config['methods'])}")
    entry = config["methods"][name]
    module = entry["function"].split(".")[0]
    try:
        spec = {"name": name, "version": keys.module_version(f"methods.{module}")}
    except (FileNotFoundError, LookupError):
        raise Refused(
            f"{path}: methods.{name}: src/brainside/methods/{module}.py with a VERSION is missing"
        ) from None
    spec |= {field: entry[field] for field in ("function", "recipe", "params") if field in entry}
    if "schedule" in entry:
        where = f"{path}: methods.{name}.schedule"
        spec["schedule"] = _descending([parse_budget(b, where) for b in entry["schedule"]])
    return spec


def explain(spec: dict[str, Any]) -> str:
    """The spec as the text that is kept beside a record, so that a stale key can be explained."""
    return json.dumps(spec, indent=1, sort_keys=True) + "\n"
