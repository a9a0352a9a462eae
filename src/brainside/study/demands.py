"""What methods' functions need of the methods and tasks that use them, as their PARAMS declare it.

What is missing would otherwise be found when a job runs, after those that it starts from.
"""

from collections.abc import Callable, Iterator
from math import inf, prod
from typing import Any

from brainside.base.errors import Refused
from brainside.data.catalogue import entry
from brainside.networks.allowance import AXES
from brainside.networks.weights import (
    LARGEST,
    multiply_adds,
    parameter_count,
    runs,
    small_convnet,
    weight_count,
    weights_of,
)
from brainside.study import params
from brainside.study.configs import Place
from brainside.study.study import Study
from brainside.study.sweeps import Sweep, Trained

Fault = tuple[tuple[str, ...], str]  # keys of a method's entry, and what is wrong there


def check(study: Study) -> None:
    """Refuse the first method that lacks what its function needs, or asks too much of a task."""
    jobs: list[Trained] = [*study.everything, *study.searches]
    different = {(job.task, job.method, type(job), *_points(job)): job for job in jobs}
    for job in different.values():
        for keys, text in _faults(job):
            place = Place(study.path, ("methods", job.method, *keys))
            raise Refused(f"{place}: on {job.task}: {text}")


def _points(job: Trained) -> list[float]:
    """The budgets that a job trains, descending."""
    return job.points if isinstance(job, Sweep) else job.spec["budgets"]


def _network(job: Trained) -> dict[str, Any]:
    network: dict[str, Any] = job.spec["task"]["network"]
    return network


def _dataset(job: Trained) -> dict[str, Any]:
    return entry(job.spec["task"]["dataset"])


def _faults(job: Trained) -> Iterator[Fault]:
    function = job.spec["method"]["function"]
    needed = params.needs(function)
    yield from _too_small(job)
    yield from _too_many(job)
    for need in needed:
        key, met, words = DEMANDS[need]
        if not met(job):
            yield (key,) if key else (), f"{function} needs {words}"
    for need in ("multiply-adds", "weights of another"):
        key = DEMANDS[need][0]
        if need not in needed and key in job.spec["method"]:
            yield (key,), f"{function} has no use for {key}; take it out"
    given = job.spec["method"].get("params", {})
    for field, parameter in params.declared(function).items():
        place = ("params", field) if field in given else ()
        for value in _values(job, field):
            yield from ((place, text) for text in _too_much(job, parameter.kind, value))


def _values(job: Trained, field: str) -> list[Any]:
    """What a parameter is in a job, or may be after its search."""
    given = job.spec["method"].get("params", {})
    search = job.search if isinstance(job, Sweep) else job
    drawn = search.spec["search"].get(field, {}) if search else {}
    return drawn.get("choice", [given[field]] if field in given else [])


def _too_small(job: Trained) -> Iterator[Fault]:
    """Budgets that leave nothing to store; a method with another's numbers of weights has none."""
    if job.start or not job.parent:
        axis = job.spec["method"].get("budget_of", "weights")
        try:
            AXES[axis](_network(job), min(_points(job)))
        except Refused as refusal:
            yield (), str(refusal)


def _too_many(job: Trained) -> Iterator[Fault]:
    """A batch of more images than there are to train on: an epoch would be one step on fewer."""
    recipe = {**job.spec["task"]["recipe"], **job.spec["method"].get("recipe", {})}
    search = job.search if isinstance(job, Sweep) else job
    drawn = search.spec["search"].get("batch", {}).get("choice", []) if search else []
    most = _dataset(job)["sizes"]["train"]
    keys = ("search", "batch") if drawn else ("recipe", "batch")
    for batch in drawn or [recipe["batch"]]:
        if batch > most:
            yield keys, f"a batch of {batch} is too large; there are {most} training images"


def _too_much(job: Trained, kind: params.Kind, value: Any) -> Iterator[str]:
    """What of a parameter's value a task does not have: images, layers, inputs or units."""
    if kind in ("images", "some images"):
        most = _dataset(job)["sizes"]["train"] - (kind == "some images")
        if value > most:
            yield f"{value} images are too many; there are {most} at most"
    elif kind == "widening" and value > 1:
        yield from _too_wide(_network(job), value)
    elif isinstance(kind, dict) and "*" in kind:
        weights = weights_of(_network(job))
        for name, part in value.items():
            if name not in weights:
                yield f"there is no layer {name!r}; known: {', '.join(weights)}"
            elif kind["*"] == "rank" and part > (most := min(_matrix(weights[name].shape))):
                yield f"{part} are too many for layer {name}; its inputs and units allow {most}"


def _too_wide(network: dict[str, Any], factor: int) -> Iterator[str]:
    """Why the hidden layers of a network cannot be so many times as wide."""
    if network["name"] != "mlp":
        yield f"only an mlp can be expanded, not a {network['name']}"
        return
    inputs, *hidden, outputs = network["sizes"]
    wide = {**network, "sizes": [inputs, *(factor * units for units in hidden), outputs]}
    if (parameters := parameter_count(wide)) > LARGEST:
        yield f"{parameters:,} weights are too many; {LARGEST:,} can be trained"


def _matrix(shape: tuple[int, ...]) -> tuple[int, int]:
    return shape[0], prod(shape[1:])


def _one_channel(job: Trained) -> bool:
    """Whether a small convolutional network of one channel is within the budget and the limit."""
    allowed = AXES["weights"](_network(job), min(_points(job)))
    limit = max(_values(job, "multiply_adds_limit"), default=inf)
    image, classes = _dataset(job)["image"], _dataset(job)["classes"]
    specs = [small_convnet(shape, 1, image, classes) for shape in _values(job, "shape")]
    return any(
        runs(spec) and weight_count(spec) <= allowed and multiply_adds(spec) <= limit
        for spec in specs
    )


def _of_matrices(job: Trained) -> bool:
    return _network(job)["name"] != "lenet1" and not _network(job).get("separable")


def _hidden(job: Trained) -> bool:
    return _network(job)["name"] == "mlp" and len(_network(job)["sizes"]) > 2


# By need: the key of a method's entry that it is about, whether a job has it, and what it is.
DEMANDS: dict[str, tuple[str, Callable[[Trained], bool], str]] = {
    "reference": (
        "reference", lambda job: job.start is not None and job.start.budgets == [1.0],
        "one network to start from; write `reference: true`, or a method that starts from none",
    ),
    "references": (
        "reference", lambda job: job.start is not None and job.start.budgets != [1.0],
        "networks by budget to start from; name a method in `reference` that starts from another",
    ),
    "weights of another": (
        "weights_of", lambda job: "weights_of" in job.spec["method"],
        "another's numbers of weights; name a method in `weights_of`",
    ),
    "multiply-adds": (
        "budget_of", lambda job: "budget_of" in job.spec["method"], "`budget_of: multiply_adds`",
    ),
    "widths": (
        "", lambda job: "widths" in _network(job), "a network with `widths`",
    ),
    "matrices": (
        "", _of_matrices, "layers that read all maps before them; lenet1 and separable ones do not",
    ),
    "hidden units": ("", _hidden, "an mlp with hidden units"),
    "budget 1": ("", lambda job: _points(job) == [1.0], "the budget 1 and no other"),
    "one channel": (
        "", _one_channel, "room for one channel of a `shape`; raise multiply_adds_limit or budget",
    ),
}  # fmt: skip
