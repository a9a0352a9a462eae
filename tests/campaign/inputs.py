"""Bad input at the command line and in the config: one line, and a status that is not zero."""

import contextlib
import io
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from campaign.case import Outcome, inside
from campaign.small import small_archive

from brainside.cli.main import main

Case = tuple[tuple[str, ...], str]  # the arguments, and what the line has to name
COMMANDS: tuple[Case, ...] = (
    (("plan", "config/nothing"), "config/nothing"),
    (("plan", "config/quick", "--cores", "0"), "--cores"),
    (("plan", "config/quick", "--nodes", "-1"), "--nodes"),
    (("trace", "1.53"), "1.53"),
    (("trace", "digits/mlp100/nothing/1/test-error"), "nothing"),
    (("trace", ""), "trace"),
    (("dataset", "nothing"), "nothing"),
    (("sweep", "config/quick", "digits/mlp100", "nothing", "--seed", "0", "--key", "0" * 8),
     "nothing"),
    (("sweep", "config/quick", "digits/nothing", "magnitude", "--seed", "0", "--key", "0" * 8),
     "digits/nothing"),
    (("sweep", "config/quick", "digits/mlp100", "magnitude", "--seed", "0", "--key", "0" * 8),
     "0" * 8),
    (("sweep", "config/quick", "digits/mlp100", "magnitude", "--seed", "x", "--key", "0" * 8),
     "--seed"),
    (("search", "config/quick", "digits/mlp100", "nothing", "--key", "0" * 8), "nothing"),
    (("audit", "--retrain", "--only", "digits/mlp100/nothing/0"), "nothing"),
    (("audit", "--retrain", "--fraction", "2"), "--fraction"),
    (("audit", "--retrain", "--minutes", "-1"), "--minutes"),
    (("audit", "--retrain", "--minutes", "nan"), "--minutes"),
    (("audit", "--retrain", "--sample", "0"), "--sample"),
    (("audit", "--only", "digits/mlp100/nothing/0"), "write --retrain, too"),
    (("audit", "--minutes", "5"), "write --retrain, too"),
    (("manifest", "config/quick", "--accept"), "quick is live"),
    (("scoreboard", "config/quick"), "quick is live"),
    (("gallery", "config/quick"), "quick is live"),
    (("site", "config/quick"), "quick is live"),
    (("audit", "--workflow", "nothing.yaml"), "nothing.yaml"),
    (("manifest", "config/nothing"), "config/nothing"),
    (("scoreboard", "config/nothing"), "config/nothing"),
    (("nothing",), "nothing"),
    ((), "COMMAND"),
)  # fmt: skip
Edit = tuple[str, str, str]  # a file of the config, a text in it, and what takes its place
EDITS: tuple[Edit, ...] = (
    ("methods/han2015magnitude.yaml", "ranking: ", "ranking: layr # "),
    ("methods/han2015magnitude.yaml", "function: ", "functoin: "),
    ("methods/han2015magnitude.yaml", "function: ", "function: nothing.sweep # "),
    ("tasks.yaml", "batch: ", "batch: 50.5 # "),
    ("tasks.yaml", "epochs: ", "epochs: 010 # "),
    ("tasks.yaml", "learning_rate: ", "learning_rate: fast # "),
    ("tasks.yaml", "dataset: ", "dataset: nothing # "),
    ("tasks.yaml", "margin: ", "margin: -1 # "),
    ("study.yaml", "device: ", "device: abacus # "),
    ("study.yaml", "kind: ", "kind: dead # "),
    ("study.yaml", "name: ", "name: [] # "),
)
COUNT = len(COMMANDS) + len(EDITS)


def outcomes(folder: Path, first: int) -> Iterator[Outcome]:
    """Commands first, then configs that are edited and planned."""
    tried: list[Callable[[], Outcome]] = [
        *(lambda a=a, n=n: _run(a, n) for a, n in COMMANDS),
        *(lambda edit=edit: _edited(*edit) for edit in EDITS),
    ]
    for case in tried[first:]:
        with inside(small_archive(folder)):
            yield case()


def _edited(name: str, old: str, new: str) -> Outcome:
    """Plan the study with another text in one of its files, which the line has to name."""
    path = Path("config/quick") / name
    blob = path.read_bytes()
    if old.encode() not in blob:
        return Outcome(False, False, True, f"{path}: has no {old!r} to edit")
    path.write_bytes(blob.replace(old.encode(), new.encode(), 1))
    try:
        return _run(("plan", "config/quick"), "config/quick")
    finally:
        path.write_bytes(blob)


def _run(arguments: tuple[str, ...], name: str) -> Outcome:
    told = io.StringIO()
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(told):
            main(list(arguments))
        status: object = 0
    except SystemExit as end:
        status = end.code
    except Exception:
        status = traceback.format_exc().splitlines()[-1]
    ended = status in (1, 2)
    text = f"{' '.join(arguments)}: status {status}: {told.getvalue()}"
    return Outcome(ended, ended and name in told.getvalue(), not ended, text)
