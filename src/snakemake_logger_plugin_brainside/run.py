"""How far a run of Snakemake is, and when it will be done, from the records that it logs.

Another thread may read it at any time, for the line of progress.
"""

from dataclasses import dataclass, field
from logging import LogRecord
from typing import Any

from snakemake_interface_logger_plugins.common import LogEvent

from brainside.study.costs import clock

MINUTE = 60.0  # of work at the plan's pace, so that a first short job does not decide alone
NAMED = ("dataset", "task", "method", "seed", "figure", "report")  # of a job's wildcards


@dataclass
class Run:
    """The jobs of a run by Snakemake's numbers; times are in seconds."""

    total: int = 0
    done: int = 0
    cores: int = 1
    planned: dict[int, float] = field(default_factory=dict)  # of all jobs that are not done
    running: dict[int, tuple[str, float]] = field(default_factory=dict)  # name, and since when
    took: float = 0.0  # all jobs that are done, one after another
    planned_of_done: float = 0.0  # the same by the plan

    def note(self, record: LogRecord, now: float) -> None:
        """Take in what a record says of the run."""
        said = record.__dict__
        match said.get("event"):
            case None if "planned" in said:
                self.planned, self.cores = dict(said["planned"]), said["cores"]
            case LogEvent.RUN_INFO:
                self.total = said["stats"]["total"]
            case LogEvent.JOB_INFO:
                self.running[said["jobid"]] = name(said), now
            case LogEvent.JOB_ERROR:
                self.running.pop(said["jobid"], None)
            case LogEvent.JOB_FINISHED:
                self._finish(said["job_id"], now)

    def _finish(self, job: int, now: float) -> None:
        _, since = self.running.pop(job, ("", now))
        self.done += 1
        self.took += now - since
        self.planned_of_done += self.planned.pop(job, 0.0)

    def left(self, now: float) -> float:
        """Seconds until all is done: what is planned, at the pace of the jobs that are done."""
        pace = (MINUTE + self.took) / (MINUTE + self.planned_of_done)
        spent = {job: now - since for job, (_, since) in list(self.running.items())}
        planned = list(self.planned.items())
        jobs = [max(0.0, seconds * pace - spent.get(job, 0.0)) for job, seconds in planned]
        side_by_side = max(1, min(self.cores, len(jobs)))
        return max(sum(jobs) / side_by_side, max(jobs, default=0.0))

    def words(self, now: float) -> str:
        """How many jobs are done, the time left where there is a plan, and what runs."""
        left = f", about {clock(self.left(now))} left" if self.planned else ""
        running = ", ".join(name for name, _ in list(self.running.values()))
        return f"{self.done} of {self.total} jobs{left}" + f": {running}" * bool(running)


def name(said: dict[str, Any]) -> str:
    """A job by its rule and what tells it from others, such as `sweep mnist/mlp1000 obd 0`."""
    wildcards = said["wildcards"] or {}
    values = [str(wildcards[each]) for each in NAMED if each in wildcards]
    return " ".join([said["rule_name"], *values])
