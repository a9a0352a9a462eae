"""The release as a Workflow Run RO-Crate: who made which file from what, for machines.

RO-Crate 1.1 with the profiles Workflow RO-Crate 1.0, Process Run Crate 0.5 and Workflow Run Crate
0.5 (www.researchobject.org/workflow-run-crate). There is one action for the run of the workflow,
and one for every search and sweep of the archive. When a job of the archive ended was not recorded,
so that only the run has a time; how long a job took is in its file of results/costs.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from brainside.archive.manifest import read_manifest
from brainside.base.paths import README
from brainside.data.catalogue import entry
from brainside.report.release import actions
from brainside.report.release.entities import AUTHORS, Entity, refers
from brainside.study.study import Study
from brainside.study.sweeps import Trained

ABOUT = "an executable comparative study of neural-network compression"

NAME = "ro-crate-metadata.json"
CONTEXTS = [
    "https://w3id.org/ro/crate/1.1/context",
    "https://w3id.org/ro/terms/workflow-run/context",
]
WORKFLOW_CRATE = "https://w3id.org/workflowhub/workflow-ro-crate/1.0"
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
    WORKFLOW_CRATE: "Workflow RO-Crate",
}
BIOSCHEMAS = "https://bioschemas.org/profiles"
WORKFLOW, LANGUAGE, RUN = "workflow/Snakefile", "#snakemake", "#run"
LICENCE = "https://spdx.org/licenses/MIT"
# Kinds of file by the ending of its name.
FORMATS = {
    ".csv": "text/csv",
    ".html": "text/html",
    ".json": "application/json",
    ".mistakes": "application/octet-stream",
    ".pdf": "application/pdf",
    ".png": "image/png",
}
# Inputs and outputs of the workflow: the parameter's name, and the entity that this run had for it.
INPUTS = {"configs": "config/"}
OUTPUTS = {"records": "results/runs/", "searches": "results/tuned/", "tables": "results/tables/"}


def text(study: Study, version: str, date: str, products: Iterable[Path]) -> str:
    """The crate's metadata as JSON, of a study's archive.

    `date` is ISO 8601 with a time zone; `products` are files that the workflow made of the records.
    """
    graph = list(_graph(study, version, date, sorted(map(str, products))))
    return json.dumps({"@context": CONTEXTS, "@graph": graph}, indent=1, ensure_ascii=False) + "\n"


def _graph(study: Study, version: str, date: str, products: list[str]) -> Iterator[Entity]:
    jobs: list[Trained] = [job for job in study.searches if job.done]
    jobs += [job for job in study.everything if job.done]
    files = [*products, *(str(path) for job in jobs for path in actions.results(job))]
    data = sorted({job.spec["task"]["dataset"] for job in jobs})
    made = [actions.action(job, study.path) for job in jobs]
    folders = [*INPUTS.values(), *OUTPUTS.values()]
    yield _descriptor()
    yield _root(
        version,
        date,
        [WORKFLOW, str(README), *folders, *files],
        [RUN, *(each["@id"] for each in made)],
    )
    yield from (_profile(address, name) for address, name in PROFILES.items())
    yield from _workflow(version)
    yield _readme()
    yield from (_folder(folder) for folder in folders)
    yield from _files(files)
    yield from map(_dataset, data)
    yield _run(date, data, products)
    yield from made
    yield from actions.tools(version)
    yield from actions.machines(jobs)


def _descriptor() -> Entity:
    return {
        "@id": NAME,
        "@type": "CreativeWork",
        "about": {"@id": "./"},
        "conformsTo": refers(["https://w3id.org/ro/crate/1.1", WORKFLOW_CRATE]),
    }


def _root(version: str, date: str, parts: list[str], actions: list[str]) -> Entity:
    return {
        "@id": "./",
        "@type": "Dataset",
        "name": f"BraInside {version}: {ABOUT}",
        "description": "Code, records, tables, figures and report: the methods of papers, trained "
        "on the same simple networks at the same budgets.",
        "datePublished": date,
        "license": {"@id": LICENCE},
        "author": {"@id": AUTHORS},
        "publisher": {"@id": AUTHORS},
        "conformsTo": refers(PROFILES),
        "mainEntity": {"@id": WORKFLOW},
        "hasPart": refers(parts),
        "mentions": refers(actions),
    }


def _readme() -> Entity:
    return {
        "@id": str(README),
        "@type": "File",
        "name": "README",
        "about": {"@id": "./"},
        "encodingFormat": "text/markdown",
    }


def _profile(address: str, name: str) -> Entity:
    version = address.rpartition("/")[2]
    return {"@id": address, "@type": "CreativeWork", "name": name, "version": version}


def _workflow(version: str) -> Iterator[Entity]:
    """The workflow, its language, its parameters, its authors and its licence."""
    yield {
        "@id": WORKFLOW,
        "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow"],
        "conformsTo": {"@id": f"{BIOSCHEMAS}/ComputationalWorkflow/1.0-RELEASE"},
        "name": "BraInside",
        "version": version,
        "programmingLanguage": {"@id": LANGUAGE},
        "license": {"@id": LICENCE},
        "creator": {"@id": AUTHORS},
        "input": refers(map(_parameter, INPUTS)),
        "output": refers(map(_parameter, OUTPUTS)),
    }
    yield {
        "@id": LANGUAGE,
        "@type": "ComputerLanguage",
        "name": "Snakemake",
        "identifier": {"@id": "https://doi.org/10.1093/bioinformatics/bts480"},
        "url": {"@id": "https://snakemake.readthedocs.io"},
    }
    for name, example in (INPUTS | OUTPUTS).items():
        yield {
            "@id": _parameter(name),
            "@type": "FormalParameter",
            "conformsTo": {"@id": f"{BIOSCHEMAS}/FormalParameter/1.0-RELEASE"},
            "name": name,
            "additionalType": "Dataset",
            "workExample": {"@id": example},
        }
    yield {"@id": AUTHORS, "@type": "Organization", "name": "The BraInside authors"}
    yield {"@id": LICENCE, "@type": "CreativeWork", "name": "MIT License"}


def _parameter(name: str) -> str:
    return f"#{name}"


def _folder(path: str) -> Entity:
    name = next(name for name, example in (INPUTS | OUTPUTS).items() if example == path)
    return {
        "@id": path,
        "@type": "Dataset",
        "name": name,
        "exampleOfWork": {"@id": _parameter(name)},
    }


def _files(files: Iterable[str]) -> Iterator[Entity]:
    """Each file with its kind, and with its SHA-256 where the manifest has it."""
    digests = read_manifest()
    for path in files:
        kind = FORMATS[Path(path).suffix]
        digest = {"sha256": digests[path]} if path in digests else {}
        name = Path(path).name
        yield {"@id": path, "@type": "File", "name": name, "encodingFormat": kind, **digest}


def _dataset(name: str) -> Entity:
    """A dataset by the digest of its arrays, which is in keys; its files are not in the crate."""
    listed = entry(name)
    return {
        "@id": f"#dataset-{name}",
        "@type": "Dataset",
        "name": listed["title"],
        "description": listed["source"],
        "identifier": listed["digest"],
    }


def _run(date: str, data: list[str], products: list[str]) -> Entity:
    return {
        "@id": RUN,
        "@type": "CreateAction",
        "name": "snakemake --cores all",
        "description": "Searches and sweeps as listed, then tables, figures and documents of their "
        "records. The time is that of the released commit.",
        "instrument": {"@id": WORKFLOW},
        "agent": {"@id": AUTHORS},
        "object": refers([*INPUTS.values(), *(f"#dataset-{name}" for name in data)]),
        "result": refers([*OUTPUTS.values(), *products]),
        "endTime": date,
    }
