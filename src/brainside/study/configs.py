"""A study's folder: its files, merged into one config, and the line of each entry.

`study.yaml` names the experiments; `tasks.yaml`, `methods/*.yaml` and `experiments/*.yaml` have
the rest. config/README.md says what every key means.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from brainside.base.configs import read_valid
from brainside.base.errors import Refused
from brainside.base.files import State, state
from brainside.base.lines import line_of, lines_of
from brainside.study.schema import MethodEntry, StudyConfig

STUDY, TASKS, METHODS, EXPERIMENTS = "study.yaml", "tasks.yaml", "methods", "experiments"
# What methods may name instead of writing it out, and the section of study.yaml that has it.
NAMED = {"schedule": "schedules", "search": "search_spaces"}
# Keys of study.yaml by those of the merged config, where they are others.
RENAMED: dict[str | int, str] = {"study": "name", "tuning": "search_plan"}


@dataclass(frozen=True)
class Place:
    """Where an entry of a study's config is; as text `file:line: key.key`, looked up when asked.

    `keys` lead to it through the merged config, as far as the files have them.
    """

    folder: Path
    keys: tuple[str | int, ...]

    def __str__(self) -> str:
        """The place as it stands at the head of a refusal, with the keys that its file has."""
        known = self._known()
        return f"{line_of(*known)}: {_dotted(known[1])}" if known else str(self.folder)

    @property
    def line(self) -> str:
        """`path:line` of the entry, or of the last of its keys that a file has; else the folder.

        Raises Refused where a file cannot be read.
        """
        known = self._known()
        return line_of(*known) if known else str(self.folder)

    def _known(self) -> "Step | None":
        """The file that has most of the keys, with those that lead to the entry in it."""
        step = max(_steps(self.folder, *self.keys), key=lambda step: len(lines_of(*step)))
        return step if lines_of(*step) else None


def _dotted(keys: Iterable[str | int]) -> str:
    """Keys as the schemas' messages have them: `entries[0].budgets`."""
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)
    return text.removeprefix(".")


def read_study(folder: Path) -> StudyConfig:
    """The merged config of a study's folder.

    Raises Refused, with file, line and reason, where a file is missing or does not fit its schema,
    or where the files do not fit each other.
    """
    if not folder.is_dir():
        raise Refused(f"{folder}: no such study; one is a folder with a {STUDY}")
    head = read_valid(folder / STUDY, "study")
    parts = {path: read_valid(path, "experiment") for path in _experiments(folder, head)}
    entries = [entry for part in parts.values() for entry in part.get("entries", [])]
    if not entries:
        raise Refused(f"{folder / STUDY}: none of its experiments has entries")
    methods = _methods(folder, head)
    figures = _united({path: part.get("figures", {}) for path, part in parts.items()})
    config: StudyConfig = {
        "study": head["name"],
        "kind": head["kind"],
        "report": head["report"],
        "device": head["device"],
        "claims": head.get("claims", []),
        "tasks": read_valid(folder / TASKS, "tasks"),
        "methods": methods,
        "tuning": head["search_plan"],
        "experiments": [_with_neighbours(entry, methods) for entry in entries],
        "figures": {name: _with_neighbours(figure, methods) for name, figure in figures.items()},
        "gallery": head["gallery"],
    }
    codings = {path: {"codings": p["codings"]} for path, p in parts.items() if "codings" in p}
    if codings:
        config["codings"] = _united(codings)["codings"]
    return config


def files_of(folder: Path) -> list[Path]:
    """The files of a study's config, sorted."""
    inside = (folder / name for name in (METHODS, EXPERIMENTS))
    return sorted([folder / STUDY, folder / TASKS, *(p for f in inside for p in f.glob("*.yaml"))])


def figures_of(folder: Path) -> dict[str, list[str]]:
    """The figures of each experiment that has any, by the name of its file."""
    named = {path.stem: list(read_valid(path, "experiment").get("figures", {}))
             for path in experiment_files(folder)}  # fmt: skip
    return {name: figures for name, figures in named.items() if figures}


def _experiments(folder: Path, head: Mapping[str, Any]) -> list[Path]:
    """The files of the experiments, in the order of study.yaml; Refused for one not named there."""
    named = [folder / EXPERIMENTS / f"{name}.yaml" for name in head["experiments"]]
    if forgotten := sorted({*(folder / EXPERIMENTS).glob("*.yaml")} - {*named}):
        raise Refused(
            f"{forgotten[0]}: {line_of(folder / STUDY, ['experiments'])} does not name it"
        )
    return named


def _methods(folder: Path, head: Mapping[str, Any]) -> dict[str, MethodEntry]:
    paths = sorted((folder / METHODS).glob("*.yaml"))
    methods = _united({path: read_valid(path, "methods") for path in paths})
    for path in paths:
        for name in read_valid(path, "methods"):
            _check_file(path, name, methods[name])
    titled: dict[str, str] = {}
    for name, entry in methods.items():
        if entry.get("beside", name) not in methods:
            place = Place(folder, ("methods", name, "beside"))
            raise Refused(f"{place}: there is no method {entry['beside']!r}")
        if (first := titled.setdefault(entry["title"], name)) != name:
            place = Place(folder, ("methods", name, "title"))
            raise Refused(f"{place} is that of {first}, too; tables could not tell them apart")
    return {name: _written_out(folder, name, entry, head) for name, entry in methods.items()}


def _with_neighbours(entry: Any, methods: Mapping[str, MethodEntry]) -> Any:
    """An experiment or a figure with each of its methods followed by those that say `beside` it.

    Not so a figure of plot data, which not every method has.
    """
    if "methods" not in entry or "plotdata" in entry:
        return entry
    named: list[str] = entry["methods"]
    seated = [
        method
        for name in named
        for method in (name, *(m for m, e in methods.items() if e.get("beside") == name))
    ]
    return {**entry, "methods": list(dict.fromkeys(seated))}


def _check_file(path: Path, name: str, entry: MethodEntry) -> None:
    """Refused unless a method is in the file named as the one that its function is in."""
    file = entry["function"].split(".")[0]
    if file != path.stem:
        raise Refused(
            f"{line_of(path, [name, 'function'])}: {name}.function is in {file}.py; "
            f"move the entry to {path.with_name(file)}.yaml"
        )


def _written_out(
    folder: Path, name: str, entry: MethodEntry, head: Mapping[str, Any]
) -> MethodEntry:
    """A method's entry with what it only names from study.yaml; Refused for an unknown name."""
    values = dict(entry)
    for key, section in NAMED.items():
        if isinstance(value := values.get(key), str):
            if value not in head.get(section, {}):
                place = Place(folder, ("methods", name, key))
                raise Refused(f"{place}: {folder / STUDY} has no {value!r} among its {section}")
            values[key] = head[section][value]
    return values  # type: ignore[return-value]


def _united(parts: Mapping[Path, Mapping[str, Any]]) -> dict[str, Any]:
    """The entries of several files in one mapping; Refused where two have the same name."""
    entries: dict[str, Any] = {}
    origin: dict[str, Path] = {}
    for path, part in parts.items():
        if twice := [name for name in part if name in origin]:
            raise Refused(f"{path}: {twice[0]} is in {origin[twice[0]]}, too; keep one")
        entries |= part
        origin |= dict.fromkeys(part, path)
    return entries


Step = tuple[Path, tuple[str | int, ...]]  # a file, and the keys that lead to an entry in it


def _steps(folder: Path, section: str | int, *keys: str | int) -> Iterator[Step]:
    """The files that may have an entry of the merged config, with the keys that lead to it."""
    if section == "tasks":
        yield folder / TASKS, keys
    elif section == "methods":
        yield from ((path, keys) for path in sorted((folder / METHODS).glob("*.yaml")))
    elif section == "experiments":
        yield _entry(folder, *keys)
    elif section in ("figures", "codings"):
        yield from ((path, (section, *keys)) for path in experiment_files(folder))
    else:
        yield folder / STUDY, (RENAMED.get(section, section), *keys)


def _entry(folder: Path, number: str | int, *keys: str | int) -> Step:
    """The file of an entry by its number among those of all experiments, and its number there."""
    files = tuple(experiment_files(folder))
    path, index = _entries(files, tuple(map(state, files)))[int(number)]
    return path, ("entries", index, *keys)


@lru_cache
def _entries(files: tuple[Path, ...], _: tuple[State | None, ...]) -> list[tuple[Path, int]]:
    """File and number there of each entry, which a page of traces asks for hundreds of times."""
    return [
        (path, index)
        for path in files
        for index in range(len(read_valid(path, "experiment").get("entries", [])))
    ]


def experiment_files(folder: Path) -> list[Path]:
    """The files of a study's experiments, in the order of study.yaml."""
    return _experiments(folder, read_valid(folder / STUDY, "study"))
