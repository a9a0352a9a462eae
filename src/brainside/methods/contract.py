"""The contract between methods and the jobs that run them.

A method is a function from a `Run` to stored networks, which configs name as `file.function`; its
file is in this package, with

- VERSION, part of the keys: raise it when the same config gives other bytes;
- PARAMS, what the `params` of each function may be (see `brainside.study.params`);
- the functions. One that trains each budget's network on its own is written for one budget:

      @each_budget
      def sweep(run: Run, budget: float) -> Compressed: ...

  and one whose networks build on each other for all of them, largest budget first:

      def sweep(run: Run) -> Iterator[Compressed]: ...

`run.at(budget)` has what a training needs (settings, seed, progress, the number of weights that the
budget allows), and `run.at(budget).train(network)` does it. Randomness comes from seeds that are
derived by name (`point.derived("mask")`), so that a network depends on the config only, and not on
which budgets are trained with it. A new saliency for pruning is shorter still: see
`shared.pruning.prune_by`.
"""

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import torch
from torch import nn

from brainside.base.budgets import tag
from brainside.base.errors import Refused
from brainside.base.progress import Progress
from brainside.base.seeds import derive
from brainside.data.datasets import Data, load
from brainside.networks.allowance import stored_weights
from brainside.networks.weights import weight_count
from brainside.representations.compressed import Compressed
from brainside.training import loop

Settings = Mapping[str, Any]  # the recipe of the training and the parameters of the method
Params = Mapping[str, Mapping[str, object] | str]  # the type of PARAMS


@dataclass(frozen=True)
class Task:
    """A dataset, an architecture (its spec) and the reference's number of weights."""

    name: str
    data: Data
    network: dict[str, Any]
    reference_weights: int

    @property
    def device(self) -> str:
        """The device of the data, where training happens (`cpu`, `cuda`)."""
        return self.data.train.images.device.type

    @property
    def image_shape(self) -> tuple[int, ...]:
        """Channels, height and width of an image."""
        return tuple(self.data.train.images.shape[1:])

    def stored_weights(self, budget: float) -> int:
        """How many free weights a budget allows."""
        return stored_weights(budget, self.reference_weights)


@dataclass(frozen=True)
class Start:
    """One stored network that a method starts from, at all budgets: the reference, a supernet."""

    network: Compressed


@dataclass(frozen=True)
class Starts:
    """The networks of another method that a method starts from, by budget."""

    networks: Mapping[float, Compressed]


@dataclass(frozen=True)
class Weights:
    """Numbers of weights of another method's networks, by budget; the networks are not read."""

    counts: Mapping[float, int]


@dataclass(frozen=True)
class Point:
    """One budget of a run.

    `settings` are the recipe and the method's parameters at this budget, `seed` is that of the run,
    and `progress` names the budget, in messages and in the names of resume points.
    """

    task: Task
    budget: float
    settings: Settings
    seed: int
    progress: Progress

    @property
    def weights(self) -> int:
        """How many free weights the budget allows."""
        return self.task.stored_weights(self.budget)

    def derived(self, use: str) -> int:
        """A seed for one use of randomness at this budget."""
        return derive(self.seed, use, tag(self.budget))

    def train(
        self,
        network: nn.Module,
        *,
        use: str | None = None,
        constrain: Callable[[nn.Module], None] | None = None,
        objective: loop.Objective | None = None,
    ) -> loop.Trained:
        """Train a network in place on the task, as this budget's settings say; see `loop.train`.

        Its batches are those of the run's seed, the same at all budgets, or of one derived for a
        use. `Trained.columns` has what a record says of the training.
        """
        return loop.train(
            network,
            self.task.data,
            self.settings,
            seed=self.derived(use) if use else self.seed,
            progress=self.progress,
            constrain=constrain,
            objective=objective,
        )


@dataclass(frozen=True)
class Run:
    """What a method is asked for, and what it is given.

    `budgets` are fractions, descending: one stored network is wanted for each. `settings` gives a
    budget's recipe and parameters. `start` is what the config lets the method start from; `resume`
    the last network of a trajectory that was interrupted, just before the first of `budgets`.
    `points` is the whole schedule of a trajectory, finished budgets included.
    """

    task: Task
    budgets: Sequence[float]
    settings: Callable[[float], Settings]
    seed: int
    progress: Progress
    start: Start | Starts | Weights | None = None
    resume: Compressed | None = None
    points: Sequence[float] = ()

    def at(self, budget: float) -> Point:
        """One budget of the run."""
        progress = self.progress.at(f"budget {budget:.4g}")
        return Point(self.task, budget, self.settings(budget), self.seed, progress)

    @property
    def start_network(self) -> Compressed:
        """The one network that the run starts from; Refused where the config names none."""
        if not isinstance(self.start, Start):
            raise Refused("the method starts from one network; write `reference: true` (or a name)")
        return self.start.network

    @property
    def start_networks(self) -> Mapping[float, Compressed]:
        """Another method's networks by budget; Refused where the config names no such method."""
        if not isinstance(self.start, Starts):
            raise Refused("the method starts from networks by budget; name theirs in `reference`")
        return self.start.networks

    @property
    def start_weights(self) -> Mapping[float, int]:
        """Another method's numbers of weights by budget; Refused where the config names none."""
        if not isinstance(self.start, Weights):
            raise Refused("the method has as many weights as another; name it in `weights_of`")
        return self.start.counts


Method = Callable[[Run], Iterator[Compressed]]


def each_budget(network: Callable[[Run, float], Compressed]) -> Method:
    """The method that makes one network per budget, independently of the others."""

    @wraps(network)
    def sweep(run: Run) -> Iterator[Compressed]:
        """One network per budget, in the order of the budgets."""
        for budget in run.budgets:
            yield network(run, budget)

    return sweep


def open_task(spec: Mapping[str, Any], device: str, file: Path) -> Task:
    """The task of a sweep's spec, with its data, of a prepared file, on a device (`cpu`, `cuda`).

    Raises Refused when the data are not those that the key was made with, or without the device.
    """
    if device == "cuda" and not torch.cuda.is_available():
        raise Refused("the config asks for a GPU and PyTorch sees none; set `device: cpu`")
    data = load(spec["dataset"], file)
    if data.digest != spec["digest"]:
        raise Refused(
            f"{spec['dataset']}: data have digest {data.digest[:12]}, the config asks for "
            f"{spec['digest'][:12]}; remove {file}"
        )
    return Task(spec["name"], data.to(device), spec["network"], weight_count(spec["network"]))


def find(function: str) -> Method:
    """The method that a config names as `file.function`; Refused when there is none."""
    module, name = function.split(".")
    try:
        method: Method = getattr(importlib.import_module(f"brainside.methods.{module}"), name)
    except (ModuleNotFoundError, AttributeError) as error:
        raise Refused(f"method function {function!r} not found: {error}") from None
    return method
