"""A Slurm of three nodes on this machine, from the distribution's packages."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

NEEDED = ("munged", "slurmctld", "slurmd", "sbatch", "srun")
NODES = ("n1", "n2", "n3")
CONFIG = """\
ClusterName=loopback
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
SlurmdTimeout=5
KillWait=2
NodeName=n[1-3] NodeHostname={host} NodeAddr=127.0.0.1 Port=[{first}-{last}] CPUs=2 RealMemory=7000
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def missing() -> list[str]:
    """The programs of Slurm that this machine does not have, or root's rights."""
    found = [name for name in NEEDED if not shutil.which(name)]
    return found if os.geteuid() == 0 else [*found, "root's rights"]


@dataclass(frozen=True)
class Cluster:
    """A running Slurm with its files in a folder."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to be on a login node of it.

        Jobs do not inherit SLURM_CONF, as their submitter clears it: `srun` is one that knows.
        """
        path = f"{self.folder}/bin:{os.environ['PATH']}"
        return {**os.environ, "SLURM_CONF": f"{self.folder}/slurm.conf", "PATH": path}

    def ask(self, *command: str) -> str:
        """What a command of Slurm prints."""
        done = subprocess.run(
            command,
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
            encoding="utf-8",
        )
        return done.stdout

    def running(self) -> dict[str, str]:
        """The node of each running job."""
        lines = self.ask("squeue", "-h", "-t", "running", "-o", "%i %N").splitlines()
        return dict(line.split() for line in lines)

    def start(self, node: str) -> None:
        """Start the daemon of a node."""
        self.ask("slurmd", "-N", node)

    def kill(self, node: str) -> None:
        """Kill a node's daemon and every process of its jobs, as if its power went off."""
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                words = (process / "cmdline").read_bytes().split(b"\0")
                inside = (process / "environ").read_bytes().split(b"\0")
                ours = f"SLURM_CONF={self.folder}/slurm.conf".encode() in inside
                daemon = words[0].endswith(b"slurmd") and node.encode() in words and ours
                if daemon or (b"SLURMD_NODENAME=" + node.encode()) in inside:
                    os.kill(int(process.name), signal.SIGKILL)


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """A Slurm of three nodes with two processors each; stopped at the end."""
    made = Cluster(folder)
    ports = _free_ports(5)
    for name in ("state", "bin"):
        (folder / name).mkdir(parents=True)
    config = CONFIG.format(host=socket.gethostname(), folder=folder, port=ports[0],
                           first=ports[1], last=ports[1] + 2)  # fmt: skip
    (folder / "slurm.conf").write_text(config, encoding="utf-8")
    (folder / "munge.key").write_bytes(os.urandom(1024))
    (folder / "munge.key").chmod(0o400)
    srun = f'#!/bin/sh\nSLURM_CONF={folder}/slurm.conf exec {shutil.which("srun")} "$@"\n'
    (folder / "bin/srun").write_text(srun, encoding="utf-8")
    (folder / "bin/srun").chmod(0o755)
    try:
        made.ask("munged", "--force", *(f"--{name}={folder}/munge.{kind}" for name, kind in (
            ("key-file", "key"), ("socket", "socket"), ("pid-file", "pid"), ("log-file", "log"),
            ("seed-file", "seed"))))  # fmt: skip
        made.ask("slurmctld")
        for node in NODES:
            made.start(node)
        wait(lambda: made.ask("sinfo", "-h", "-t", "idle", "-o", "%D").strip() == "3", 30)
        yield made
    finally:
        _stop(folder)


def wait(condition, seconds: float) -> None:
    """Wait until a condition holds; AssertionError when it does not in time."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"not within {seconds} s"
        time.sleep(0.2)


def _free_ports(count: int) -> list[int]:
    """Ports in a row that nobody listens at."""
    for first in range(16800, 30000, count):
        with suppress(OSError):
            for port in range(first, first + count):
                with socket.socket() as tried:
                    tried.bind(("127.0.0.1", port))
            return list(range(first, first + count))
    raise AssertionError("no free ports")


def _stop(folder: Path) -> None:
    """End all daemons that were started from a folder."""
    for pid in [*folder.glob("*.pid")]:
        with suppress(OSError, ValueError):
            os.kill(int(pid.read_text(encoding="utf-8")), signal.SIGKILL)
