"""What the study does, from its config, as TeX: tasks, search spaces, the settings found, costs."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from brainside.archive.digests import made_of
from brainside.archive.edges import edges
from brainside.archive.searches import read_search
from brainside.base.budgets import ratio, tag
from brainside.data.catalogue import entry
from brainside.networks.titles import TITLES
from brainside.networks.weights import weight_count
from brainside.report.number import Number, Origin
from brainside.report.tex import searches
from brainside.report.tex.latex import ABSENT, count, escaped, plain, row, rows, tabular
from brainside.study import costs
from brainside.study.study import Study
from brainside.study.sweeps import Search, Trained

# An assumption: a core of a server at work, with its share of memory, fans and power supply.
WATTS = 10.0
AT_AN_END = r"$^\dagger$"  # a setting in the outermost tenth of its range
RANGED = ("learning_rate", "weight_decay", "l1")


def files(study: Study) -> dict[str, str]:
    """The generated TeX by the names of the files."""
    return {"tasks": _tasks(study), "searches": rows(_searches(study)),
            "settings": rows(_settings(study)), "costs": _costs(study)}  # fmt: skip


def numbers(study: Study) -> Iterator[Number]:
    """Searches done, pairs of trials, and hours and energy of the study, planned and taken."""
    jobs: list[Trained] = [*study.everything, *study.searches]
    planned, taken = costs.seconds(jobs, study) / 3600, costs.taken(jobs) / 3600
    texts = {
        "tuning/searches": str(len(study.searches)),
        "tuning/searched": str(sum(search.done for search in study.searches)),
        "tuning/at-an-end": str(len({edge.search.path for edge in edges(study.searches)})),
        "cost/planned-hours": f"{planned:.1f}",
        "cost/taken-hours": f"{taken:.1f}",
        "cost/watts": plain(WATTS),
        "cost/planned-kwh": f"{planned * WATTS / 1000:.2f}",
        "cost/taken-kwh": f"{taken * WATTS / 1000:.2f}",
    }
    yield from (Number(address, text, Origin("study")) for address, text in texts.items())
    yield from searches.trials(study)


def _tasks(study: Study) -> str:
    head = row(["task", "images", "network", "weights", "epochs", "batch", "margin"])
    named = list(dict.fromkeys(sweep.task for sweep in study.sweeps))
    lines = [_task(name, study.config["tasks"][name]) for name in named]
    return tabular("@{}lllrrrr@{}", head, lines, made_of(_references(study)))


def _references(study: Study) -> Iterator[Path]:
    return (sweep.path for sweep in study.sweeps if sweep.method == "reference")


def _task(name: str, task: Mapping[str, Any]) -> str:
    sizes, recipe = entry(task["dataset"])["sizes"], task["recipe"]
    images = " / ".join(count(sizes[split]) for split in ("train", "valid", "test"))
    marks = "a" * ("augment" in recipe) + "b" * (recipe["precision"] == "bfloat16")
    marks += "c" * (recipe["loss"] != "cross-entropy")
    return row([
        rf"\texttt{{{name}}}", images, _network(task["network"]),
        _weights(name, task["network"]),
        str(recipe["epochs"]) + (f"$^{{{marks}}}$" if marks else ""),
        str(recipe["batch"]), f"{100 * task['margin']:.1f}",
    ])  # fmt: skip


def _weights(task: str, network: Mapping[str, Any]) -> str:
    """Known from the sizes of the layers, or from the record of the reference."""
    if "sizes" in network:
        return count(weight_count(network))
    return rf"\result{{{task}/reference/1/weights}}"


def _network(network: Mapping[str, Any]) -> str:
    """An architecture in a few words, by the fields of its spec."""
    parts = [TITLES[network["name"]]] if network["name"] in TITLES else []
    convolutions = network.get("channels", network.get("widths", []))
    if convolutions:
        parts.append(f"conv.\\ {_chain(convolutions)}")
    units = [*network.get("sizes", []), *network.get("hidden", [])]
    if units:
        parts.append(_chain([*units, network["classes"]] if "classes" in network else units))
    return ", ".join([*parts, *([network["activation"]] if "activation" in network else [])])


def _chain(numbers: list[int]) -> str:
    return "-".join(map(str, numbers))


def _searches(study: Study) -> list[str]:
    """One row per search space: methods, ranges, the search's budgets, share of the epochs."""
    spaces: dict[tuple[str, ...], list[str]] = {}
    for search in study.searches:
        titles = spaces.setdefault(_space(search), [])
        if (title := study.titles[search.method]) not in titles:
            titles.append(title)
    return [row([escaped("; ".join(titles)), *space]) for space, titles in spaces.items()]


def _space(search: Search) -> tuple[str, ...]:
    ranges_of, spec = search.spec["search"], search.spec
    ranges = [_range(ranges_of[name]) if name in ranges_of else "" for name in RANGED]
    other = [f"{name}: {_range(space)}" for name, space in ranges_of.items() if name not in RANGED]
    budgets = ", ".join(map(ratio, spec["budgets"]))
    return (*ranges, "; ".join(other), budgets, plain(spec["epochs_factor"]))


def _range(space: Mapping[str, list[Any]]) -> str:
    if "log_uniform" in space:
        return "--".join(map(_bound, space["log_uniform"]))
    choices = space["choice"]
    named = any(isinstance(choice, dict) for choice in choices)
    return f"{len(choices)} choices" if named else ", ".join(map(str, choices))


def _bound(value: float, decimals: int = 0) -> str:
    if value == 0 or value >= 0.001:
        return plain(value)
    digits, exponent = f"{value:.{decimals}e}".split("e")
    return rf"${digits}\cdot10^{{{int(exponent)}}}$"


def _settings(study: Study) -> list[str]:
    """One row per search that is done, with what it chose."""
    done = [search for search in study.searches if search.done]
    titles = study.titles
    lines = [row([rf"\texttt{{{s.task}}}", escaped(titles[s.method]), _chosen(s)]) for s in done]
    small = made_of(search.path for search in done).replace("records", "searches")
    return [*lines, rf"\multicolumn{{3}}{{@{{}}l@{{}}}}{{\smallprint{{{small}}}}} \\"]


def _chosen(search: Search) -> str:
    """What a search chose by budget; settings at an end of their range have a dagger."""
    best = read_search(search)["best"]
    ends = {(tag(edge.budget), edge.setting) for edge in edges([search])}

    def settings(budget: float) -> str:
        """What was chosen at one budget."""
        chosen = best.get(tag(budget), {}).items()
        marks = {name: AT_AN_END * ((tag(budget), name) in ends) for name, _ in chosen}
        return ", ".join(_setting(name, value) + marks[name] for name, value in chosen) or ABSENT

    return "; ".join(f"{ratio(budget)}: {settings(budget)}" for budget in search.spec["budgets"])


def _setting(name: str, value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{part} {size}" for part, size in value.items())
    known = {"learning_rate": r"$\eta$", "weight_decay": r"$\lambda_2$", "l1": r"$\lambda_1$"}
    return f"{known.get(name, name)} {_bound(value, 1)}"


def _costs(study: Study) -> str:
    """One row per experiment: jobs, those done, epochs, hours planned and taken."""
    head = row(["experiment", "jobs", "done", "epochs", "planned (h)", "taken (h)"])
    by_experiment = {
        name: [job for jobs in groups.values() for job in jobs]
        for name, groups in costs.by_experiment(study).items()
    }
    everything = [job for jobs in by_experiment.values() for job in jobs]
    lines = [_cost(name, jobs, study) for name, jobs in by_experiment.items()]
    lines += [r"\midrule", _cost("all", everything, study)]
    small = made_of(job.cost for job in everything).replace("records", "costs")
    return tabular("@{}lrrrrr@{}", head, lines, small)


def _cost(name: str, jobs: list[Trained], study: Study) -> str:
    hours = [costs.seconds(jobs, study) / 3600, costs.taken(jobs) / 3600]
    epochs = sum(costs.epochs(job.spec) for job in jobs)
    counts = [count(len(jobs)), count(sum(job.done for job in jobs)), count(epochs)]
    return row([escaped(name), *counts, *(f"{time:.1f}" for time in hours)])
