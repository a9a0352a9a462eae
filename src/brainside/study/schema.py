"""The shape of a study's config in memory, after the files of its folder have been merged."""

from typing import Any, Literal, NotRequired, TypedDict

Budget = str | float  # as it is written: "1/8", 0.125


class Recipe(TypedDict, total=False):
    """How a network is trained; a method's or a task's override has a part of it."""

    loss: str
    epochs: int
    batch: int
    learning_rate: float
    momentum: float
    weight_decay: float
    l1: float
    schedule: str
    precision: str
    augment: str
    clip: float


class NetworkSpec(TypedDict):
    """An architecture by name, with the fields that its function takes."""

    name: str
    sizes: NotRequired[list[int]]
    image: NotRequired[list[int]]
    channels: NotRequired[list[int]]
    kernel: NotRequired[int]
    kernels: NotRequired[list[int]]
    widths: NotRequired[list[int]]
    hidden: NotRequired[list[int]]
    pool_after: NotRequired[list[int]]
    classes: NotRequired[int]
    activation: NotRequired[str]
    output: NotRequired[str]
    pixels: NotRequired[list[float]]
    background: NotRequired[float]
    separable: NotRequired[bool]
    dropout: NotRequired[float]


class Range(TypedDict, total=False):
    """What a trial draws: one of two ends in the logarithm, or one of a list."""

    log_uniform: list[float]
    choice: list[Any]


Space = dict[str, Range]


class TaskEntry(TypedDict):
    """A dataset with a network."""

    dataset: str
    network: NetworkSpec
    recipe: Recipe
    margin: float
    epoch_seconds: float
    tuned_on: NotRequired[str]
    search: NotRequired[Space]
    overrides: NotRequired[dict[str, Recipe]]


class MethodEntry(TypedDict):
    """A method with its settings."""

    function: str
    title: str
    phase: NotRequired[Literal["first", "second"]]
    beside: NotRequired[str]
    reference: NotRequired[bool | str]
    weights_of: NotRequired[str]
    same_networks_as: NotRequired[str]
    schedule: NotRequired[list[Budget]]
    recipe: NotRequired[Recipe]
    params: NotRequired[dict[str, Any]]
    budget_of: NotRequired[str]
    search: NotRequired[Space]
    search_of: NotRequired[str]
    search_everywhere: NotRequired[bool]
    search_budgets: NotRequired[list[Budget]]
    search_epochs_factor: NotRequired[float]
    search_trials: NotRequired[int]
    tuned_at: NotRequired[Budget]
    epoch_cost: NotRequired[float]


class Experiment(TypedDict):
    """A rectangle of the study: every task with every method at every budget and seed."""

    name: NotRequired[str]
    tasks: list[str]
    methods: list[str]
    budgets: list[Budget]
    seeds: list[int]


class PlotDataEntry(TypedDict):
    """What of the checkpoints a figure draws."""

    kind: str
    budgets: list[Budget]
    seeds: list[int]


class FigureEntry(TypedDict):
    """What a figure draws, and of which tasks and methods."""

    draw: str
    caption: str
    tasks: NotRequired[list[str]]
    methods: NotRequired[list[str]]
    options: NotRequired[dict[str, Any]]
    plotdata: NotRequired[PlotDataEntry]


class CodedNetworks(TypedDict):
    """A rectangle of networks, and the codecs that they are coded with (all where absent)."""

    tasks: list[str]
    methods: list[str]
    budgets: list[Budget]
    seeds: list[int]
    codecs: NotRequired[list[str]]


class SmallestFile(TypedDict):
    """Where the smallest file within an error of validation images is looked for."""

    tasks: list[str]
    error: float
    without: NotRequired[list[str]]


class CodingsEntry(TypedDict):
    """Codecs by name, pairs of them to compare, and the networks that they code."""

    codecs: dict[str, dict[str, Any]]
    compared: NotRequired[list[list[str]]]
    smallest: NotRequired[dict[str, SmallestFile]]
    networks: list[CodedNetworks]


class SearchPlan(TypedDict):
    """The effort of every search."""

    trials: int
    budgets: list[Budget]
    seed: int
    epochs_factor: float


class Gallery(TypedDict):
    """Which checkpoints the bundled remote carries."""

    tasks: list[str]
    seed: int
    budgets: list[Budget]


class StudyConfig(TypedDict):
    """A whole study."""

    study: str
    kind: Literal["live", "archived"]
    report: str
    device: str
    claims: list[str]
    tasks: dict[str, TaskEntry]
    methods: dict[str, MethodEntry]
    tuning: SearchPlan
    experiments: list[Experiment]
    figures: dict[str, FigureEntry]
    gallery: Gallery
    codings: NotRequired[CodingsEntry]
