import os
import subprocess
import sys
from functools import cache

from snakemake.logging import logger

from brainside.base import paths
from brainside.base.errors import Refused
from brainside.base.garbage import collect_seldom
from brainside.base.installation import check_folder
from brainside.study import clone, failures, figures, needs, products, study, versions
from brainside.study import workflow as flow
from brainside.study.locks import clear_stale_lock
from brainside.study.sources import sources

collect_seldom()
# A job on another machine, where there may be no more than its inputs, leaves checks to the main process,
# and locks, as flock may be of one node.
ELSEWHERE = workflow.remote_exec
try:
    check_folder()
    # Also on nodes that have another device: keys are those of the main process.
    os.environ[versions.DEVICE] = versions.device_kind("auto")
    STUDIES = {each.name: each for each in study.load_all()}
    if not ELSEWHERE:
        clone.check_fixed(STUDIES.values())
    JOBS = flow.checked_jobs(STUDIES.values())
    # `--report` runs nothing and ends where a file is missing: it shows what is there.
    REPORTING = any(word.partition("=")[0] == "--report" for word in sys.argv)
    SHOWN = products.shown(STUDIES.values()) if REPORTING else []
    if "--lint" not in sys.argv and not ELSEWHERE:
        LOCK = clear_stale_lock()  # for as long as this process lives
except Refused as refusal:
    sys.exit(f"snakemake: {refusal}")

LIVE = [each for each in STUDIES.values() if each.live]
ARCHIVED = [each for each in STUDIES.values() if not each.live]
REPORTS = {each.report: each for each in STUDIES.values()}
# At least once a second Snakemake asks for the sizes of all inputs of all jobs that are ready. So what
# reads every record goes first; waiting, it would keep half a core busy.
READS_EVERYTHING = 1
# Where storage is remote, commands are told the place of their files, of which Snakemake keeps a local
# copy. Elsewhere the text of a rule stays what it was, as jobs of another text run again.
IN_STORAGE = bool(workflow.storage_settings.default_storage_provider)
OUTPUT = " --output {output[0]}" if IN_STORAGE else ""
# In another folder than a clone there is not text to make a PDF of.
LATEX = (
    not ELSEWHERE
    and clone.in_clone()
    and subprocess.run(["workflow/scripts/latex.sh", "check"]).returncode == 0
)


envvars:
    versions.DEVICE,


wildcard_constraints:
    study="|".join(STUDIES),
    task="[a-z0-9-]+/[a-z0-9-]+",
    method="[a-z0-9-]+",
    seed=r"\d+",
    key="[0-9a-f]{8}",
    figure="[a-z0-9_]+",
    kind="[a-z]+",
    dataset="[a-z0-9-]+",
    report="|".join(REPORTS),


@cache
def to_make():
    """Unfinished jobs; here the command line's targets are known, as they are not above."""
    return flow.to_make(STUDIES.values(), workflow.dag_settings.targets)


def inputs_of(pattern):
    """What the job at a path takes from others; a finished one what is there of it, of any age.

    An unfinished job's inputs are not ancient: were they all there, and one marked as not completed,
    Snakemake would leave the job, and whatever needs it, out of its plan. What a bucket has,
    Snakemake alone knows; there every job has all its inputs.
    """

    def inputs(wildcards):
        job = JOBS[pattern.format(**wildcards)]
        unfinished = IN_STORAGE or job.path in to_make()
        files = flow.inputs(job, unfinished, IN_STORAGE)
        return files if unfinished else {name: ancient(path) for name, path in files.items()}

    return inputs


def of_study(function, *names):
    """An input function: what `function` gives for the study, and the values of these wildcards."""
    return lambda wildcards: function(
        STUDIES[wildcards.study], *(wildcards[name] for name in names)
    )


def experiment_of(wildcards):
    """The heading of a figure in Snakemake's report."""
    return figures.experiment(STUDIES[wildcards.study], wildcards.figure)


def names_of(wildcards, input):
    """A parameter of rules that read whatever is there, so that a file that is gone counts."""
    return list(input)


def config_of(wildcards):
    return str(STUDIES[wildcards.study].path)


def figure_of(wildcards):
    return STUDIES[wildcards.study].config["figures"][wildcards.figure]


@cache
def costs():
    return needs.read_costs()


@cache
def short_sweeps():
    """Sweeps that a cluster gets several of in one job."""
    return {
        str(path)
        for each in STUDIES.values()
        for path in needs.short(each.everything, each, costs())
    }


def group_of(wildcards):
    """Where the profile says that short jobs go together: their group; of all others none."""
    if config.get("grouped") and paths.RECORD.format(**wildcards) in short_sweeps():
        return "short"
    return None


def resources_of(pattern):
    """What jobs ask for: memory and time by their like and the attempt, and GPUs."""

    def cost_of(wildcards):
        job = JOBS[pattern.format(**wildcards)]
        return needs.cost(job, STUDIES[job.study], costs())

    resources = {
        "mem_mb": lambda wildcards, attempt: needs.megabytes(cost_of(wildcards), attempt),
        "runtime": lambda wildcards, attempt: needs.minutes(cost_of(wildcards), attempt),
    }
    if any(needs.gpus(each) for each in STUDIES.values()):
        resources["gpu"] = lambda wildcards: needs.gpus(STUDIES[wildcards.study])
    return resources


def audit_cost(threads):
    """What the audit takes that retrains so many sweeps at a time."""
    there = sum(len(each.sweeps) for each in ARCHIVED)
    return needs.of_audit(flow.audited(config, there), threads, costs())


def planned():
    """How long each job of this run takes by the plan, in seconds by Snakemake's number of it."""
    return {
        job.jobid: flow.planned_seconds(job.rule.name, job.wildcards_dict, JOBS, STUDIES)
        for job in workflow.dag.needrun_jobs()
    }


onstart:
    # For the line of progress; the log itself gets no word of it.
    logger.info("", extra={"planned": planned(), "cores": workflow.nodes or workflow.cores})


# By the logger, so that all is said in order, below the line of progress.
onsuccess:
    for each in ARCHIVED:
        logger.info("\n".join(flow.hints(each)))
    if clone.in_clone() and not LATEX:
        command = ["workflow/scripts/latex.sh", "remind"]
        logger.info(subprocess.run(command, stdout=subprocess.PIPE, text=True).stdout.strip())


onerror:
    for each in log:  # Snakemake's own
        logger.error(failures.first(each))
