"""The claims that a study judges: files of config/claims, one per paper."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

from brainside.base import paths
from brainside.base.budgets import share
from brainside.base.configs import read_valid
from brainside.base.errors import Refused
from brainside.base.lines import line_of
from brainside.study import arguments
from brainside.study.codings import codings
from brainside.study.reported import parsed
from brainside.study.study import Study

METHOD_FIELDS = ("method", "against", "other", "other_against", "variants")  # of a check
CODEC_FIELDS = ("codecs", "against_codecs")
Seeds = defaultdict[tuple[Any, ...], set[int]]
Claim = Mapping[str, Any]  # an entry of a file of config/claims, with its `paper`


def read(study: Study, folder: Path = paths.CLAIMS) -> list[Claim]:
    """The claims that a study judges, each with its paper, in the order of study.yaml.

    Raises Refused where a file is missing or does not fit its schema, or where two claims have the
    same id.
    """
    claims: dict[str, Claim] = {}
    for path in files(study, folder):
        part = read_valid(path, "claims")
        for number, claim in enumerate(part["claims"]):
            if claim["id"] in claims:
                place = line_of(path, ("claims", number, "id"))
                raise Refused(f"{place}: claim {claim['id']} appears twice; rename one")
            claims[claim["id"]] = {"paper": part["paper"], **claim}
    return list(claims.values())


def check(study: Study, folder: Path = paths.CLAIMS) -> None:
    """Refuse a claim about a task, a method, a codec or files that the study does not have.

    It would be pending for ever, as if records were missing. Arguments that its check does not take
    are refused, too, and a budget as `parsed` does.
    """
    trained = _seeds(((s.task, s.method, b), s.seed) for s in study.sweeps for b in s.budgets)
    coded = _seeds(
        ((codec, job.task, job.method, budget), job.sweep.seed)
        for job in codings(study)
        for codec, _ in job.codecs
        for budget in job.budgets
    )
    for path in files(study, folder):
        for number, claim in enumerate(read_valid(path, "claims")["claims"]):
            for each, made in enumerate(claim["checks"]):
                for field, fault in (*arguments.faults(made), *_strays(study, made)):
                    keys = ("claims", number, "checks", each, field)
                    place = f"{line_of(path, keys)}: {claim['id']}.{made['check']}.{field}"
                    raise Refused(f"{place}: {fault}")
                place = line_of(path, ("claims", number, "checks", each, "budgets"))
                where = f"{place}: {claim['id']}.{made['check']}.budgets"
                budgets = parsed(made["budgets"], where)
                if missing := _uncoded(made, budgets, trained, coded):
                    raise Refused(f"{where}: {missing}; let an entry of codings.networks have it")


def methods_of(check: Mapping[str, Any]) -> list[str]:
    """The methods whose networks a check reads, each once."""
    methods = [name for _, name in _methods(check)]
    if check["check"] == "no_more_error" and "against" not in check:
        methods.append("reference")
    return list(dict.fromkeys(methods))


def _methods(check: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The fields of a check that name methods, a pair for each name."""
    for field in METHOD_FIELDS:
        names = check.get(field, [])
        yield from ((field, name) for name in ([names] if isinstance(names, str) else names))


def _strays(study: Study, made: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The fields of a check whose task, method or codec is unknown, and what is."""
    known = {*study.config["methods"], "reference"}
    codecs = study.config.get("codings", {}).get("codecs", {})
    named = [("tasks", task) for task in made["tasks"] if task not in study.config["tasks"]]
    named += [(field, name) for field, name in _methods(made) if name not in known]
    named += [(f, name) for f in CODEC_FIELDS for name in made.get(f, []) if name not in codecs]
    for field, name in named:
        yield field, f"{study.path} has no {name!r}"


def _seeds(networks: Iterable[tuple[tuple[Any, ...], int]]) -> Seeds:
    """The seeds of networks by what else tells them apart."""
    seeds: Seeds = defaultdict(set)
    for cell, seed in networks:
        seeds[cell].add(seed)
    return seeds


def _uncoded(made: Mapping[str, Any], budgets: list[float], trained: Seeds, coded: Seeds) -> str:
    """The first cell that a check on files needs and that none of its codecs codes whole, or ''."""
    if "codecs" not in made:
        return ""
    cells = list(product(made["tasks"], budgets))
    for field, method in _methods(made):
        codecs = made["against_codecs" if field == "against" and "against_codecs" in made
                      else "codecs"]  # fmt: skip
        for task, budget in cells:
            cell = (task, method, budget)
            if not any(coded[codec, *cell] >= trained[cell] for codec in codecs):
                where = f"{method} on {task} at {share(budget)}"
                return f"no codec of {', '.join(codecs)} codes all seeds of {where}"
    return ""


def line(study: Study, name: str, folder: Path = paths.CLAIMS) -> str:
    """`path:line` of a claim by its id; the folder where no file of the study's has it."""
    for path in files(study, folder):
        for number, claim in enumerate(read_valid(path, "claims")["claims"]):
            if claim["id"] == name:
                return line_of(path, ("claims", number))
    return str(folder)


def files(study: Study, folder: Path = paths.CLAIMS) -> list[Path]:
    """The files of a study's claims, in the order of study.yaml."""
    return [folder / f"{name}.yaml" for name in study.config["claims"]]
