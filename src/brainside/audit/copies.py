"""Networks that two records share although each was trained on its own: copies, idle seeds."""

from collections.abc import Iterator
from typing import Any

from brainside.archive import mistakes, records
from brainside.archive.frames import read_all
from brainside.base.errors import Refused
from brainside.study.study import Study
from brainside.study.sweeps import Sweep

# Networks that call every image the same may agree: they err in half of them or more.
COLLAPSED = 0.4


def copies(study: Study) -> Iterator[str]:
    """Records of one task with the same checkpoint or the same mistakes as another record.

    Budgets of one sweep may share a network (where multiply-adds bind, more weights do not help),
    and what starts from a network may err as that does. Records of two methods are compared, too,
    so that one cannot pass for the other's; `same_networks_as` in a config admits two methods.
    """
    owners: dict[tuple[str, Any], Sweep] = {}
    for sweep in readable(study):
        if _shares_a_digest_only(sweep):
            yield f"{sweep.path}: has the same checkpoint in rows that differ"
        for where, network in _networks(sweep):
            owner = owners.setdefault((sweep.task, network), sweep)
            if owner is not sweep and not _may_share(study, owner, sweep, network):
                yield f"{sweep.path}: {where} as {owner.path}"


def readable(study: Study) -> list[Sweep]:
    """The sweeps whose records are there and whole; the check of records names the others."""
    return [sweep for sweep in study.recorded() if _whole(sweep)]


def _whole(sweep: Sweep) -> bool:
    try:
        return bool(records.read(sweep.path))
    except Refused:
        return False


def _shares_a_digest_only(sweep: Sweep) -> bool:
    """Whether budgets have one checkpoint, and not all that was measured of it."""
    digests = _digests(sweep)
    if len(set(digests)) == len(digests):
        return False
    networks = read_all([sweep.path]).drop(columns=["budget", "row_key"]).drop_duplicates()
    return bool(networks["checkpoint_sha256"].duplicated().any())


def _networks(sweep: Sweep) -> Iterator[tuple[str, str | bytes]]:
    """What two networks may have in common: a digest, or the mistakes of one that works."""
    for digest in dict.fromkeys(_digests(sweep)):
        yield "has the same checkpoint", digest
    for budget, wrong in mistakes.read(sweep.path).items():
        if 0 < wrong.mean() < COLLAPSED:
            yield f"budget {budget:g} has the same mistakes", wrong.tobytes()


def _digests(sweep: Sweep) -> list[str]:
    """The digests of a record's checkpoints, one per budget."""
    return [str(row["checkpoint_sha256"]) for row in records.read(sweep.path)]


def _may_share(study: Study, first: Sweep, second: Sweep, network: str | bytes) -> bool:
    """Whether two sweeps may have a network, or errors, in common."""
    if first.seed != second.seed or first.method == second.method:
        return False
    if isinstance(network, bytes) and (_starts(first, second) or _starts(second, first)):
        return True
    entries = study.config["methods"]
    return any(
        one.method in entries and entries[one.method].get("same_networks_as") == other.method
        for one, other in ((first, second), (second, first))
    )


def _starts(sweep: Sweep, later: Sweep) -> bool:
    """Whether a sweep is what another one starts from, at once or by way of others."""
    start = later.parent
    while start and start.path != sweep.path:
        start = start.parent
    return start is not None
