"""The last word of a run that failed: its first job that did, and whether it was killed."""

import re
from pathlib import Path

# In what Snakemake logs; jobs of a group are indented.
ERROR = re.compile(r"^( *)Error in rule (?P<rule>\w+):\n(?P<said>(?:\1    .*\n)+)", re.MULTILINE)
KILLED = (
    "killed, usually for lack of memory; it is tried again with more where a profile says `retries`"
)
# What a job that was not killed leaves in its log, at the latest when it ends.
REASON = re.compile(r"^(Traceback|\w+: error:|brainside \w+: )", re.MULTILINE)


def first(path: str) -> str:
    """Rule, job and log of the first job that failed and did not succeed later; "" if none did.

    `path` is that of Snakemake's own log.
    """
    logged = Path(path).read_text(encoding="utf-8", errors="replace")
    for error in ERROR.finditer(logged):
        said = dict(re.findall(r"^ +(jobid|output|log): (.*)", error["said"], re.MULTILINE))
        if f"Finished jobid: {said['jobid']} " in logged:
            continue
        log = said.get("log", "").partition(" (")[0]
        made = said.get("output", "").partition(", ")[0]
        what = f"The first job to fail: rule {error['rule']} {made}".rstrip()
        return f"{what}\nIts log: {log}" + f" ({KILLED})" * _killed(log, logged) if log else what
    return ""


def _killed(log: str, logged: str) -> bool:
    """Whether a job was killed: its exit status says so, or, if unknown, its log has no reason."""
    status = re.findall(rf"{re.escape(log)}\b.* exit status (\d+)", logged)
    if status:
        return status[-1] == "137"
    path = Path(log)
    return path.exists() and not REASON.search(path.read_text(encoding="utf-8", errors="replace"))
