"""What `tabulate`, `tabulate_codings`, `claims` and `numbers` share: a study's files, written."""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

from brainside.base.files import write_whole
from brainside.study.study import Study, load


def write(files: Callable[[Study], Mapping[Path, str]], args: argparse.Namespace) -> None:
    """Write the texts that `files` makes of the study, by their paths."""
    for path, text in files(load(args.config)).items():
        write_whole(path, text.encode())
