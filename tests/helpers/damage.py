"""Damaged files: what a disk, an editor or a merge can leave of a file that the program reads."""

import contextlib
import io
import random
import traceback
from collections.abc import Callable
from pathlib import Path

from brainside.audit.inputs import STAGES
from brainside.base import paths
from brainside.cli.main import main
from brainside.report import readme
from brainside.report.release import versions
from brainside.study import study
from helpers import tampering

Damage = Callable[[bytes], bytes]
DAMAGES: dict[str, Damage] = {
    "empty": lambda blob: b"",
    "null": lambda blob: b"null\n",
    "a list": lambda blob: b"[1, 2]\n",
    "a mapping": lambda blob: b'{"stages": null}\n',
    "deeply nested": lambda blob: b"[" * 100_000,
    "deeply nested mapping": lambda blob: b'{"spec":' * 100_000,
    "not UTF-8": lambda blob: blob[: len(blob) // 2] + b"\xff\xfe\xff" + blob[len(blob) // 2 :],
    "halved": lambda blob: blob[: len(blob) // 2],
    "without its first line": lambda blob: blob.partition(b"\n")[2],
    "a NUL": lambda blob: b"\0" + blob,
    "an open quote": lambda blob: blob.replace(b",", b',"', 1),
}


ODDITIES = [b"nan", b"-1", b"1e400", b'"', b",", b"\n", b"\xff"]


def mutated(blob: bytes, seed: int) -> bytes:
    """A file with some bytes changed, cut out, doubled or set to what numbers go wrong with."""
    draw = random.Random(seed)
    changed = bytearray(blob)
    for _ in range(draw.choice([1, 1, 2, 8])):
        at = draw.randrange(len(changed) + 1)
        kind = draw.randrange(5)
        if kind == 0 and at < len(changed):
            changed[at] ^= 1 << draw.randrange(8)
        elif kind == 1:
            del changed[at : at + draw.choice([1, 10, 1000])]
        elif kind == 2:
            changed[at:at] = changed[at : at + draw.choice([1, 100])]
        else:
            changed[at : at + 1] = draw.choice(ODDITIES)
    return bytes(changed)


def files(whole: study.Study) -> dict[str, Path]:
    """One file of each kind that the audit reads, by kind."""
    first = tampering.pair(whole)[0]
    search = next(search for search in whole.searches if search.done)
    coding = next(iter(tampering.existing(whole)))
    return {
        "record": first.path, "mistakes": first.path.with_suffix(".mistakes"),
        "spec": first.path.with_suffix(".json"), "search": search.path, "coding": coding.path,
        "cost": first.cost, "manifest": paths.MANIFEST, "log": paths.AUDIT_LOG,
        "lock": paths.LOCK, "benchmarks": paths.BENCHMARKS,
        "gallery": min((paths.GALLERY / whole.name).rglob("*.xz")),
        "listing": versioned_listing(whole), "figure": readme.picture(whole),
        "picture": readme.PICTURE,
        "rows": paths.filled(paths.TABLE, study=whole.name, table="rows"),
        "summary": paths.filled(paths.TABLE, study=whole.name, table="summary"),
        "claims": paths.filled(paths.TABLE, study=whole.name, table="claims"),
        "numbers": paths.filled(paths.GENERATED, study=whole.name, name="numbers"),
        "README": paths.README, "typed numbers": paths.TYPED_NUMBERS,
        "stages": STAGES, "citation": versions.CITATION, "metadata": versions.ZENODO,
    }  # fmt: skip


def versioned_listing(whole: study.Study) -> Path:
    """DVC's list of the figures."""
    digest = tampering.locked(readme.picture(whole).parent)
    return tampering.stages.object_path(digest)


def audited() -> tuple[int | None, str]:
    """Status and output of `brainside audit`; None and a traceback where it does not end well."""
    told = io.StringIO()
    with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
        try:
            main(["audit"])
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 0
            return status, told.getvalue()
        except BaseException:
            return None, traceback.format_exc()
    return 0, told.getvalue()
