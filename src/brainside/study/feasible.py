"""What a study asks for that could not be trained is refused when its config is read."""

import math
from pathlib import Path
from typing import Literal

from brainside.base.errors import Refused
from brainside.data.catalogue import readable
from brainside.networks.ends import check as check_network
from brainside.study.configs import Place
from brainside.study.schema import StudyConfig

AXES: tuple[Literal["tasks", "methods", "budgets", "seeds"], ...] = (
    "tasks", "methods", "budgets", "seeds",
)  # fmt: skip
LARGEST = 300_000  # networks of a study: to plan them takes Snakemake minutes and 3 GB


def check(config: StudyConfig, path: Path) -> None:
    """Refuse more networks than can be planned, and the first task that does not fit its dataset.

    `path` is the study's folder. One line names file, line and key, and what does not fit.
    """
    networks = 0
    for number, experiment in enumerate(config["experiments"]):
        networks += math.prod(len(experiment[axis]) for axis in AXES)
        if networks > LARGEST:
            raise Refused(
                f"{Place(path, ('experiments', number))}: with it the study has {networks:,} "
                f"networks ({' × '.join(AXES)}); {LARGEST:,} at most can be planned"
            )
    for name in config["tasks"]:
        _check_task(config, path, name)


def _check_task(config: StudyConfig, path: Path, name: str) -> None:
    """Refused where a task's dataset is unknown, or its network or batches do not fit it."""
    task = config["tasks"][name]
    try:
        dataset = readable(task["dataset"])
    except Refused as refusal:
        raise Refused(f"{Place(path, ('tasks', name, 'dataset'))}: {refusal}") from None
    try:
        check_network(task["network"], tuple(dataset["image"]), dataset["classes"])
    except Refused as refusal:
        raise Refused(f"{Place(path, ('tasks', name, 'network'))}: {refusal}") from None
    most = dataset["sizes"]["train"]
    for keys, recipe in (
        (("recipe",), task["recipe"]),
        *((("overrides", method), part) for method, part in task.get("overrides", {}).items()),
    ):
        if (batch := recipe.get("batch", 1)) > most:
            place = Place(path, ("tasks", name, *keys, "batch"))
            raise Refused(f"{place}: {batch} is too large; there are {most} training images")
