"""A study's folder from its config in memory: the way back of `study.configs.read_study`."""

import shutil
from pathlib import Path

import yaml

HEAD = {"study": "name", "tuning": "search_plan"}  # keys of study.yaml that have another name
EXPERIMENT = {"experiments": "entries", "figures": "figures", "codings": "codings"}


def write_study(folder: Path, config: dict) -> None:
    """Write the files of a study in the place of those that are there; nothing of it is checked."""
    shutil.rmtree(folder, ignore_errors=True)
    apart = {"tasks", "methods", *EXPERIMENT}
    head = {HEAD.get(key, key): value for key, value in config.items() if key not in apart}
    dump(folder / "study.yaml", {**head, "experiments": ["all"]})
    dump(folder / "tasks.yaml", config["tasks"])
    for file, methods in by_file(config["methods"]).items():
        dump(folder / f"methods/{file}.yaml", methods)
    dump(folder / "experiments/all.yaml",
         {name: config[key] for key, name in EXPERIMENT.items() if key in config})  # fmt: skip


def by_file(methods) -> dict[str, dict]:
    """Methods by the file that their function is in; what is not a mapping of them in one file."""
    if not isinstance(methods, dict):
        return {"reference": methods}
    files: dict[str, dict] = {}
    for name, entry in methods.items():
        function = entry.get("function") if isinstance(entry, dict) else None
        file = function.split(".")[0] if isinstance(function, str) and function else "reference"
        files.setdefault(file, {})[name] = entry
    return files


def dump(path: Path, content) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.dump(content, Dumper=yaml.CSafeDumper), encoding="utf-8")
