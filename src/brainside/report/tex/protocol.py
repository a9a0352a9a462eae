"""What the study does, from its config, as TeX: tasks, search spaces, the settings found, costs."""

from collections.abc import Iterator, Mapping
from itertools import pairwise, permutations
from pathlib import Path
from typing import Any

from brainside.archive.digests import made_of
from brainside.archive.searches import read_search
from brainside.base.budgets import ratio
from brainside.data.catalogue import entry
from brainside.networks.titles import TITLES
from brainside.report.tex.latex import ABSENT, escaped, plain, row, rows, tabular
from brainside.study import costs
from brainside.study.searches import Search
from brainside.study.study import Study

# An assumption: a core of a server at work, with its share of memory, fans and power supply.
WATTS = 10.0
RANGED = ("learning_rate", "weight_decay", "l1")
ALIKE = ("search", "epochs_factor", "trials", "seed")  # searches of the same trials


def files(study: Study) -> dict[str, str]:
    """The generated TeX by the names of the files."""
    return {"tasks": _tasks(study), "searches": rows(_searches(study)),
            "settings": rows(_settings(study)), "costs": _costs(study)}  # fmt: skip


def definitions(study: Study) -> dict[str, str]:
    """Macros: searches done, and hours and energy of the whole study, planned and taken."""
    jobs = [*study.everything, *study.searches]
    planned, taken = costs.seconds(jobs, study) / 3600, costs.taken(jobs) / 3600
    searched = sum(search.path.exists() for search in study.searches)
    return {
        "tuning/searches": str(len(study.searches)), "tuning/searched": str(searched),
        "cost/planned-hours": f"{planned:.1f}", "cost/taken-hours": f"{taken:.1f}",
        "cost/watts": plain(WATTS), "cost/planned-kwh": f"{planned * WATTS / 1000:.2f}",
        "cost/taken-kwh": f"{taken * WATTS / 1000:.2f}",
    } | dict(_same_draws(study))  # fmt: skip


def _same_draws(study: Study) -> Iterator[tuple[str, str]]:
    """In how many trials one method erred more on validation data than another.

    Searches of equal spaces and lengths draw equal settings, so that their trials are pairs: an
    order of methods that holds in all of them does not come of what the searches found.
    """
    searches = [(search, _errors(search)) for search in study.searches]
    for (one, ours), (other, theirs) in permutations(searches, 2):
        if one.task == other.task and all(one.spec[k] == other.spec[k] for k in ALIKE):
            for budget in sorted(ours.keys() & theirs.keys()):
                place = f"{one.task}/{one.method}/tuned/{budget:.4g}/above/{other.method}"
                pairs = list(zip(ours[budget], theirs[budget], strict=False))
                above = sum(error > compared for error, compared in pairs)
                yield place, f"{above} of {len(pairs)}" if pairs else ABSENT


def _errors(search: Search) -> dict[float, list[float]]:
    """Validation errors of a search's trials by its budgets; none where it is not done."""
    trials = read_search(search)["trials"] if search.path.exists() else []
    found: dict[float, list[float]] = {budget: [] for budget in search.spec["budgets"]}
    for trial in trials:
        found[trial["budget"]].append(trial["valid_error"])
    return found


def _tasks(study: Study) -> str:
    head = row(["task", "images / 1,000", "network", "weights", "epochs", "batch", "margin"])
    named = list(dict.fromkeys(sweep.task for sweep in study.sweeps))
    lines = [_task(name, study.config["tasks"][name]) for name in named]
    return tabular("@{}lllrrrr@{}", head, lines, made_of(_references(study)))


def _references(study: Study) -> Iterator[Path]:
    return (sweep.path for sweep in study.sweeps if sweep.method == "reference")


def _task(name: str, task: Mapping[str, Any]) -> str:
    sizes, recipe = entry(task["dataset"])["sizes"], task["recipe"]
    images = " / ".join(f"{sizes[split] / 1000:g}" for split in ("train", "valid", "test"))
    marks = "a" * ("augment" in recipe) + "b" * (recipe["precision"] == "bfloat16")
    marks += "c" * (recipe["loss"] != "cross-entropy")
    return row([
        rf"\texttt{{{name}}}", images, _network(task["network"]),
        _weights(name, task["network"]), f"{recipe['epochs']}$^{{{marks}}}$",
        str(recipe["batch"]), f"{100 * task['margin']:.1f}",
    ])  # fmt: skip


def _weights(task: str, network: Mapping[str, Any]) -> str:
    """Known from the sizes of the layers, or from the record of the reference."""
    if "sizes" in network:
        return f"{sum(n_in * n_out for n_in, n_out in pairwise(network['sizes'])):,}"
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
    """A row for each search space: methods, ranges, tuning budgets, share of the epochs."""
    spaces: dict[tuple[str, ...], list[str]] = {}
    for search in study.searches:
        method = study.config["methods"][search.method]
        titles = spaces.setdefault(_space(search), [])
        titles += [method["title"]] if method["title"] not in titles else []
    return [row([escaped("; ".join(titles)), *space]) for space, titles in spaces.items()]


def _space(search: Search) -> tuple[str, ...]:
    ranges_of, spec = search.spec["search"], search.spec
    ranges = [_range(ranges_of[name]) if name in ranges_of else "" for name in RANGED]
    other = [f"{name}: {_range(space)}" for name, space in ranges_of.items() if name not in RANGED]
    budgets = ", ".join(map(ratio, spec["budgets"]))
    return (*ranges, "; ".join(other), budgets, plain(spec["epochs_factor"]))


def _range(space: Mapping[str, list]) -> str:
    if "log_uniform" in space:
        return "--".join(map(_bound, space["log_uniform"]))
    choices = space["choice"]
    named = any(isinstance(each, dict) for each in choices)
    return f"{len(choices)} choices" if named else ", ".join(map(str, choices))


def _bound(value: float, decimals: int = 0) -> str:
    if value == 0 or value >= 0.001:
        return plain(value)
    digits, exponent = f"{value:.{decimals}e}".split("e")
    return rf"${digits}\cdot10^{{{int(exponent)}}}$"


def _settings(study: Study) -> list[str]:
    """A row for each search that is done, with what it chose."""
    there = [search for search in study.searches if search.path.exists()]
    lines = [
        row([rf"\texttt{{{t.task}}}", escaped(study.config["methods"][t.method]["title"]),
             _chosen(t)])
        for t in there
    ]  # fmt: skip
    said = made_of(search.path for search in there).replace("records", "searches")
    return [*lines, rf"\multicolumn{{3}}{{@{{}}l@{{}}}}{{\smallprint{{{said}}}}} \\"]


def _chosen(search: Search) -> str:
    best = read_search(search)["best"]
    found = ((budget, best.get(f"{budget:.6g}", {})) for budget in search.spec["budgets"])
    return "; ".join(
        f"{ratio(budget)}: {', '.join(map(_setting, chosen.items())) or ABSENT}"
        for budget, chosen in found
    )


def _setting(item: tuple[str, Any]) -> str:
    name, value = item
    if isinstance(value, dict):
        return ", ".join(f"{part} {size}" for part, size in value.items())
    known = {"learning_rate": r"$\eta$", "weight_decay": r"$\lambda_2$", "l1": r"$\lambda_1$"}
    return f"{known.get(name, name)} {_bound(value, 1)}"


def _costs(study: Study) -> str:
    """A row an experiment: jobs, those done, epochs, hours planned and taken."""
    head = row(["experiment", "jobs", "done", "epochs", "planned (h)", "taken (h)"])
    experiments = costs.by_experiment(study)
    lines = [_cost(name, _jobs(groups), study) for name, groups in experiments.items()]
    whole = [job for groups in experiments.values() for job in _jobs(groups)]
    said = made_of(job.cost for job in whole).replace("records", "costs")
    return tabular("@{}lrrrrr@{}", head, [*lines, r"\midrule", _cost("all", whole, study)], said)


def _jobs(groups: costs.Groups) -> list:
    return [job for jobs in groups.values() for job in jobs]


def _cost(name: str, jobs: list, study: Study) -> str:
    hours = [costs.seconds(jobs, study) / 3600, costs.taken(jobs) / 3600]
    epochs = sum(costs.epochs(job.spec) for job in jobs)
    counts = [str(len(jobs)), str(sum(job.done for job in jobs)), f"{epochs:,.0f}"]
    return row([escaped(name), *counts, *(f"{each:.1f}" for each in hours)])
