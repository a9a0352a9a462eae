"""The files that rules read and make, by study.

A live study is trained by the default command. An archived one is made again from the records that
are there, so that nothing of it trains unless it is asked for.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from brainside.base import paths
from brainside.base.errors import Refused
from brainside.study import claims
from brainside.study.codings import codings
from brainside.study.configs import figures_of, files_of
from brainside.study.plotdata import plotdata
from brainside.study.sources import sources
from brainside.study.study import Study
from brainside.study.sweeps import Trained


def config_files(study: Study) -> list[str]:
    """The files of a study's config."""
    return list(map(str, files_of(study.path)))


def claim_files(study: Study) -> list[str]:
    """The files of the claims that a study judges."""
    return list(map(str, claims.files(study)))


def records(study: Study) -> list[str]:
    """All records of a live study; those that are there of an archived one."""
    return [str(sweep.path) for sweep in study.sweeps if study.live or sweep.done]


def possible_codings(study: Study) -> list[str]:
    """The codings of a study; those of NNCodec where it is installed."""
    return [str(coding.path) for coding in codings(study) if coding.possible]


def codings_to_tabulate(study: Study) -> list[str]:
    """All possible codings of a live study; those of them that are there of an archived one."""
    return [path for path in possible_codings(study) if study.live or Path(path).exists()]


def plotdata_to_draw(study: Study, figure: str | None = None) -> list[str]:
    """Plot data of one figure or all; of an archived study what is there or can be made at once."""
    return [
        str(job.path)
        for job in plotdata(study, figure)
        if study.live or job.possible or (job.done and job.sweep.done)
    ]


def digest_of_costs(study: Study) -> str:
    """One digest of the searches and costs that an archived study's report tells; else nothing.

    A digest, and not inputs: the report must not make jobs run whose records are there.
    """
    if study.live:
        return ""
    jobs: list[Trained] = [*study.everything, *study.searches]
    files = [*(job.cost for job in jobs), *(search.path for search in study.searches)]
    blobs = (path.read_bytes() for path in files if path.exists())
    return hashlib.sha256(b"".join(blobs)).hexdigest()


def tables(study: Study) -> list[str]:
    """The tables of a study, those of its codings where it has any."""
    names = [*paths.TABLES, *(paths.CODING_TABLES if "codings" in study.config else ())]
    return [str(paths.filled(paths.TABLE, study=study.name, table=name)) for name in names]


def table_of_claims(study: Study) -> list[str]:
    """The table of the claims that a study judges; nothing where it judges none."""
    named = study.config["claims"]
    return [str(paths.filled(paths.TABLE, study=study.name, table="claims"))] if named else []


def figures(study: Study) -> list[str]:
    """Every figure of a study as PDF and PNG."""
    return [path for name in study.config["figures"] for path in figure_files(study, name)]


def figure_files(study: Study, name: str) -> list[str]:
    """A figure as PDF and PNG."""
    return [
        str(paths.filled(paths.FIGURE, study=study.name, figure=name, ending=ending))
        for ending in paths.ENDINGS
    ]


def drawings(studies: Iterable[Study]) -> Iterator[tuple[Study, str, list[str]]]:
    """The figures that one job draws: a study, the file of an experiment, and its figures."""
    for study in studies:
        for experiment, names in figures_of(study.path).items():
            yield study, experiment, names


def drawn_from(study: Study, names: Iterable[str]) -> dict[str, list[str]]:
    """What figures read: tables, plot data, published values, the config, and the sources."""
    names = list(names)
    plotted = [path for name in names for path in plotdata_to_draw(study, name)]
    modules = {study.config["figures"][name]["draw"] for name in names}
    return {
        "tables": tables(study),
        "plotdata": list(dict.fromkeys(plotted)),
        "published": [str(paths.PUBLISHED)],
        "config": config_files(study),
        "code": sources(*(f"report.figures.{module}" for module in modules)),
    }


def document(study: Study, latex: bool) -> str:
    """A study's PDF, or the numbers that it is made from where LaTeX is missing."""
    if latex:
        return paths.DOCUMENT.format(report=study.report)
    return paths.GENERATED.format(study=study.name, name="numbers")


def products(study: Study, latex: bool) -> list[str]:
    """All that the default command makes of a study; an archived one's codings are asked for."""
    return [
        document(study, latex),
        *(possible_codings(study) if study.live else ()),
        *tables(study),
        *table_of_claims(study),
        *plotdata_to_draw(study),
        *figures(study),
    ]


def shown(studies: Iterable[Study]) -> list[str]:
    """What Snakemake's report shows of all studies, and the page to explore if it is there."""
    page = [str(paths.SITE)] if paths.SITE.exists() else []
    return [*page, *(path for study in studies for path in _shown(study))]


def _shown(study: Study) -> list[str]:
    """Figures and claims of a study, its PDF if it is there; nothing of a live one not run here.

    Raises Refused for an archived one whose figures are missing.
    """
    pictures = [path for path in figures(study) if path.endswith(".png")]
    missing = [path for path in pictures if not Path(path).exists()]
    if missing and not study.live:
        raise Refused(f"{missing[0]} is missing; `dvc pull` or `snakemake --cores all` brings it")
    if missing:
        return []
    pdf = document(study, latex=True)
    return [*pictures, *table_of_claims(study), *([pdf] if Path(pdf).exists() else [])]


def sections(report: str) -> list[str]:
    """The hand-written TeX of a document, by its name."""
    return sorted(map(str, paths.SECTIONS.glob(f"{report}_*.tex")))


def site_assets() -> list[str]:
    """What the page to explore is made of beside Python: its text, style and scripts."""
    return sorted(os.path.relpath(paths.SITE_ASSETS / name) for name in paths.ASSETS)


def notebooks() -> list[str]:
    """Every notebook, as it is kept after it was executed."""
    sources = sorted(paths.NOTEBOOK_SOURCES.glob("*.ipynb"))
    return [paths.NOTEBOOK.format(notebook=path.stem) for path in sources]
