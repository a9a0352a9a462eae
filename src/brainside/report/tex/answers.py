"""A claim's verdict in words, with the numbers behind it."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from brainside.analysis.claims import PENDING
from brainside.analysis.verdicts import LEVEL
from brainside.analysis.wording import between
from brainside.report.tex.latex import ABSENT, escaped

# What estimates name by its name in the config or in tables, as a reader calls it.
TERMS = {
    "deep-compression": "Deep Compression's codec",
    "webgraph": "WebGraph",
    "webgraph-stored": "WebGraph in the stored order",
    "webgraph-alone": "WebGraph without references",
    "webgraph-defaults": "WebGraph with its defaults",
    "webgraph-gaps": "WebGraph's codes of gaps",
    "webgraph-chains": "WebGraph with longer chains",
    "contexts": "adaptive contexts",
    "uniform-plain": "uniform levels",
    "subset-sums": "sums of subsets",
    "train loss": "training loss",
    "lambda max 1 over lambda min 1": "largest over smallest relative eigenvalue, first layer",
    "mnist": "MNIST",
    "basic": "BASIC",
    "rot": "ROT",
    "bg-rand": "BG-RAND",
    "bg-img": "BG-IMG",
    "bg-img-rot": "BG-IMG-ROT",
    "rect": "RECT",
    "convex": "CONVEX",
    "fashion": "Fashion-MNIST",
    "cifar10": "CIFAR-10",
    **{f"value bits={bits}": f"with {bits} bits a value" for bits in range(1, 17)},
}
Claim = Mapping[Any, Any]  # a row of claims.csv, with the `checks` of the config
# Checks by what is measured: the unit of an effect, and checks that count networks and not seeds.
POINTS = ("less_error", "no_more_error", "smaller_gap", "error_at_most", "less_error_at_bytes")
FACTORS = ("less", "agree", "falls", "fewer_bits", "fewer_bits_than_density", "fewer_bits_at_loss")
NETWORKS = ("correlated",)
CONDITIONAL = {"holds here": "would hold here", "does not hold here": "would not hold here"}


def paper_value(claim: Claim) -> str:
    """The paper's value, and how sure we are of it unless it is confirmed or there is none."""
    confidence = claim["confidence"]
    sure = "" if confidence in ("confirmed", "unknown") else f" ({confidence})"
    return f"{claim['paper_value']}{sure}"


def predicate(claim: Claim) -> str:
    """A claim's verdict with its verb, for a sentence whose subject is the claim."""
    verdict = claim["verdict"]
    return verdict if verdict.startswith(("holds", "does")) else f"is {verdict}"


def verdict_sentence(claim: Claim, titles: Mapping[str, str]) -> str:
    """A claim's verdict with its verb and the numbers behind it, as the end of a sentence."""
    if claim["verdict"] == PENDING:
        return "is pending, as records that it needs are not there yet"
    facts = [
        estimate(brief(claim), titles),
        sample(claim),
        uncorrected(claim) or detectable(claim),
    ]
    return f"{predicate(claim)} ({'; '.join(fact for fact in facts if fact)})"


def brief(claim: Claim) -> Claim:
    """A claim that says of several tasks on how many it holds, and not the difference on each."""
    checks, ours = claim["checks"], claim["ours"]
    if len(checks) == 1 and checks[0]["check"] in POINTS and len(checks[0]["tasks"]) > 1:
        methods, _, differences = ours.partition(": ")
        ours = f"{methods}: {differences.partition('; ')[2]}"
    return {**claim, "ours": ours}


def estimate(claim: Claim, titles: Mapping[str, str]) -> str:
    """What the checks say, as TeX, with the titles of methods in italics instead of their names."""
    italics = {name: rf"\emph{{{escaped(title)}}}" for name, title in titles.items()}
    return titled(escaped(claim["ours"].replace("_", " ")), italics)


def titled(text: str, titles: Mapping[str, str]) -> str:
    """A text with the titles of methods, and TERMS, instead of the names in config and tables."""
    known = {**TERMS, **titles}
    names = "|".join(sorted(map(re.escape, known), key=len, reverse=True))
    return re.sub(rf"(?<![\w/-])(?:{names})(?![\w/-])", lambda name: known[name[0]], text)


def difference(claim: Claim) -> str:
    """The difference of error that the first check found, in points with its interval, as TeX.

    The mean over its tasks where there are several; ABSENT where there is none.
    """
    checks = [check["check"] for check in claim["checks"][:1]]
    if claim["low"] == "" or checks not in (["less_error"], ["no_more_error"]):
        return ABSENT
    low, high = float(claim["low"]), float(claim["high"])
    mean, *ends = (f"${100 * value:+.2f}$" for value in ((low + high) / 2, low, high))
    return between(mean, ends)


def sample(claim: Claim) -> str:
    """How many seeds, or networks, the first check has."""
    of_networks = bool(claim["checks"]) and claim["checks"][0]["check"] in NETWORKS
    return f"{claim['n']} {'networks' if of_networks else 'seeds'}"


def detectable(claim: Claim) -> str:
    """For an undecided claim, the smallest effect that its first check finds with 80 % power."""
    size = effect(claim) if claim["verdict"] == "undecided" else ""
    return rf"80\,\% power at an effect of {size}" if size else ""


def uncorrected(claim: Claim) -> str:
    """For a claim that is undecided among its paper's claims only, its verdict alone."""
    if claim["verdict"] == claim["alone"]:
        return ""
    p, among = (p_value(float(claim[name])) for name in ("p", "p_holm"))
    would = CONDITIONAL.get(claim["alone"], f"would be {claim['alone']}")
    return f"alone it {would}, p = {p}; among the paper's claims p = {among}"


def p_value(p: float) -> str:
    """A p-value in two digits, or in more where two of them would be LEVEL."""
    rounded = (f"{p:.{digits}g}" for digits in range(2, 18))
    return next((text for text in rounded if float(text) != LEVEL), str(LEVEL))


def effect(claim: Claim) -> str:
    """The smallest effect that a claim's first check could find, with its unit; may be empty."""
    checks = [check["check"] for check in claim["checks"]]
    if claim["detectable"] == "" or not checks:
        return ""
    size = float(claim["detectable"])
    if checks[0] in POINTS:
        return f"{100 * size:.2f} points"
    return f"a factor of {np.exp(size):.2f}" if checks[0] in FACTORS else ""
