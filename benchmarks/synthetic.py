"""The quick study with any number of seeds, with records that were never trained."""

import copy
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from brainside.analysis import coding_tables, tables
from brainside.archive import mistakes, records
from brainside.archive.specs import write_spec
from brainside.base.files import write_whole
from brainside.jobs.sweep import allowance
from brainside.report.tex import numbers
from brainside.study.configs import read_study
from brainside.study.study import Study, of_config
from brainside.study.sweeps import Sweep

QUICK = Path("config/quick")
IMAGES = 100
DIGEST = "{:064x}"


def seeds_of(number: int) -> list[int]:
    """So many seeds, none of which is 1,000, that of the searches."""
    return list(range(10_000, 10_000 + number))


def study_of(seeds: int) -> Study:
    """The quick study with so many seeds of every entry, 32 sweeps each."""
    config = copy.deepcopy(read_study(QUICK))
    for entry in (*config["experiments"], *config["codings"]["networks"]):
        entry["seeds"] = seeds_of(seeds)
    return of_config(config, QUICK)


def write_archive(study: Study) -> None:
    """Write records, specs, tables and numbers of a study into the working directory."""
    for number, sweep in enumerate(study.everything):
        write_spec(sweep, "none")
        records.write(list(_rows(sweep, np.random.default_rng(number))), sweep.path)
    for files in (tables.files, coding_tables.files, numbers.files):
        for path, text in files(study).items():
            write_whole(path, text.encode())


def _rows(sweep: Sweep, random: np.random.Generator) -> Iterator[dict]:
    for budget in sweep.budgets:
        wrong = random.random(IMAGES) < 0.2
        axis, allowed = allowance(sweep, budget)
        yield {
            **dict.fromkeys(records.COLUMNS, 0), "study": sweep.study, "task": sweep.task,
            "method": sweep.method, "budget": budget, "seed": sweep.seed, "key": sweep.key,
            "row_key": sweep.row_key(budget), axis: allowed, "test_error": wrong.mean(),
            "diverged": False, "collapsed": False, "data_digest": sweep.spec["task"]["digest"],
            "checkpoint_sha256": DIGEST.format(random.integers(1 << 62)),
            mistakes.COLUMN: mistakes.pack(wrong),
        }  # fmt: skip
