"""The workflow as its users run it, on a copy of the repository with a shorter quick study."""

import base64
import os
import random
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
import yaml
from helpers.shortened import copied, edit, environment, records, snakemake

from brainside.study.codings import NNCODEC

REPOSITORY = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow
# The quick study, and of the archive every kind of product but the page to explore and the PDF:
# tables, claims, numbers, the figures of one experiment, the notebook.
MADE = ("quick_study", "paper/generated/paper/numbers.tex",
        "results/figures/paper/obd_figure_1b.pdf", "results/notebooks/questions.ipynb")  # fmt: skip


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """A copy of the repository with the shorter study, run once."""
    folder = copied(tmp_path_factory.mktemp("trained") / "project")
    snakemake(folder, "--cores", "2", *MADE)
    return folder


@pytest.fixture
def project(trained: Path, tmp_path: Path) -> Path:
    """A copy of the project that was run, with the times of its files, for a test to alter."""
    return shutil.copytree(trained, tmp_path / "project")


def planned_rules(planned: str) -> set[str]:
    """The rules that a dry run would run."""
    rules = ("rule ", "localrule ")
    lines = [line for line in planned.splitlines() if line.startswith(rules)]
    return {line.split()[1].removesuffix(":") for line in lines}


def test_a_second_run_and_new_times_on_all_files_run_nothing(project: Path) -> None:
    assert "Nothing to be done" in snakemake(project, "-n", *MADE)
    sources = [*project.glob("src/**/*.py"), *project.glob("config/**/*.yaml")]
    for path in [*sources, project / "Snakefile"]:
        path.touch()
    assert "Nothing to be done" in snakemake(project, "-n", *MADE)
    assert planned_rules(snakemake(project, "-n", "site/index.html")) == {"site"}


def test_from_a_folder_inside_the_same_is_planned(project: Path) -> None:
    done = subprocess.run(
        ["snakemake", "-n", "-s", "../Snakefile", "quick_study"], cwd=project / "src",
        env=environment(project), text=True, capture_output=True, encoding="utf-8"
    )  # fmt: skip
    assert "Nothing to be done" in done.stdout + done.stderr
    assert not (project / "src/results").exists()


def test_a_changed_parameter_retrains_exactly_its_sweeps(project: Path) -> None:
    def change(config: dict) -> None:
        config["methods"]["magnitude"]["params"]["ranking"] = "layer"

    edit(project, change)
    planned = snakemake(project, "-n", "-p", "quick_study")
    # Were a rule's text another one, Snakemake would train all records again where it made them.
    trained = r"brainside sweep config/quick digits/mlp100 magnitude --seed 0 --key \w{8} 2> logs/"
    assert re.search(trained, planned)
    codings = 2 + NNCODEC  # two entries, and NNCodec's in a job of its own, where it is installed
    assert planned.count("rule sweep:") == 1 and planned.count("rule coding:") == codings
    assert planned.count("rule plotdata:") == 1
    assert planned.count("method=magnitude,") == 2 + codings
    assert "rule search:" not in planned


def test_a_changed_figure_rebuilds_only_those_of_its_experiment(project: Path) -> None:
    figure = project / "src/brainside/report/figures/predicted_increase.py"  # of the paper study
    figure.write_text(figure.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
    assert planned_rules(snakemake(project, "-n", *MADE)) == {"figures_paper_e4_obd1989"}


def test_a_missing_record_of_a_clone_is_all_that_is_made_again(project: Path) -> None:
    """A clone has records and searches; data, checkpoints, and Snakemake's memory it has not."""
    record = next(project.glob("results/runs/quick/digits/mlp100/magnitude/*.csv"))
    kept = records(project)
    record.unlink()
    for made in ("data", "results/checkpoints", ".snakemake"):
        shutil.rmtree(project / made)
    wanted = [name for name in kept if name.endswith(".csv")]
    printed = snakemake(project, "--cores", "1", "-p", *wanted)
    assert printed.count("rule sweep:") == 2 and "rule search:" not in printed
    assert printed.count("rule dataset:") == 1
    assert records(project) == kept


@pytest.mark.parametrize("cores", ["1", "2"])
def test_killed_runs_go_on_to_the_same_bytes(trained: Path, project: Path, cores: str) -> None:
    for made in ("runs", "tuned", "checkpoints", "tables"):
        shutil.rmtree(project / "results" / made / "quick")
    command = ["--cores", cores, "results/tables/quick/rows.csv"]
    draw = random.Random(int(cores))
    for _ in range(4):
        run = subprocess.Popen(
            ["snakemake", *command], cwd=project, env=environment(project),
            start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(draw.uniform(3, 12))
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
    printed = snakemake(project, *command)
    ours, wanted = records(project), records(trained)
    differing = {name for name in ours | wanted if ours.get(name) != wanted.get(name)}
    assert not differing, printed
    assert not any(project.glob("results/**/*.part"))


def test_what_needs_a_search_that_was_killed_at_its_very_end_is_planned_with_it(
    project: Path,
) -> None:
    """Its file is there, and Snakemake's mark of a job that has not ended too."""
    tuned = next(project.glob("results/tuned/quick/digits/mlp100/small-conv.*.json"))
    name = base64.urlsafe_b64encode(str(tuned.relative_to(project)).encode()).decode()
    (project / ".snakemake/incomplete" / name).write_text(
        '{"external_jobid": null}', encoding="utf-8"
    )
    next(project.glob("results/runs/quick/digits/mlp100/small-conv/*.csv")).unlink()
    shutil.rmtree(project / "results/tables/quick")
    planned = snakemake(project, "-n", "results/tables/quick/rows.csv")
    assert [planned.count(f"rule {rule}:") for rule in ("search", "sweep", "tabulate")] == [1, 1, 1]


def test_the_audit_takes_its_sample_from_the_command_line(project: Path) -> None:
    planned = snakemake(project, "-n", "-p", "audit", "--config", "fraction=1", "seed=7")
    assert "brainside audit --retrain" in planned and "--fraction 1 --seed 7" in planned
    asked = dict(re.findall(r"\b(mem_mb|runtime)=(\d+)", planned))
    assert int(asked["mem_mb"]) > 2000 and int(asked["runtime"]) > 30  # the profiles' defaults


def test_plot_data_are_made_of_checkpoints_at_hand_and_never_by_training(project: Path) -> None:
    files = sorted(project.glob("results/plotdata/quick/**/*.csv"))
    assert [path.parent.name for path in files] == ["magnitude", "reference"]
    kept = files[0].read_bytes()
    files[0].unlink()
    planned = snakemake(project, "-n", "quick_study")
    assert planned.count("rule plotdata:") == 1 and "rule sweep:" not in planned
    snakemake(project, "--cores", "1", str(files[0].relative_to(project)))
    assert files[0].read_bytes() == kept
    # A clone has the files and no checkpoints.
    shutil.rmtree(project / "results/checkpoints/quick")
    (project / "results/figures/quick/weights.png").unlink()
    planned = snakemake(project, "-n", "results/figures/quick/weights.png")
    assert "rule plotdata:" not in planned and "rule sweep:" not in planned


def tutorial() -> dict[str, str]:
    """The code of the README's tutorial, by its language."""
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    text = readme.partition("<!-- tutorial -->")[2].partition("<!-- end of tutorial -->")[0]
    return {language: code for language, code in re.findall(r"```(\w+)\n(.*?)```", text, re.S)}


def test_the_readmes_tutorial_adds_a_method_by_one_file_and_one_entry(project: Path) -> None:
    code = tutorial()
    assert code["python"].count("\n") <= 15
    (entry,) = yaml.safe_load(code["yaml"]).values()

    def neighbour(config: dict) -> None:  # the shortened study lacks it
        config["experiments"][0]["methods"].append(entry["beside"])
        config["figures"]["error_by_budget"]["methods"].append(entry["beside"])

    edit(project, neighbour)
    (project / "src/brainside/methods/doe2027idea.py").write_text(code["python"], encoding="utf-8")
    (project / "config/quick/methods/doe2027idea.yaml").write_text(code["yaml"], encoding="utf-8")
    snakemake(project, "--cores", "2", "results/figures/quick/error_by_budget.pdf")
    summary = (project / "results/tables/quick/summary.csv").read_text(encoding="utf-8")
    assert "digits/mlp100,idea,0.0625,1,1," in summary
    traced = subprocess.run(
        ["brainside", "trace", "results/figures/quick/error_by_budget.pdf"], cwd=project,
        env=environment(project), capture_output=True, text=True, check=True, encoding="utf-8"
    ).stdout  # fmt: skip
    assert "records of idea on digits/mlp100: 1 of 1" in traced
