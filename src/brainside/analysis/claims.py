"""What the papers claim, judged by the records: a verdict a claim.

A claim is an entry of config/claims.yaml; its checks are functions of `checks`, named there with
their arguments.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from brainside.analysis.checks import CHECKS, NOT_REPRODUCED, REPRODUCED, UNDECIDED, Finding
from brainside.analysis.evidence import Evidence
from brainside.base import paths
from brainside.base.budgets import parse_budget
from brainside.base.configs import read_valid
from brainside.base.errors import Refused
from brainside.study.study import Study

ABSENT = "absent"  # records are missing; no verdict


def judge(claim: Mapping[str, Any], evidence: Evidence) -> dict[str, Any]:
    """A claim's row: every check must hold for it to be reproduced, one that fails refutes it."""
    row = {name: claim.get(name, "") for name in ("id", "paper", "statement")}
    row |= {"paper_value": claim["value"], "confidence": claim["confidence"]}
    try:
        found = [_run(check, claim["id"], evidence) for check in claim["checks"]]
    except LookupError as error:
        return {**row, "ours": "", "low": np.nan, "high": np.nan, "n": 0, "detectable": np.nan,
                "verdict": ABSENT, "explanation": str(error.args[0])}  # fmt: skip
    verdicts = [finding.verdict for finding in found]
    verdict = next((v for v in (NOT_REPRODUCED, UNDECIDED) if v in verdicts), REPRODUCED)
    first = found[0].estimate
    return {
        **row, "ours": "; ".join(finding.words for finding in found), "low": first.low,
        "high": first.high, "n": first.n, "detectable": found[0].detectable,
        "verdict": _here(verdict) if claim.get("elsewhere") else verdict,
        "explanation": claim.get("explanation", ""),
    }  # fmt: skip


def _here(verdict: str) -> str:
    """The words for a claim that was made on networks that this study does not have."""
    return {REPRODUCED: "holds here", NOT_REPRODUCED: "does not hold here"}.get(verdict, verdict)


def _run(check: Mapping[str, Any], claim: str, evidence: Evidence) -> Finding:
    arguments = {name: value for name, value in check.items() if name != "check"}
    where = f"claims: {claim}"
    arguments["budgets"] = [parse_budget(b, where) for b in arguments["budgets"]]
    try:
        return CHECKS[check["check"]](evidence, **arguments)
    except TypeError as error:
        raise Refused(f"{where}: {check['check']}: {error}") from None


def read(path: Path) -> list[dict[str, Any]]:
    """The claims of a file; Refused where it does not fit its schema or an id is there twice."""
    claims = read_valid(path, "claims")["claims"]
    ids = [claim["id"] for claim in claims]
    twice = {each for each in ids if ids.count(each) > 1}
    if twice:
        raise Refused(f"{path}: claim {sorted(twice)[0]} is there twice")
    return claims


def files(study: Study, path: Path = paths.CLAIMS) -> dict[Path, str]:
    """The table of claims as text, by its path; none where the claims are another study's."""
    if not path.exists() or read_valid(path, "claims")["study"] != study.name:
        return {}
    text = table(study, read(path)).to_csv(index=False, lineterminator="\n", float_format="%.6g")
    return {paths.filled(paths.TABLE, study=study.name, table="claims"): text}


def table(study: Study, claims: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Every claim's row, in the order of the file."""
    evidence = Evidence(study)
    return pd.DataFrame(judge(claim, evidence) for claim in claims)
