"""Which modules are mutated, and which tests must notice."""

CLAIMS = ("tests/analysis/test_claims.py", "tests/analysis/test_verdicts.py")
AUDITS = ("tests/audit/test_consistency.py", "tests/audit/test_tampering.py")
KEYS = ("tests/base/test_keys.py", "tests/archive/test_frozen.py")
CURVATURE = ("tests/methods/test_curvature.py", "tests/methods/test_obd.py")
RECORDS = ("tests/archive/test_records.py", "tests/archive/test_edges.py")

# Quick ones first: the first test that fails ends a trial.
TARGETS: dict[str, tuple[str, ...]] = {
    "analysis/statistics.py": ("tests/analysis/test_statistics.py", *CLAIMS),
    "analysis/variance.py": ("tests/analysis/test_variance.py", *CLAIMS),
    "analysis/verdicts.py": (*CLAIMS[::-1], "tests/analysis/test_statistics.py"),
    "analysis/checks.py": CLAIMS,
    "analysis/coded_checks.py": CLAIMS,
    "archive/records.py": (*RECORDS, *AUDITS),
    "archive/manifest.py": AUDITS,
    "audit/consistency.py": AUDITS,
    "audit/copies.py": AUDITS,
    "audit/listings.py": AUDITS,
    "audit/logged.py": ("tests/audit/test_logged.py", *AUDITS),
    "audit/recorded.py": AUDITS,
    "audit/searched.py": AUDITS,
    "base/keys.py": KEYS,
    "methods/lecun1990obd.py": (*CURVATURE[::-1], KEYS[1]),
    "methods/shared/saliencies.py": CURVATURE[::-1],
    "methods/shared/curvature.py": CURVATURE,
    "methods/shared/layer_derivatives.py": CURVATURE,
}
