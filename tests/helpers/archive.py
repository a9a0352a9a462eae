"""A small archive that has all that the real one has: searches, codings, log, text, DVC's files."""

import hashlib
import json
from pathlib import Path

import yaml

from brainside.archive import gallery, manifest
from brainside.audit import retraining, spotcheck, typed
from brainside.audit.stages import object_path
from brainside.base import paths
from brainside.base.files import read_whole, write_whole
from brainside.jobs import coding as coding_job
from brainside.jobs import sweep as sweep_job
from brainside.report import readme
from brainside.report.release import versions
from brainside.study.clone import fixed
from brainside.study.codings import codings
from brainside.study.study import Study
from helpers.project import CLAIMS, ROOT, Project, regenerate

COST = "s\th:m:s\tmax_rss\tcpu_time\n1.50\t0:00:01\t300.00\t{:.2f}\n"
BENCHMARKS = "figure,value,sense,target,spread,n,machine\na step,1.6,at most,2,0.2,15,x86\n"
TEXT = "Networks with 40 hidden units err \\result{digits/mlp100/reference/1/test-error}.\n"
TABLE = "| way | of | it |\n|---|---|---|\n| ours | 1.0 | 0.9 |\n| theirs | 1.0 | 1.0 |\n"
NOTEBOOK = "questions.ipynb"
PICTURE = Path("docs/page.png")  # of the page, in the README
README = f"""# A study

It trains 4 networks in 2 minutes, or in about ten minutes elsewhere.

![The page](docs/page.png)
![Error by budget](results/error_by_budget.png)

{readme.FROM}{readme.TO}
"""


def furnish(project: Project) -> Study:
    """Run a pruning method and a searched one, with seeds 0 and 1, and make all that follows."""
    Path("config/claims").mkdir()
    Path("config/claims/nobody2000.yaml").write_text(CLAIMS, encoding="utf-8")
    Path("config/workflow.yaml").write_text("studies: [config/quick]\n", encoding="utf-8")
    config = project.config
    config["kind"] = "archived"
    config["claims"] = ["nobody2000"]
    config["gallery"] = {"tasks": ["digits/mlp100"], "seed": 0, "budgets": ["1/4"]}
    config["experiments"][0] |= {"methods": ["magnitude", "hashednet"], "seeds": [0, 1]}
    config["experiments"] = config["experiments"][:1]
    config["methods"]["hashednet"]["search"] = {
        "learning_rate": {"log_uniform": [0.05, 0.2]}, "batch": {"choice": [100, 200]}
    }  # fmt: skip
    config["codings"] = {
        "codecs": {"raw": {"positions": "list"}, "shared": {"values": "kmeans"}},
        "networks": [{"tasks": ["digits/mlp100"], "methods": ["magnitude"], "budgets": ["1/4"],
                      "seeds": [0]}],
    }  # fmt: skip
    study = project.load()
    for sweep in study.sweeps:
        project.inputs(sweep)
        if not sweep.done:
            sweep_job.run(sweep)
    for job in codings(study):
        coding_job.run(job)
    _measure(study)
    _fix(study)
    _write_texts(study)
    gallery.write_gallery(study)
    manifest.write_manifest(study, accept=False)
    version(study)
    return study


class Pretended:
    """In place of training: a copy of the archive's own record; seeds in `fail` give an error."""

    def __init__(self, fail: tuple[int, ...] = ()):
        self.fail, self.trained = fail, []

    def __call__(self, study, sweeps, cores):
        for sweep in sweeps:
            self.trained.append((sweep.method, sweep.seed))
            for source in filter(None, (sweep, sweep.parent)):
                for path in source.files:
                    write_whole(retraining.folder(sweep) / path, path.read_bytes())
            yield sweep, "no memory" if sweep.seed in self.fail else ""


def _measure(study: Study) -> None:
    """Costs as the workflow writes them, benchmarks, and a log of two retrained sweeps."""
    for number, job in enumerate([*study.everything, *study.searches]):
        write_whole(job.cost, COST.format(number + 1).encode())
    write_whole(paths.BENCHMARKS, BENCHMARKS.encode())
    sample = spotcheck.drawn(spotcheck.population(study), 2, 7)
    list(spotcheck.check(study, sample, "7", 1, Pretended()))


def _fix(study: Study) -> None:
    """What a clone has beside its config and results: the text, its style, captions, versions."""
    paths.RULES.mkdir()
    kept = [paths.NOTEBOOK_SOURCES / NOTEBOOK, paths.NOTEBOOKS / NOTEBOOK]
    for path in (*kept, *versions.FILES, *fixed([study])):
        if path != paths.MANIFEST and not path.exists():
            write_whole(path, (ROOT / path).read_bytes())


def _write_texts(study: Study) -> None:
    """Tables, README with picture and scoreboard, and a section with a typed number."""
    regenerate(study)
    write_whole(readme.picture(study), b"a drawing")
    write_whole(readme.PICTURE, b"a drawing")
    write_whole(paths.README, README.encode())
    write_whole(PICTURE, b"a picture")
    write_whole(Path("docs/reproducibility.md"), TABLE.encode())
    for path, text in readme.files(study).items():
        write_whole(path, text.encode())
    write_whole(paths.SECTIONS / "text.tex", TEXT.encode())
    report = paths.filled(paths.TEXT, report=study.report)
    write_whole(report, report.read_bytes() + b"\\input{sections/text}\n")
    write_whole(paths.TYPED_NUMBERS, typed.listed().encode())


def version(study: Study) -> None:
    """A dvc.lock of figures, gallery, manifest and config, and the bundled remote, as DVC does."""
    figures, copies = readme.picture(study).parent, paths.GALLERY / study.name
    summary = paths.filled(paths.TABLE, study=study.name, table="summary")
    of_git = [summary, PICTURE, paths.NOTEBOOKS / NOTEBOOK]
    pushed = [_folder(figures, push=True), _folder(copies, push=True), _page()]
    stage = {
        "deps": [_folder(paths.CONFIG, push=False), _file(paths.MANIFEST)],
        "outs": [*pushed, *map(_file, of_git)],
    }
    lock = {"schema": "2.0", "stages": {"study": stage}}
    write_whole(paths.LOCK, yaml.safe_dump(lock).encode())
    named: dict[str, list] = {kind: [entry["path"] for entry in stage[kind]] for kind in stage}
    named["outs"][len(pushed) :] = [{str(path): {"cache": False}} for path in of_git]
    write_whole(Path("dvc.yaml"), yaml.safe_dump({"stages": {"study": named}}).encode())


def _page() -> dict:
    """A single output that the remote has, too."""
    write_whole(paths.SITE, b"a page")
    entry = _file(paths.SITE)
    write_whole(object_path(entry["md5"]), b"a page")
    return entry


def _file(path: Path) -> dict:
    blob = read_whole(path)
    return {"path": str(path), "md5": hashlib.md5(blob).hexdigest(), "size": len(blob)}


def _folder(path: Path, *, push: bool) -> dict:
    files = sorted(file for file in path.rglob("*") if file.is_file())
    entries = [
        {"md5": _file(file)["md5"], "relpath": file.relative_to(path).as_posix()} for file in files
    ]
    blob = json.dumps(sorted(entries, key=lambda entry: entry["relpath"])).encode()
    digest = hashlib.md5(blob).hexdigest() + ".dir"
    if push:
        write_whole(object_path(digest), blob)
        for file, entry in zip(files, entries, strict=True):
            write_whole(object_path(entry["md5"]), file.read_bytes())
    size = sum(file.stat().st_size for file in files)
    return {"path": str(path), "md5": digest, "size": size, "nfiles": len(files)}
