"""What the rules take from the studies, by the kind of study; without Snakemake."""

import inspect
import re
import shutil
from pathlib import Path

import pytest
import yaml
from helpers.configs import dump, write_study
from helpers.project import ROOT

from brainside.analysis.checks import CHECKS
from brainside.base import paths
from brainside.base.errors import Refused
from brainside.study import arguments, claims, clone, codings, figures, products, study, workflow
from brainside.study.costs import JOB, seconds

SLIM = ["digits/slim"]


def touch(path: Path | str) -> Path:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).touch()
    return Path(path)


@pytest.fixture
def live(project):
    project.config["experiments"] = project.config["experiments"][:1]
    project.config["experiments"][0]["methods"] = ["magnitude", "small-conv", "hashednet"]
    project.config["figures"] = {
        name: project.config["figures"][name] for name in ("error_by_budget", "hashed_weights")
    }
    network = {"tasks": ["digits/mlp100"], "methods": ["magnitude"], "budgets": ["1/4"],
               "seeds": [0]}  # fmt: skip
    project.config["codings"] = {"codecs": {"raw": {"positions": "list"}}, "networks": [network]}
    return project.load()


@pytest.fixture
def archived(project, live):
    project.config["kind"] = "archived"
    return project.load()


def test_a_live_study_reads_all_its_records_an_archived_one_those_that_are_there(live, archived):
    one = live.sweeps[0]
    assert products.records(archived) == []
    touch(one.path)
    assert products.records(archived) == [str(one.path)]
    assert products.records(live) == [str(sweep.path) for sweep in live.sweeps]


def test_a_report_shows_what_is_there_and_asks_for_the_figures_of_an_archive(live, archived):
    assert products.shown([live]) == []
    with pytest.raises(Refused, match="error_by_budget.png is missing; `dvc pull`"):
        products.shown([archived])
    pictures = [touch(path) for path in products.figures(live) if path.endswith(".png")]
    assert products.shown([live]) == products.shown([archived]) == list(map(str, pictures))
    assert touch("paper/quick.pdf") and touch(paths.SITE)
    assert {"paper/quick.pdf", str(paths.SITE)} < {*products.shown([archived])}


def test_codings_are_tabulated_in_the_same_way(live, archived):
    (coding,) = products.possible_codings(live)
    assert products.codings_to_tabulate(live) == [coding]
    assert products.codings_to_tabulate(archived) == []
    touch(coding)
    assert products.codings_to_tabulate(archived) == [coding]


def test_plot_data_of_an_archived_study_are_drawn_only_if_nothing_is_trained_for_them(
    live, archived
):
    (wanted,) = products.plotdata_to_draw(live, "hashed_weights")
    assert products.plotdata_to_draw(live, "error_by_budget") == []
    assert products.plotdata_to_draw(archived) == []
    sweep = archived.find("digits/mlp100", "hashednet", 0)
    touch(wanted)
    assert products.plotdata_to_draw(archived) == []  # of a record that is gone
    touch(sweep.path)
    assert products.plotdata_to_draw(archived) == [wanted]
    Path(wanted).unlink()
    sweep.checkpoints.mkdir(parents=True)  # it can be made at once
    assert products.plotdata_to_draw(archived) == [wanted]


def test_every_job_is_found_by_its_path(live):
    jobs = workflow.all_jobs([live])
    assert all(str(job.path) == path for path, job in jobs.items())
    kinds = {type(job).__name__ for job in jobs.values()}
    assert kinds == {"Sweep", "Search", "Coding", "PlotData"}


def test_an_unfinished_job_takes_all_its_inputs_a_finished_one_what_is_there_of_them(live):
    sweep = live.find("digits/mlp100", "magnitude", 0)
    assert set(workflow.inputs(sweep, True)) == {"data", "reference", "mistakes", "weights"}
    touch(sweep.parent.path)
    assert workflow.inputs(sweep, False) == {
        "data": "data/prepared/digits.npz", "reference": str(sweep.parent.path)
    }  # fmt: skip


def test_a_job_takes_what_is_planned_and_one_of_another_rule_its_start(live):
    jobs, studies = workflow.all_jobs([live]), {"quick": live}
    sweep, search = live.find("digits/mlp100", "magnitude", 0), live.searches[0]
    names = {"study": "quick", "task": sweep.task, "method": sweep.method, "seed": "0"}
    asked = names | {"key": sweep.key}
    assert workflow.planned_seconds("sweep", asked, jobs, studies) == seconds([sweep], live)
    asked = names | {"method": search.method, "key": search.key}
    assert workflow.planned_seconds("search", asked, jobs, studies) == seconds([search], live)
    assert workflow.planned_seconds("tabulate", {"study": "quick"}, jobs, studies) == JOB


def test_what_is_done_is_not_to_be_made(live):
    jobs = workflow.all_jobs([live])
    assert workflow.to_make([live]) == {job.path for job in jobs.values()}
    for path in jobs:
        touch(path)
    assert workflow.to_make([live]) == set()
    sweep = live.find("digits/mlp100", "hashednet", 0)
    assert workflow.to_make([live], [str(sweep.checkpoints)]) == {sweep.path}


def test_what_an_archived_study_lacks_is_made_only_if_it_is_asked_for(archived):
    coding = next(iter(codings.codings(archived)))
    sweep = coding.sweep
    touch(sweep.path)  # its checkpoints are elsewhere, and a coding of them is missing
    assert workflow.to_make([archived]) == set()
    assert workflow.to_make([archived], ["results/tables/quick/claims.csv"]) == set()
    for target in ("quick_codings", str(coding.path), str(sweep.checkpoints)):
        assert sweep.path in workflow.to_make([archived], [target])


def test_searches_and_costs_that_an_archived_studys_report_tells_change_its_digest(live, archived):
    before = products.digest_of_costs(archived)
    touch(archived.sweeps[0].cost).write_text("s\n1\n", encoding="utf-8")
    after = products.digest_of_costs(archived)
    touch(archived.searches[0].path).write_text("{}", encoding="utf-8")
    assert len({before, after, products.digest_of_costs(archived)}) == 3
    assert products.digest_of_costs(live) == ""


def test_tables_of_codings_and_claims_are_there_where_the_study_has_any(project, live):
    names = [Path(path).stem for path in products.tables(live)]
    assert names == ["rows", "summary", "comparisons", *paths.CODING_TABLES]
    project.config.pop("codings")
    project.config["claims"] = ["nobody2000"]
    plain = project.load()
    assert len(products.tables(plain)) == 3
    assert products.table_of_claims(live) == []
    assert products.table_of_claims(plain) == ["results/tables/quick/claims.csv"]


def test_every_figure_has_both_endings(live):
    assert products.figures(live)[:2] == [
        f"results/figures/quick/error_by_budget.{ending}" for ending in ("pdf", "png")
    ]
    assert len(products.figures(live)) == 4


def test_figures_of_an_experiment_are_drawn_together_from_what_each_of_them_reads(live):
    names = ["error_by_budget", "hashed_weights"]
    assert list(products.drawings([live])) == [(live, "all", names)]
    both = products.drawn_from(live, names)
    assert both["tables"] == products.tables(live)
    assert both["plotdata"] == products.plotdata_to_draw(live, "hashed_weights") != []
    drawers = {path for path in both["code"] if "report/figures/" in path}
    for name in names:
        alone = products.drawn_from(live, [name])
        assert {*alone["code"]} < {*both["code"]}
        assert any(path.endswith(f"report/figures/{name}.py") for path in drawers)


def test_a_document_is_a_pdf_or_the_numbers_in_it_where_latex_is_missing(live):
    assert products.document(live, latex=True) == "paper/quick.pdf"
    assert products.document(live, latex=False) == "paper/generated/quick/numbers.tex"


def test_codings_are_made_by_default_of_a_live_study_only(live, archived):
    (coding,) = products.possible_codings(live)
    assert coding in products.products(live, latex=True)
    assert coding not in products.products(archived, latex=True)
    shared = {*products.tables(live), *products.figures(live)}
    assert shared <= {*products.products(archived, latex=False)}


def test_the_audits_options_are_those_of_the_command_line():
    assert workflow.audit_options({"studies": [], "fraction": 1, "seed": 7}) == (
        "--fraction 1 --seed 7"
    )


def test_the_files_that_git_has_are_all_there(monkeypatch):
    monkeypatch.chdir(ROOT)
    clone.check_fixed(study.load_all())
    assert products.sections("report") and products.notebooks()


def furnish_clone(project) -> study.Study:
    """Make the folder a clone, with all the files that rules read; its only study."""
    project.config["claims"] = ["nobody2000"]
    whole = project.load()
    touch("paper/quick.tex").write_text(
        r"\input{sections/quick_end} \input{generated/numbers}", encoding="utf-8"
    )
    touch("results/notebooks/kept.ipynb")
    touch("workflow/rules/common.smk")  # by which a clone is known
    none: dict = {"layers": {}, "errors": {}, "sizes": {}}
    dump(paths.PUBLISHED, {"study": "quick", **none})
    dump(paths.FORMER_VERDICTS, {"study": "quick", "rules": {}, "claims": {}})
    for path in clone.fixed([whole]):
        if not path.exists():
            touch(path)
    paths.LATEX.write_text("#!/bin/sh", encoding="utf-8")
    paths.LATEX.chmod(0o755)
    clone.check_fixed([whole])
    return whole


FIXED = [paths.REFERENCES, paths.PUBLISHED, paths.CLAIMS / "nobody2000.yaml", paths.MANIFEST,
         Path("paper/quick.tex"), Path("paper/sections/quick_end.tex"), paths.ENVIRONMENT,
         Path("workflow/notebooks/kept.ipynb"), paths.LATEX, paths.TYPED_NUMBERS]  # fmt: skip


@pytest.mark.parametrize("fixed", FIXED, ids=str)
def test_a_file_that_git_has_and_that_is_none_is_refused_in_one_line(project, fixed):
    whole = furnish_clone(project)
    fixed.write_bytes(b"one\n\xfftwo")
    with pytest.raises(Refused, match=f"^{fixed}:2: is not text in UTF-8; `git restore {fixed}`"):
        clone.check_fixed([whole])
    fixed.unlink()
    with pytest.raises(Refused, match=f"^{fixed} is missing; `git restore {fixed}`"):
        clone.check_fixed([whole])
    fixed.mkdir()
    with pytest.raises(Refused, match=f"^{fixed} is a folder where a file belongs; remove it, "):
        clone.check_fixed([whole])


def test_a_script_that_cannot_be_run_is_refused_in_one_line(project):
    whole = furnish_clone(project)
    paths.LATEX.chmod(0o644)
    with pytest.raises(Refused, match=rf"^{paths.LATEX} is not executable; `chmod \+x"):
        clone.check_fixed([whole])
    paths.LATEX.write_text("", encoding="utf-8")
    with pytest.raises(Refused, match=f"^{paths.LATEX} is no script; `git restore"):
        clone.check_fixed([whole])


@pytest.mark.parametrize("name", paths.ASSETS)
def test_an_asset_of_the_page_that_is_gone_is_refused_by_name(project, monkeypatch, name):
    whole = furnish_clone(project)
    shutil.copytree(paths.SITE_ASSETS, "assets")
    monkeypatch.setattr(paths, "SITE_ASSETS", Path("assets"))
    clone.check_fixed([whole])
    Path("assets", name).unlink()
    with pytest.raises(Refused, match=f"^assets/{name} is missing; `git restore assets/{name}`"):
        clone.check_fixed([whole])


def test_the_assets_of_the_page_are_all_listed():
    assert {path.name for path in paths.SITE_ASSETS.iterdir()} == {*paths.ASSETS}


def test_every_fixed_file_that_a_rule_names_is_looked_for_when_the_workflow_is_read(monkeypatch):
    monkeypatch.chdir(ROOT)
    rules = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "workflow/rules").glob("*.smk"))
    named = {getattr(paths, name) for name in re.findall(r"paths\.([A-Z_]+)", rules)}
    named |= {Path(each) for each in re.findall(r'"\.\./\.\./([\w.]+)"', rules)}
    named |= {Path("workflow") / each for each in re.findall(r'"\.\./([\w/]+\.\w+)"', rules)}
    constant = {
        Path(each) for each in named if isinstance(each, str | Path) and "{" not in str(each)
    }
    assert paths.REFERENCES in constant and paths.CAPTIONS / "figure.rst" in constant
    assert constant - {paths.SITE} <= {*clone.fixed(study.load_all())}  # which a rule makes


def test_a_figure_that_nothing_draws_is_refused_with_its_line(project):
    project.config["figures"]["error_by_budget"]["draw"] = "eror_by_budget"
    place = r"config/quick/experiments/all.yaml:\d+: figures.error_by_budget.draw: "
    with pytest.raises(Refused, match=place + "src/.*/eror_by_budget.py is missing"):
        figures.check(project.load())


CLAIM = """
paper: Nobody 2000
claims:
  - id: one
    statement: It is so.
    value: none known
    confidence: unknown
    checks:
      - {check: less_error, tasks: [digits/mlp100], method: magnitude, against: obd, budgets: [1/4]}
"""


@pytest.mark.parametrize(("right", "wrong", "field"), [
    ("digits/mlp100", "digits/mlp10", "tasks"), ("magnitude", "magnitud", "method"),
    ("obd", "odb", "against"),
])  # fmt: skip
def test_a_claim_about_what_the_study_does_not_have_is_refused_with_its_line(
    project, right, wrong, field
):
    project.config["claims"] = ["nobody2000"]
    path = touch(paths.CLAIMS / "nobody2000.yaml")
    path.write_text(CLAIM, encoding="utf-8")
    claims.check(project.load())
    path.write_text(CLAIM.replace("[1/4]", "[1/4, 0.25]"), encoding="utf-8")
    with pytest.raises(Refused, match="yaml:9: one.less_error.budgets: 1/4 appears twice"):
        claims.check(project.load())
    path.write_text(CLAIM.replace(right, wrong), encoding="utf-8")
    expected = f"{path}:9: one.less_error.{field}: config/quick has no '{wrong}'"
    with pytest.raises(Refused, match=re.escape(expected)):
        workflow.checked_jobs([project.load()])


@pytest.mark.parametrize(("right", "wrong", "said"), [
    ("against: obd", "agianst: obd", "agianst is not a key here; known: check, tasks"),
    (", against: obd", "", "one.less_error.check: less_error needs 'against'"),
    ("against: obd", "against: obd, error: 0.1",
     "one.less_error.error: less_error has no such argument; it takes: tasks, method, against"),
    ("against: obd", "against: [obd, obd]",
     "one.less_error.against: 2 are named for 1 tasks; name one, or one for each"),
    ("less_error, tasks: [digits/mlp100], method: magnitude, against: obd",
     "error_at_most, tasks: [digits/mlp100], method: [magnitude], error: 0.1",
     "one.error_at_most.method: error_at_most takes one, not a list"),
    ("less_error, tasks: [digits/mlp100], method: magnitude, against: obd",
     "error_at_most, tasks: [digits/mlp100], method: magnitude, error: 5",
     "error must be smaller than or equal to 1, not 5"),
])  # fmt: skip
def test_a_claim_with_wrong_arguments_is_refused_with_its_line(project, right, wrong, said):
    project.config["claims"] = ["nobody2000"]
    path = touch(paths.CLAIMS / "nobody2000.yaml")
    assert right in CLAIM
    path.write_text(CLAIM.replace(right, wrong), encoding="utf-8")
    with pytest.raises(Refused, match=f"^{path}:9: .*{re.escape(said)}"):
        workflow.checked_jobs([project.load()])


def test_the_arguments_of_checks_are_those_of_their_functions():
    for name, check in CHECKS.items():
        own = [*inspect.signature(check).parameters.values()][1:]
        assert arguments.signatures()[name] == {
            p.name: (inspect.formatannotation(p.annotation).replace("collections.abc.", ""),
                     p.default is p.empty) for p in own
        }  # fmt: skip
    schema = yaml.safe_load(
        (ROOT / "workflow/schemas/claims.schema.yaml").read_text(encoding="utf-8")
    )
    entry = schema["properties"]["claims"]["items"]["properties"]["checks"]["items"]["properties"]
    assert {*entry["check"]["enum"]} == {*CHECKS}
    assert {*entry} - {"check"} == {n for check in CHECKS for n in arguments.signatures()[check]}


def test_a_claim_about_files_that_no_entry_plans_is_refused_with_its_line(project):
    project.config["claims"] = ["nobody2000"]
    path, codec = touch(paths.CLAIMS / "nobody2000.yaml"), {"values": "kmeans", "value_bits": [4]}
    entry = {"tasks": ["digits/mlp100"], "methods": ["magnitude"], "budgets": ["1/4"], "seeds": [0]}
    project.config["codings"] = {"codecs": {"few": codec, "other": codec},
                                 "networks": [{**entry, "codecs": ["few"]}]}  # fmt: skip
    claim = CLAIM.replace("less_error", "bytes_at_most").replace(
        "against: obd,", "codecs: [few], bytes: 9000, error: 0.1,"
    )
    path.write_text(claim, encoding="utf-8")
    claims.check(project.load())
    path.write_text(claim.replace("[few]", "[other]"), encoding="utf-8")
    with pytest.raises(Refused, match=r":9: .*no codec of other codes all seeds of magnitude on"):
        claims.check(project.load())


@pytest.mark.parametrize(("change", "reason"), [
    (lambda c: c["methods"]["obd"].update(search_of="magnitud"),
     "methods/.*: obd.search_of: .* no method 'magnitud'; 'magnitude' is near"),
    (lambda c: c["methods"]["obd"].update(same_networks_as="odb"), "no method 'odb'"),
    (lambda c: c["methods"]["obd"].update(beside="odb"), "no method 'odb'"),
    (lambda c: c["tasks"]["digits/mlp100"].update(tuned_on="digits/mlp"), "task 'digits/mlp'"),
    (lambda c: c["gallery"].update(tasks=["digits/mlp"]), "study.yaml:.*: gallery.tasks: "),
    (lambda c: c["figures"]["error_by_budget"].update(tasks=["no/such"]), "no task 'no/such'"),
    (lambda c: c["figures"]["error_by_budget"].update(methods=["odb"]), "no method 'odb'"),
    (lambda c: c["methods"]["obd"].update(search={"weight_decay": {"log_uniform": [0.1, 0.1]}}),
     "methods/.*: obd.search.weight_decay: 0.1 to 0.1 is not a range"),
    (lambda c: c["methods"]["obd"].update(search={"weight_decay": {"log_uniform": [1, 0.1]}}),
     "1 to 0.1 is not a range"),
    *[(lambda c, field=field, value=value: c["methods"]["obd"].update({field: value}),
       f"methods/.*: obd.{field}: obd has no `search` to change; take it out")
      for field, value in {"search_trials": 3, "search_budgets": ["1/4"],
                           "search_epochs_factor": 1, "search_everywhere": True}.items()],
    (lambda c: c["methods"]["obd"].update(search_of="magnitude"),
     "methods/.*: obd.search_of: magnitude has no search; name one that has"),
    (lambda c: c["tasks"]["digits/slim"].update(overrides={"obd": {"epochs": 1}}),
     "tasks.yaml:.*: digits/slim.overrides.obd: digits/slim does not train it; take it out"),
    (lambda c: c["gallery"].update(tasks=SLIM, seed=7),
     "gallery.seed: no sweep of its tasks has seed 7"),
    (lambda c: c["gallery"].update(tasks=SLIM, budgets=["1/17"]),
     "gallery.budgets: .* has budget 1/17"),
    (lambda c: c["gallery"].update(budgets=["1/4", 0.25]), "gallery.budgets: 1/4 appears twice"),
])  # fmt: skip
def test_names_and_ranges_that_nothing_can_use_are_refused_with_their_lines(
    project, change, reason
):
    workflow.checked_jobs([project.load()])
    change(project.config)
    with pytest.raises(Refused, match=reason) as refused:
        workflow.checked_jobs([project.load()])
    assert "\n" not in str(refused.value)


def test_tasks_may_share_recipes_that_not_all_of_them_need(project):
    for task in ("digits/mlp100", "digits/slim"):
        project.config["tasks"][task]["overrides"] = {"obd": {"epochs": 1}}
    workflow.checked_jobs([project.load()])


def test_what_is_left_of_an_archive_is_said_with_the_commands_that_make_it(archived):
    said = list(workflow.hints(archived))
    assert said[0].startswith("quick study: ") and "paper_study" in said[1]
    assert "paper_codings" in said[2]
    for job in workflow.all_jobs([archived]).values():
        touch(job.path)
    assert list(workflow.hints(archived)) == ["quick study: no sweep left"]


def test_two_studies_of_one_name_are_refused(project):
    project.write()
    Path("config/workflow.yaml").write_text(
        "studies: [config/quick, config/./quick]\n", encoding="utf-8"
    )
    with pytest.raises(Refused, match="config/workflow.yaml: two studies have the name 'quick'"):
        study.load_all()


def test_two_studies_of_one_document_are_refused(project):
    project.write()
    write_study(Path("config/other"), project.config | {"study": "other"})
    Path("config/workflow.yaml").write_text(
        "studies: [config/quick, config/other]\n", encoding="utf-8"
    )
    with pytest.raises(Refused, match="workflow.yaml: two studies have the report 'quick'; rename"):
        study.load_all()
