"""Ways of tampering with an archive, and what the audit finds."""

from brainside.audit.consistency import audit
from brainside.study import study
from helpers.project import of, relabel, rewrite


def findings(whole: study.Study) -> list[str]:
    return list(audit(whole, archived=True))


def flip_digit(whole):
    path = of(whole, "magnitude", 0).path
    rewrite(path, lambda f: f.assign(test_error=["0.001", *f["test_error"][1:]]))
    return path


def exchange_two_seeds(whole):
    """What they hold is exchanged, with seed, keys and row keys made to fit."""
    first, second = of(whole, "magnitude", 0), of(whole, "magnitude", 1)
    for old, new in [(".csv", ".old"), (".mistakes", ".was")]:
        first.path.with_suffix(old).rename(first.path.with_suffix(new))
    relabel(second, first, second.path, second.path.with_suffix(".mistakes"))
    old = first.path.with_suffix(".old"), first.path.with_suffix(".was")
    relabel(first, second, *old)
    for path in old:
        path.unlink()
    return first.path
