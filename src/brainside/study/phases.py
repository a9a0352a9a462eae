"""What experiments say of the methods that they bring in: their phase, their table of errors."""

from typing import Literal

from brainside.base.configs import read_valid
from brainside.study.configs import experiment_files
from brainside.study.study import Study

FIRST = "first"  # of experiments that name none


def phases(study: Study) -> dict[str, str]:
    """The phase of each method of an entry: the field's own methods, or the algorithms community's.

    It is that of the first experiment that has the method.
    """
    return _by_method(study, "phase", FIRST)


def grids(study: Study) -> dict[str, str]:
    """The name of the table of errors of each method of an entry; empty for that of most."""
    return _by_method(study, "grid", "")


def _by_method(study: Study, field: Literal["phase", "grid"], default: str) -> dict[str, str]:
    experiments = [read_valid(path, "experiment") for path in experiment_files(study.path)]
    of_entries = [part.get(field, default) for part in experiments for _ in part.get("entries", [])]
    found: dict[str, str] = {}
    for value, entry in zip(of_entries, study.config["experiments"], strict=True):
        for method in entry["methods"]:
            found.setdefault(method, value)
    return found
