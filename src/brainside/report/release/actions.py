"""The searches and sweeps of the archive, as actions of the RO-Crate."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from brainside.archive.specs import machine_of
from brainside.report.release.entities import AUTHORS, Entity, refers
from brainside.study.sweeps import Sweep, Trained


def results(job: Trained) -> list[Path]:
    """The files that a job wrote."""
    return job.files if isinstance(job, Sweep) else [job.path]


def _tool(job: Trained) -> str:
    return "#sweep" if isinstance(job, Sweep) else "#search"


def _machine(job: Trained) -> str | None:
    """The processor that made a record; that of a search is not recorded."""
    return machine_of(job) if isinstance(job, Sweep) else None


def action(job: Trained, folder: Path) -> Entity:
    """One job: its command, what it read, and the files that it wrote."""
    before: list[Trained | None] = [job.parent, job.search if isinstance(job, Sweep) else None]
    read = [str(each.path) for each in before if each and each.done]
    machine = _machine(job)
    seed = f" --seed {job.seed}" if isinstance(job, Sweep) else ""
    return {
        "@id": f"{_tool(job)}-{job.key}",
        "@type": "CreateAction",
        "name": f"{_tool(job)[1:]} of {job.method} on {job.task}",
        "description": f"brainside {_tool(job)[1:]} {folder} {job.task} {job.method}{seed}",
        "instrument": {"@id": _tool(job)},
        "agent": {"@id": AUTHORS},
        "object": refers([f"#dataset-{job.spec['task']['dataset']}", *read]),
        "result": refers(map(str, results(job))),
        **({"environment": {"@id": _machine_id(machine)}} if machine else {}),
    }


def tools(version: str) -> Iterator[Entity]:
    """The two commands that train."""
    for name in ("search", "sweep"):
        yield {
            "@id": f"#{name}",
            "@type": "SoftwareApplication",
            "name": f"brainside {name}",
            "softwareVersion": version,
        }


def machines(jobs: Iterable[Trained]) -> Iterator[Entity]:
    """The processors that made the records of some jobs."""
    for machine in sorted({machine for job in jobs if (machine := _machine(job))}):
        yield {
            "@id": _machine_id(machine),
            "@type": "PropertyValue",
            "name": "processor",
            "value": machine,
        }


def _machine_id(machine: str) -> str:
    return f"#processor-{machine.replace(' ', '-')}"
