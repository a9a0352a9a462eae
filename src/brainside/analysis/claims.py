"""What the papers claim, judged by the records: one verdict per claim.

A claim is an entry of a file of config/claims; its checks are functions of `checks`, named there
with their arguments.
"""

import inspect
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from brainside.analysis import verdicts
from brainside.analysis.checks import CHECKS
from brainside.analysis.evidence import Evidence
from brainside.analysis.findings import Finding
from brainside.analysis.missing import Missing
from brainside.analysis.verdicts import MIXED, NOT_REPRODUCED, REPRODUCED, UNDECIDED
from brainside.base import paths
from brainside.base.budgets import parse_budget
from brainside.base.errors import Refused
from brainside.study.claims import Claim, check, read
from brainside.study.study import Study

PENDING = "pending"  # records are missing; no verdict
HERE = {REPRODUCED: "holds here", NOT_REPRODUCED: "does not hold here"}
ELSEWHERE = {words: verdict for verdict, words in HERE.items()}
COUNTED = (REPRODUCED, NOT_REPRODUCED, MIXED, UNDECIDED, PENDING)


def judge(claim: Claim, evidence: Evidence) -> dict[str, Any]:
    """A claim's row, judged alone: every check must hold for it to be reproduced (`all_hold`).

    `p` is the p-value of the verdict (`Decision.p`).
    """
    row = {name: claim.get(name, "") for name in ("id", "paper", "statement")}
    row |= {"paper_value": claim["value"], "confidence": claim["confidence"]}
    try:
        findings = findings_of(claim, evidence)
    except Missing as error:
        return {**row, "ours": "", "low": np.nan, "high": np.nan, "n": 0, "detectable": np.nan,
                "p": np.nan, "p_holm": np.nan, "alone": PENDING, "verdict": PENDING,
                "explanation": str(error.args[0])}  # fmt: skip
    decision = verdicts.all_hold([finding.decision for finding in findings])
    first = findings[0].estimate
    verdict = _here(decision.verdict) if claim.get("elsewhere") else decision.verdict
    return {
        **row, "ours": _in_words(findings), "low": first.low,
        "high": first.high, "n": first.n, "detectable": findings[0].detectable,
        "p": decision.p, "p_holm": decision.p, "alone": verdict, "verdict": verdict,
        "explanation": " ".join(filter(None, (_arm(claim), claim.get("explanation")))),
    }  # fmt: skip


def corrected(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows of one paper's claims, with Holm's correction over all of them.

    A verdict whose adjusted p-value, `p_holm`, is not below LEVEL becomes undecided. Pending claims
    count with a p-value of 1, so that their records can only make the others' more certain.
    """
    pending = [row["verdict"] == PENDING for row in rows]
    known = [verdicts.OPEN if gap else row["p"] for row, gap in zip(rows, pending, strict=True)]
    return [
        dict(row) if gap
        else {**row, "p_holm": p,
              "verdict": row["alone"] if p < verdicts.LEVEL else UNDECIDED}
        for row, gap, p in zip(rows, pending, verdicts.holm(known), strict=True)
    ]  # fmt: skip


def _in_words(findings: Sequence[Finding]) -> str:
    """The words of findings, one after the other; a subject that follows itself is said once."""
    parts = [finding.words.partition(": ") for finding in findings]
    return "; ".join(
        f"{about}{colon}{'; '.join(found for *_, found in several)}"
        for (about, colon), several in groupby(parts, key=itemgetter(0, 1))
    )


def _arm(claim: Claim) -> str:
    """Which of several arms that could be the paper's is judged, where the claim says so."""
    return f"Judged with {claim['arm']}." if "arm" in claim else ""


def _here(verdict: str) -> str:
    """The words for a claim that was made on networks that this study does not have."""
    return HERE.get(verdict, verdict)


def findings_of(claim: Claim, evidence: Evidence) -> list[Finding]:
    """What each check of a claim finds; raises Missing where records are."""
    return [_run(check, claim["id"], evidence) for check in claim["checks"]]


def _run(check: Mapping[str, Any], claim: str, evidence: Evidence) -> Finding:
    arguments = {name: value for name, value in check.items() if name != "check"}
    where = f"claims: {claim}: {check['check']}"
    arguments["budgets"] = [parse_budget(budget, where) for budget in arguments["budgets"]]
    function = CHECKS[check["check"]]
    try:
        inspect.signature(function).bind(evidence, **arguments)
    except TypeError as error:
        raise Refused(f"{where}: {error}") from None
    return function(evidence, **arguments)


def files(study: Study) -> dict[Path, str]:
    """The table of claims and its counts as text, by path; none where no claims are judged.

    Raises Refused for a claim that names what the study does not have.
    """
    check(study)
    claims = read(study)
    if not claims:
        return {}
    judged = table(study, claims)
    text = judged.to_csv(index=False, lineterminator="\n", float_format="%.6g")
    return {
        paths.filled(paths.TABLE, study=study.name, table="claims"): text,
        paths.filled(paths.METRICS, study=study.name): json.dumps(counts(judged), indent=1) + "\n",
    }


def counts(judged: pd.DataFrame) -> dict[str, int]:
    """How many claims there are, and how many of each verdict, wherever the claim was made."""
    count = Counter(ELSEWHERE.get(verdict, verdict) for verdict in judged["verdict"])
    return {"claims": len(judged), **{verdict: count[verdict] for verdict in COUNTED}}


def table(study: Study, claims: Sequence[Claim]) -> pd.DataFrame:
    """One row per claim, in the order of the claims, corrected paper by paper."""
    evidence, papers = Evidence(study), dict.fromkeys(claim["paper"] for claim in claims)
    rows = {paper: [judge(c, evidence) for c in claims if c["paper"] == paper] for paper in papers}
    by_id = {row["id"]: row for theirs in rows.values() for row in corrected(theirs)}
    return pd.DataFrame(by_id[claim["id"]] for claim in claims)
