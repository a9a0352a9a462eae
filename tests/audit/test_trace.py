"""From an address in the report to what it rests on."""

import hashlib
import re
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.project import ROOT, of

from brainside.analysis.measures import MEASURES
from brainside.analysis.readings import read
from brainside.archive.gallery import gallery_copy
from brainside.audit.trace import anywhere, near, trace, valued
from brainside.audit.trace_floats import numbered
from brainside.base import paths
from brainside.base.errors import Refused
from brainside.cli.main import main
from brainside.report import number
from brainside.report.reads import reads
from brainside.report.tex import numbers
from brainside.study import study

CELL = "digits/mlp100/magnitude/0.25"


def lines_of(whole: study.Study, address: str) -> str:
    return "\n".join(trace(whole, address) or [])


def test_a_number_is_traced_to_everything_that_it_rests_on(whole):
    text = lines_of(whole, f"{CELL}/test-error")
    texts = {one.address: one.text for one in numbers.of_study(whole, read(whole))}
    assert text.startswith(f"{CELL}/test-error = {texts[f'{CELL}/test-error']}\n")
    for seed in (0, 1):
        sweep = of(whole, "magnitude", seed)
        digest = hashlib.sha256(sweep.checkpoint(0.25).read_bytes()).hexdigest()
        for part in (f"{sweep.path}:2", sweep.key, sweep.row_key(0.25), digest,
                     f"{sweep.checkpoint(0.25)}: at hand, with this hash",
                     str(sweep.path.with_suffix(".json")), str(sweep.parent.path),
                     f"magnitude --seed {seed} --key {sweep.key}"):  # fmt: skip
            assert part in text
    for part in ("results/tables/quick/summary.csv:", "config/quick/tasks.yaml:",
                 "config/quick/methods/han2015magnitude.yaml:", "config/datasets.yaml:",
                 sweep.spec["task"]["digest"], "paper/generated/quick/numbers.tex:",
                 str(gallery_copy(of(whole, "magnitude", 0).checkpoint(0.25)))):  # fmt: skip
        assert part in text


def test_the_places_are_those_of_the_files(whole):
    text = lines_of(whole, f"{CELL}/test-error")
    said = {path: int(number) for path, number in re.findall(r"(\S+):(\d+)", text)}

    def line(path: str) -> str:
        return open(path, encoding="utf-8").read().splitlines()[said[path] - 1]

    assert f"{{{CELL}/test-error}}" in line("paper/generated/quick/numbers.tex")
    assert line("results/tables/quick/numbers.csv").startswith(f"{CELL}/test-error,")
    assert line("results/tables/quick/summary.csv").startswith("digits/mlp100,magnitude,0.25,")
    assert ",magnitude,0.25,1," in line(str(of(whole, "magnitude", 1).path))
    assert line("config/datasets.yaml").strip() == "digits:"


def test_what_is_missing_or_altered_is_said(whole):
    first, second = of(whole, "magnitude", 0), of(whole, "magnitude", 1)
    path = first.checkpoint(0.25)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    second.checkpoint(0.25).unlink()
    second.path.with_suffix(".mistakes").unlink()  # a trace needs the record alone
    first.path.write_text(first.path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    text = lines_of(whole, f"{CELL}/test-error")
    assert f"{path}: at hand, with ANOTHER hash" in text
    assert f"{second.checkpoint(0.25)}: not at hand" in text
    assert f"{first.path}:2 (DIFFERS from results/manifest.csv)" in text


def test_a_stale_record_is_explained_field_by_field(whole):
    tasks = whole.path / "tasks.yaml"
    tasks.write_text(
        tasks.read_text(encoding="utf-8").replace("learning_rate: 0.05", "learning_rate: 0.06"),
        encoding="utf-8",
    )
    text = lines_of(study.load(whole.path), f"{CELL}/test-error")
    assert "records of magnitude on digits/mlp100 at 0.25: 0 of 2" in text
    assert f"superseded  {of(whole, 'magnitude', 0).path}" in text
    assert "task.recipe.learning_rate: 0.05, the config gives 0.06" in text


def test_a_comparison_is_traced_to_both_sides(whole):
    text = lines_of(whole, f"{CELL}/versus-reference")
    for method in ("magnitude", "reference"):
        assert str(of(whole, method, 1).path) in text
    assert "results/tables/quick/comparisons.csv:" in text


def test_a_claim_is_traced_to_the_records_of_its_checks(whole):
    address = "claims/pruning-costs-little/verdict"
    assert lines_of(whole, address) == lines_of(whole, "pruning-costs-little")
    text = lines_of(whole, address)
    for part in (
        "config/claims/nobody2000.yaml:4",
        "results/tables/quick/claims.csv:2",
        "no_more_error",
        str(of(whole, "magnitude", 0).path),
        str(of(whole, "reference", 1).path),
    ):
        assert part in text


@pytest.mark.parametrize(("claim", "parts"), [
    ("denil-baseline-decides",
     ["check smaller_gap (src/brainside/analysis/checks.py)", "records of denil-weak-decay on",
      "records of reference-weak-decay on", "records of denil on", "records of reference on"]),
    ("rate-aware-at-equal-bytes",
     ["(src/brainside/analysis/coded_checks.py)", "records of rate-aware-low on",
      "records of rate-aware-high on", "records of magnitude-l2 on", "brainside coding"]),
    ("labels-at-least-edges",
     ["(src/brainside/analysis/graph_checks.py)", "records of magnitude-l2 on", "plot data "]),
])  # fmt: skip
def test_a_claim_is_traced_to_all_that_its_check_reads(claim, parts, monkeypatch):
    monkeypatch.chdir(ROOT)
    text = lines_of(study.load("config/paper"), claim)
    assert [part for part in parts if part not in text] == []


def test_a_search_of_what_a_method_starts_from_is_named_after_it(monkeypatch):
    monkeypatch.chdir(ROOT)
    text = lines_of(study.load("config/paper"), "cifar10/slim/autoslim/0.25/test-error")
    assert "supernet's search: " in text and "the reference's search" not in text


def test_an_unknown_address_gets_one_line_with_its_neighbours(whole, capsys):
    workflow = "studies: [config/quick]\n"
    (whole.path.parent / "workflow.yaml").write_text(workflow, encoding="utf-8")
    with pytest.raises(SystemExit) as end:
        main(["trace", f"{CELL}/test-eror"])
    said = capsys.readouterr().err
    assert end.value.code == 2 and said.count("\n") == 1 and f"{CELL}/test-error" in said
    assert near(whole, "digits/mlp100/magnitude/1/4/test-error")


def test_a_trace_loads_nothing_heavy():
    code = (
        "import sys; from brainside.cli.main import main; main(['trace', 'study/records']);"
        "print([m for m in ('torch', 'pandas', 'scipy', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, encoding="utf-8"
    )
    assert done.stdout.startswith("study/records = ") and done.stdout.endswith("[]\n"), done.stderr


@pytest.mark.parametrize("measure", MEASURES)
def test_a_measure_of_a_cell_leads_to_its_column_of_the_summary(whole, measure):
    said = lines_of(whole, f"{CELL}/{measure.replace('_', '-')}")
    assert "summary.csv" in said and "codings.csv" not in said


CODED = """\
task,method,budget,codec,setting,n,seeds_expected,bytes,weights,valid_error,test_error
digits/mlp100,magnitude,0.25,ours,step=0.5 order=degree,2,2,900,5,0.02,0.0123
digits/mlp100,magnitude,0.25,ours,step=0.8 order=degree,2,2,800,5,0.02,0.0234
digits/mlp100,magnitude,0.25,plain,,2,2,2000,5,0.02,0.0111
digits/mlp100,magnitude,0.25,plain,none,0,2,,,,
"""


def test_a_coded_file_is_traced_to_its_row_and_no_other(whole):
    path = paths.filled(paths.TABLE, study=whole.name, table="codings")
    path.write_text(CODED, encoding="utf-8")
    address = f"{CELL}/ours step=0.8 order=degree/test-error"
    assert valued(whole, "2.34") == [f"{address} = 2.34"]
    said = lines_of(whole, address)
    assert said.startswith(f"{address} = 2.34\n")
    assert f"from        {path}:3\n" in said and "bytes 800" in said and "0.0123" not in said
    assert "brainside tabulate_codings" in said and "records of magnitude" in said
    assert f"{path}:4\n" in lines_of(whole, f"{CELL}/plain/test-error")
    assert trace(whole, f"{CELL}/plain none/test-error") is None


def test_a_figure_is_traced_to_the_tables_that_its_module_reads_and_to_no_other(whole):
    text = lines_of(whole, "error_by_budget")
    assert text == lines_of(whole, "results/figures/quick/error_by_budget.pdf")
    tables = re.findall(r"from +results/tables/quick/(\w+)\.csv", text)
    assert tables == list(reads("error_by_budget"))
    assert "records of magnitude on digits/mlp100: 2" in text


def test_a_number_that_the_config_has_no_cell_for_any_more_is_refused_in_one_line(whole):
    path, row = number.file(whole.name), f"{CELL}/n,2,measure,digits/mlp100,magnitude,0."
    path.write_text(
        path.read_text(encoding="utf-8").replace(f"{row}25,", f"{row}3,"), encoding="utf-8"
    )
    with pytest.raises(Refused, match="has budget 0.3; `brainside tabulate"):
        trace(whole, f"{CELL}/n")


def test_a_trace_for_anywhere_does_not_change_with_what_is_at_hand(whole):
    before = trace(whole, f"{CELL}/test-error")
    checkpoint = of(whole, "magnitude", 0).checkpoint(0.25)
    checkpoint.unlink()
    gallery_copy(checkpoint).unlink()
    of(whole, "magnitude", 1).checkpoint(0.25).write_bytes(b"altered")
    after = trace(whole, f"{CELL}/test-error")
    assert before != after and anywhere(before) == anywhere(after)
    text = "\n".join(anywhere(after))
    assert str(checkpoint) in text and "at hand" not in text and "gallery" not in text


def test_a_trace_for_anywhere_is_the_same_before_and_after_the_manifest_is_accepted(whole):
    record = of(whole, "magnitude", 0).path
    lines = Path("results/manifest.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    Path("results/manifest.csv").write_text(
        "".join(x for x in lines if str(record) not in x), encoding="utf-8"
    )
    before = trace(whole, f"{CELL}/test-error")
    Path("results/manifest.csv").write_text("".join(lines), encoding="utf-8")
    after = trace(whole, f"{CELL}/test-error")
    assert before != after and anywhere(before) == anywhere(after)


def test_what_is_no_address_is_answered_with_those_that_say_it(whole):
    text = number.read(number.file(whole.name))[f"{CELL}/test-error"][1].text
    assert any(address.startswith(CELL) for address in near(whole, text, count=99))
    assert near(whole, "errs no more than the reference") == ["pruning-costs-little"]


def test_a_value_is_answered_with_the_numbers_that_have_it(whole, capsys):
    text = number.read(number.file(whole.name))[f"{CELL}/test-error"][1].text
    found = valued(whole, text)
    assert f"{CELL}/test-error = {text}" in found
    assert found == valued(whole, f"{text} %") and not valued(whole, f"{text}7")
    (whole.path.parent / "workflow.yaml").write_text("studies: [config/quick]\n", encoding="utf-8")
    main(["trace", text])
    said = capsys.readouterr().out.splitlines()
    assert said[1:21] == found[:20] and said[0].startswith(f"{text} is not an address")


TEXT = r"""\documentclass{article}
% \begin{table}\caption{a comment}\end{table}
\begin{center}
\studyfigure{error_by_budget}
\captionof{figure}{Error.}
\end{center}
\input{sections/quick_more}
\whentable{table_nothing}{\begin{table}\input{generated/quick/table_nothing}\caption{None.}\end{table}}
\laterfigure{slimming}
\begin{figure}
\begin{minipage}\studyfigure{pruning}\caption{One.}
\label{fig:one}\end{minipage}
\begin{minipage}\studyfigure{sharing}\caption{Other.\label{fig:other}}\end{minipage}
\end{figure}
\claimstable{The claims.}{\rowsof{generated/quick/claims_nobody-2000.tex}}
"""
MORE = r"""\begin{table}
\input{generated/quick/table_digits_mlp100}
\caption{Cells.}
\label{tab:cells}
\end{table}
"""


@pytest.fixture
def document(whole):
    """A study whose PDF has four figures, of which one is not drawn, and two tables."""
    for name, text in (("quick.tex", TEXT), ("sections/quick_more.tex", MORE)):
        path = Path("paper") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    Path("results/figures/quick").mkdir(parents=True)
    return whole


def test_tables_and_figures_are_found_by_their_numbers_in_the_order_of_the_text(document):
    drawn = {1: "error_by_budget", 2: "pruning", 3: "sharing"}
    for count, name in drawn.items():
        text = lines_of(document, f"Figure {count}")
        assert text.startswith(f"figure {count} of paper/quick.pdf\n")
        assert f"figure {name}: " in text
    cells = lines_of(document, "Table 1")
    assert cells == lines_of(document, "tab:cells") == lines_of(document, "tab. 1")
    assert "paper/sections/quick_more.tex:3" in cells and f"{CELL}/test-error = " in cells
    assert "pruning-costs-little" in lines_of(document, "table 2")
    assert trace(document, "Table 3") is None and trace(document, "Figure 4") is None


def test_the_numbers_that_latex_gave_come_before_the_order_of_the_text(document):
    Path("paper/quick.aux").write_text(
        "\\newlabel{fig:other}{{7}{1}{Other.}{figure.1}{}}\n"
        "\\newlabel{tab:cells}{{1}{1}{Cells.}{table.1}{}}\n",
        encoding="utf-8",
    )
    assert "figure sharing: " in lines_of(document, "Figure 7")
    assert "figure pruning: " not in lines_of(document, "Figure 1")


def test_a_figure_that_is_left_out_while_it_is_not_drawn_counts_when_it_is(document):
    assert "figure pruning: " in lines_of(document, "Figure 2")
    Path("results/figures/quick/slimming.pdf").touch()
    assert "figure slimming: " in lines_of(document, "Figure 2")
    assert "figure pruning: " in lines_of(document, "Figure 3")


def test_every_table_and_figure_of_the_report_has_its_own_number(monkeypatch):
    monkeypatch.chdir(ROOT)
    found = [(one.kind, count) for count, one in numbered(study.load("config/paper"))]
    assert len(found) == len(set(found)) > 40
    for kind in ("table", "figure"):
        counts = [count for of, count in found if of == kind]
        assert counts == [*range(1, len(counts) + 1)]
