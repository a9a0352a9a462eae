"""What the papers claim, judged by the records: one verdict per claim.

A claim is an entry of a file of config/claims; its checks are functions of `checks`, named there
with their arguments.
"""

import inspect
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from brainside.analysis.checks import CHECKS, NOT_REPRODUCED, REPRODUCED, UNDECIDED, Finding
from brainside.analysis.evidence import Evidence
from brainside.base import paths
from brainside.base.budgets import parse_budget
from brainside.base.errors import Refused
from brainside.study.claims import Claim, read
from brainside.study.study import Study

ABSENT = "absent"  # records are missing; no verdict


def judge(claim: Claim, evidence: Evidence) -> dict[str, Any]:
    """A claim's row: every check must hold for it to be reproduced, one that fails refutes it."""
    row = {name: claim.get(name, "") for name in ("id", "paper", "statement")}
    row |= {"paper_value": claim["value"], "confidence": claim["confidence"]}
    try:
        findings = [_run(check, claim["id"], evidence) for check in claim["checks"]]
    except LookupError as error:
        return {**row, "ours": "", "low": np.nan, "high": np.nan, "n": 0, "detectable": np.nan,
                "verdict": ABSENT, "explanation": str(error.args[0])}  # fmt: skip
    verdicts = [finding.verdict for finding in findings]
    verdict = next((v for v in (NOT_REPRODUCED, UNDECIDED) if v in verdicts), REPRODUCED)
    first = findings[0].estimate
    return {
        **row, "ours": "; ".join(finding.words for finding in findings), "low": first.low,
        "high": first.high, "n": first.n, "detectable": findings[0].detectable,
        "verdict": _here(verdict) if claim.get("elsewhere") else verdict,
        "explanation": claim.get("explanation", ""),
    }  # fmt: skip


def _here(verdict: str) -> str:
    """The words for a claim that was made on networks that this study does not have."""
    return {REPRODUCED: "holds here", NOT_REPRODUCED: "does not hold here"}.get(verdict, verdict)


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
    """The table of claims as text, by its path; none where the study judges no claims."""
    claims = read(study)
    if not claims:
        return {}
    text = table(study, claims).to_csv(index=False, lineterminator="\n", float_format="%.6g")
    return {paths.filled(paths.TABLE, study=study.name, table="claims"): text}


def table(study: Study, claims: Sequence[Claim]) -> pd.DataFrame:
    """One row per claim, in the order of the claims."""
    evidence = Evidence(study)
    return pd.DataFrame(judge(claim, evidence) for claim in claims)
