import hashlib
import subprocess
import sys
from functools import cache
from pathlib import Path

from snakemake.exceptions import WorkflowError

from brainside.analysis import coding_tables
from brainside.base import paths
from brainside.base.errors import Refused
from brainside.study import codings, plotdata, study
from brainside.study.costs import left
from brainside.study.locks import clear_stale_lock
from brainside.study.sources import sources
from brainside.study.unfinished import unfinished

try:
    LIVE, ARCHIVED = study.load(config["live"]), study.load(config["archived"])
    CODINGS = {str(c.path): c for each in (LIVE, ARCHIVED) for c in codings.codings(each)}
except Refused as refusal:
    sys.exit(f"snakemake: {refusal}")

clear_stale_lock()

STUDIES = {each.name: each for each in (LIVE, ARCHIVED)}
SWEEPS = {str(s.path): s for each in STUDIES.values() for s in each.everything}
SEARCHES = {str(s.path): s for each in STUDIES.values() for s in each.searches}
PLOTDATA = {str(p.path): p for each in STUDIES.values() for p in plotdata.plotdata(each)}
# At least once a second Snakemake asks for the sizes of all inputs of all jobs that are ready. So what
# reads every record goes first; waiting, it would keep half a core busy.
READS_EVERYTHING = 1
LATEX = subprocess.run(["workflow/scripts/latex.sh", "check"]).returncode == 0
REPORTS = {LIVE.name: "quick", ARCHIVED.name: "report"}


wildcard_constraints:
    study="|".join(STUDIES),
    task="[a-z0-9-]+/[a-z0-9-]+",
    method="[a-z0-9-]+",
    seed=r"\d+",
    key="[0-9a-f]{8}",
    figure="[a-z0-9_]+",
    kind="[a-z]+",
    dataset="[a-z0-9-]+",
    report="|".join(REPORTS.values()),


@cache
def to_make():
    """Unfinished jobs; here the command line's targets are known, as they are not above."""
    jobs = [*SWEEPS.values(), *SEARCHES.values()]
    return unfinished(jobs, CODINGS.values(), workflow.dag_settings.targets)


def inputs_of(job):
    """What a sweep or a search takes from other jobs; its key stands for their content."""
    found = {name: str(path) for name, path in job.inputs().items()}
    return found if job.path in to_make() else settled(found)


def settled(paths):
    """A finished job's inputs: those that are there (see brainside.unfinished), of whatever age.

    An unfinished job's inputs are not ancient: were they all there, and one marked as not completed,
    Snakemake would leave the job, and whatever needs it, out of its plan.
    """
    return {name: ancient(path) for name, path in paths.items() if Path(path).exists()}


def names_of(wildcards, input):
    """A parameter of rules that read whatever is there, so that a file that is gone counts."""
    return list(input)


def study_of(wildcards):
    return LIVE if REPORTS[LIVE.name] == wildcards.report else ARCHIVED


def sweep_of(wildcards):
    return SWEEPS[paths.RECORD.format(**wildcards)]


def search_of(wildcards):
    return SEARCHES[paths.SEARCH.format(**wildcards)]


def coding_of(wildcards):
    return CODINGS[paths.CODING.format(**wildcards)]


def plotted(wildcards):
    return PLOTDATA[paths.PLOTDATA.format(**wildcards)]


def coded_by(job):
    """What a coding or plot data take from other jobs; of a finished one what is there."""
    found = {name: str(path) for name, path in job.inputs().items()}
    return settled(found) if job.done else found


def codings_of(each):
    """The codings of a study; those of NNCodec where it is installed."""
    return [path for path, c in CODINGS.items() if c.sweep.study == each.name and c.possible]


def codings_at_hand(wildcards):
    """All codings of the live study; those that exist of the archived one."""
    each = STUDIES[wildcards.study]
    return [path for path in codings_of(each) if each is LIVE or Path(path).exists()]


def config_of(wildcards):
    return str(STUDIES[wildcards.study].path)


def records_of(wildcards):
    """All records of the live study; those that exist of the archived one."""
    sweeps = STUDIES[wildcards.study].sweeps
    live = wildcards.study == LIVE.name
    return [str(sweep.path) for sweep in sweeps if live or sweep.path.exists()]


def told_of(wildcards):
    """What else the archived study's report tells: searches and costs. They change with the jobs.

    A digest and not inputs: the report must not make jobs run whose records are there.
    """
    if wildcards.study == LIVE.name:
        return ""
    jobs = [*ARCHIVED.everything, *ARCHIVED.searches]
    paths = [*(job.cost for job in jobs), *(s.path for s in ARCHIVED.searches)]
    blobs = [path.read_bytes() for path in paths if path.exists()]
    return hashlib.sha256(b"".join(blobs)).hexdigest()


def tables(each):
    names = ["rows", "summary", "comparisons"]
    names += coding_tables.NAMES if "codings" in each.config else []
    return [f"results/tables/{each.name}/{name}.csv" for name in names]


def claims(each):
    return [f"results/tables/{each.name}/claims.csv"] if each is ARCHIVED else []


def figures(each):
    names = each.config["figures"]
    return [f"results/figures/{each.name}/{name}.{end}" for name in names for end in ("pdf", "png")]


def figure_of(wildcards):
    return STUDIES[wildcards.study].config["figures"][wildcards.figure]


def plotdata_of(each, figure=None):
    """Plot data of the live study; of the archived one what is there, or can be made at once."""
    jobs = plotdata.plotdata(each, figure)
    return [
        str(job.path)
        for job in jobs
        if each is LIVE or job.possible or (job.path.exists() and job.sweep.path.exists())
    ]


def document(each):
    """A study's PDF, or what it is made from where LaTeX is missing."""
    if LATEX:
        return f"paper/{REPORTS[each.name]}.pdf"
    return f"paper/generated/{each.name}/numbers.tex"


def sections(wildcards):
    """The hand-written TeX of a document."""
    return sorted(map(str, Path("paper/sections").glob(f"{wildcards.report}_*.tex")))


def notebooks():
    """Every notebook, as it is kept executed."""
    return [f"results/notebooks/{path.name}" for path in Path("workflow/notebooks").glob("*.ipynb")]


def audit_options(wildcards):
    """What `--config` says of the sample: fraction=1, seed=7, …"""
    names = ("sample", "fraction", "seed", "only")
    return " ".join(f"--{name} {config[name]}" for name in names if name in config)


onsuccess:
    print(f"{ARCHIVED.name} study: {left(ARCHIVED)}")
    if not all(sweep.path.exists() for sweep in ARCHIVED.sweeps):
        print("Missing records are computed by: snakemake --cores 8 paper_study")
    if not all(Path(path).exists() for path in codings_of(ARCHIVED)):
        print("Missing codings are made by: snakemake --cores 8 paper_codings")
    if not LATEX:
        subprocess.run(["workflow/scripts/latex.sh", "remind"])
