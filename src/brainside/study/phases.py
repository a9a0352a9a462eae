"""What of a study a method belongs to: its phase, and its table of errors."""

from brainside.base.configs import read_valid
from brainside.study.configs import experiment_files
from brainside.study.study import Study

FIRST = "first"  # of methods that name none


def phases(study: Study) -> dict[str, str]:
    """The phase of each method of an entry: the field's own methods, or the algorithms community's.

    It is the method's own; one that is put beside another is of the phase of that one.
    """
    methods = study.config["methods"]

    def phase(name: str) -> str:
        """The phase of one method."""
        method = methods[name]
        beside = method.get("beside")
        return method.get("phase") or (phase(beside) if beside else FIRST)

    return {name: phase(name) for entry in study.config["experiments"] for name in entry["methods"]}


def grids(study: Study) -> dict[str, str]:
    """The name of the table of errors of each method of an entry; empty for that of most.

    It is that of the first experiment that has the method.
    """
    experiments = [read_valid(path, "experiment") for path in experiment_files(study.path)]
    of_entries = [part.get("grid", "") for part in experiments for _ in part.get("entries", [])]
    found: dict[str, str] = {}
    for grid, entry in zip(of_entries, study.config["experiments"], strict=True):
        for method in entry["methods"]:
            found.setdefault(method, grid)
    return found
