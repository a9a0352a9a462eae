"""The small archive of the tests in a folder of the campaign."""

import contextlib
import io
import shutil
from pathlib import Path

from campaign.case import inside
from helpers.archive import furnish
from helpers.project import made

from brainside.data.preparation import prepare


def small_archive(folder: Path) -> Path:
    """The folder of an archive, which is made on the first call."""
    done, part = folder / "archive", folder / "part"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        for made_here in (part, folder / "data"):
            made_here.mkdir(parents=True)
        with inside(folder / "data"):
            digits = prepare("digits").resolve()
        with inside(part), contextlib.redirect_stderr(io.StringIO()):
            furnish(made(part, digits))
        part.rename(done)
    return done
