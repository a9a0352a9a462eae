"""A real Slurm of three nodes trains what a local run trains, whatever dies on the way."""

import os
import signal
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest
from helpers import slurm
from helpers.shortened import copied, records, snakemake

from brainside.study import study

ABSENT = slurm.missing() + ([] if find_spec("snakemake_executor_plugin_slurm") else ["the plugin"])
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(ABSENT), reason=f"no Slurm here: {', '.join(ABSENT)}"),
]
# Status is asked for sooner than a real cluster would like.
SOON = ("--slurm-init-seconds-before-status-checks", "2", "--latency-wait", "10")


@pytest.fixture
def cluster(tmp_path):
    with slurm.cluster(tmp_path / "slurm") as made:
        yield made


def targets(project: Path) -> list[str]:
    here = Path.cwd()
    os.chdir(project)
    try:
        return [str(sweep.path) for sweep in study.load(Path("config/quick")).everything]
    finally:
        os.chdir(here)


def submitted(project: Path, cluster: slurm.Cluster) -> subprocess.Popen:
    """Snakemake on the login node, with the profile as it is."""
    return subprocess.Popen(
        ["snakemake", "--profile", "profiles/slurm", *SOON, *targets(project)], cwd=project,
        env={**cluster.environment, "PYTHONPATH": str(project / "src")}, start_new_session=True,
        text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
    )  # fmt: skip


def running(cluster: slurm.Cluster, *, but: str) -> list[str]:
    """Running jobs that are not on a node."""
    return [job for job, node in cluster.running().items() if node != but]


def test_nodes_jobs_and_the_main_process_may_die_and_the_records_are_the_same(tmp_path, cluster):
    project, local = copied(tmp_path / "project"), copied(tmp_path / "local")
    main = submitted(project, cluster)
    slurm.wait(cluster.running, 120)
    dead = next(iter(cluster.running().values()))
    cluster.kill(dead)
    slurm.wait(lambda: running(cluster, but=dead), 120)
    cancelled = running(cluster, but=dead)[0]
    cluster.ask("scancel", cancelled)
    slurm.wait(lambda: [job for job in running(cluster, but=dead) if job != cancelled], 120)
    os.kill(main.pid, signal.SIGKILL)
    main.wait()
    cluster.start(dead)
    again = submitted(project, cluster)
    words, _ = again.communicate(timeout=400)
    assert again.returncode == 0, words
    assert not [*project.glob(".snakemake/locks/*")]
    snakemake(local, "--cores", "2", *targets(local))
    assert records(project) == records(local) != {}
