"""The two phases of a study: the field's own methods, then those of the algorithms community."""

from brainside.base.configs import read_valid
from brainside.study.configs import experiment_files
from brainside.study.study import Study

FIRST = "first"  # of experiments that name none


def phases(study: Study) -> dict[str, str]:
    """The phase of each method of an entry: that of the first experiment that has it."""
    experiments = [read_valid(path, "experiment") for path in experiment_files(study.path)]
    of_entries = [part.get("phase", FIRST) for part in experiments for _ in part.get("entries", [])]
    found: dict[str, str] = {}
    for phase, entry in zip(of_entries, study.config["experiments"], strict=True):
        for method in entry["methods"]:
            found.setdefault(method, phase)
    return found
