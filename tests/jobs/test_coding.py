"""Codings of a study: which files there are, and rows that follow from the checkpoints."""

import copy
import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from helpers.coded import coded as network_to_bytes
from helpers.project import QUICK, ROOT, made

from brainside.analysis import coding_tables, readings
from brainside.analysis.published import read_published
from brainside.analysis.rate_distortion import front
from brainside.archive.superseded import superseded
from brainside.audit import consistency
from brainside.base.errors import Refused
from brainside.cli.main import main
from brainside.coding import codec
from brainside.coding.settings import expanded
from brainside.jobs import coding as coding_job
from brainside.report.figures import error_by_bits, position_bits
from brainside.report.tex.codings import Coded, families, smallest_files
from brainside.representations import checkpoint
from brainside.study import codings

CODINGS = {
    "codecs": {
        "raw": {"positions": "list"},
        "adaptive": {"values": "uniform", "step": [0.02, 0.1], "biases": "small"},
        "nncodec": {"kind": "nnr", "qp": [-20]},
    },
    "networks": [
        {"tasks": ["digits/mlp100"], "methods": ["magnitude"], "budgets": ["1/16"], "seeds": [0]}
    ],
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory, digits_file):
    """A project's folder with a trained magnitude sweep."""
    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        made(folder, digits_file).run("magnitude")
    return folder


@pytest.fixture
def coded(trained, project):
    """A project whose magnitude sweep is trained and to be coded."""
    shutil.copytree(trained / "results", "results")
    return with_codings(project)


def with_codings(project):
    project.config["experiments"] = project.config["experiments"][:1]
    project.config["experiments"][0]["methods"] = ["magnitude"]
    project.config["codings"] = copy.deepcopy(CODINGS)
    return project


def jobs(project) -> list[codings.Coding]:
    return codings.codings(project.load())


def ours(project) -> codings.Coding:
    return next(job for job in jobs(project) if not job.nnr)


def test_rows_follow_from_the_checkpoint_and_the_record(coded):
    job = ours(coded)
    coding_job.run(job)
    frame = pd.read_csv(job.path)
    assert list(frame["codec"]) == ["adaptive", "adaptive", "raw"]
    assert list(frame["setting"].fillna("")) == ["step=0.02", "step=0.1", ""]
    record = pd.read_csv(job.sweep.path).set_index("budget").loc[1 / 16]
    for column in ("valid_error", "test_error", "valid_loss", "test_loss", "row_key"):
        assert frame[column][2] == record[column]  # nothing was lost
    compressed = checkpoint.read(job.sweep.checkpoint(1 / 16))
    for (_, _, setting), row in zip(job.settings(), frame.itertuples(), strict=True):
        blob = network_to_bytes(compressed, setting)
        assert codec.sizes(blob) == {
            "bytes": row.bytes, "position_bytes": row.position_bytes,
            "value_bytes": row.value_bytes,
        }  # fmt: skip
        assert row.bits_per_weight == pytest.approx(8 * len(blob) / (784 * 40 + 400))
    assert frame["weights"][2] == record["weights"] >= frame["weights"][1]
    assert frame["bytes"][2] > frame["bytes"][0] > frame["bytes"][1]
    assert (frame["margins_bound_bytes"] < frame["density_bound_bytes"]).all()
    for column in ("weights", "position_bytes", "value_bytes"):
        by_layer = frame[f"layer_{column}"].str.split(expand=True).astype(int)
        assert (by_layer.sum(axis=1) == frame[column]).all() and by_layer.shape == (3, 2)


def test_coding_again_gives_the_same_bytes_and_trains_nothing(coded, trainings):
    job = ours(coded)
    coding_job.run(job)
    first = job.path.read_bytes()
    coding_job.run(job)
    assert job.path.read_bytes() == first and not trainings


def test_retrained_levels_are_those_of_the_same_codec_trained_on(coded):
    shared = {"values": "kmeans", "value_bits": 2, "retrain": [0, 2], "rate": 0.002}
    coded.config["codings"]["codecs"]["shared"] = shared
    coding_job.run(ours(coded))
    frame = pd.read_csv(ours(coded).path).set_index("codec").loc["shared"]
    assert frame["valid_loss"].iloc[1] < frame["valid_loss"].iloc[0]
    assert frame["weights"].nunique() == 1


def test_webgraph_has_a_bound_of_its_own_and_other_files_no_column_for_it(coded):
    coding_job.run(ours(coded))
    assert "streams_bound_bytes" not in pd.read_csv(ours(coded).path)
    lists = {"positions": "webgraph", "direction": ["inputs", "outputs"], "interval": [0, 4]}
    coded.config["codings"]["codecs"]["webgraph"] = lists
    coding_job.run(ours(coded))
    frame = pd.read_csv(ours(coded).path).set_index("codec")
    assert frame.loc["raw", "streams_bound_bytes":].isna().all()
    found = frame.loc["webgraph"]
    assert found["position_bytes"].nunique() == 4 and found["test_error"].nunique() == 1
    assert (0 < found["streams_bound_bytes"]).all()
    assert (found["streams_bound_bytes"] < found["position_bytes"]).all()
    study = coded.load()
    table = coding_tables.summary(study, coding_tables.rows(study)).set_index("codec")
    bounds = table.loc["webgraph", "streams_bound_bytes"]
    assert bounds.tolist() == found["streams_bound_bytes"].tolist()


def test_a_new_codec_makes_a_new_file_and_keeps_the_sweep(coded):
    before = ours(coded)
    coded.config["codings"]["codecs"]["zeta"] = {"positions": "zeta"}
    after = ours(coded)
    assert before.path != after.path and before.sweep.key == after.sweep.key
    coding_job.run(before)
    assert before.path in superseded(coded.load())
    assert after.path not in superseded(coded.load())


def test_nncodec_is_a_job_of_its_own_that_others_do_not_wait_for(coded, monkeypatch):
    standard = next(job for job in jobs(coded) if job.nnr)
    assert [name for name, *_ in standard.settings()] == ["nncodec"]
    assert standard.path != ours(coded).path
    monkeypatch.setattr(codings, "NNCODEC", False)
    assert not standard.possible and ours(coded).possible


def test_nncodec_decodes_to_the_row(coded):
    pytest.importorskip("nncodec")
    standard = next(job for job in jobs(coded) if job.nnr)
    coding_job.run(standard)
    row = pd.read_csv(standard.path).iloc[0]
    assert 0 < row["bytes"] < 4 * row["weights"] and row["test_error"] < 0.9
    assert pd.isna(row["position_bytes"])


def test_the_command_codes_what_is_possible(coded, monkeypatch, capsys):
    monkeypatch.setattr(codings, "NNCODEC", False)
    coded.write()
    main(["coding", "config/quick", "digits/mlp100", "magnitude", "--seed", "0"])
    assert ours(coded).path.exists() and "3 settings at 1 budgets" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["coding", "config/quick", "digits/mlp100", "small-dense", "--seed", "0"])
    assert "no coding job of small-dense" in capsys.readouterr().err


def test_a_checkpoint_that_is_not_the_records_is_refused(coded):
    job = ours(coded)
    path = job.sweep.checkpoint(1 / 16)
    path.write_bytes(job.sweep.checkpoint(1 / 4).read_bytes())
    with pytest.raises(Refused, match="not the checkpoint of"):
        coding_job.run(job)
    path.unlink()
    with pytest.raises(Refused, match="is missing, and so is its copy"):
        coding_job.run(job)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda c: c["codecs"]["raw"].update(positions="none"), "codec raw: positions 'none'"),
        (lambda c: c["codecs"]["raw"].update(position="list"), "codec raw.*position"),
        (lambda c: c["codecs"]["raw"].update(kind="zip"), "codec raw.*zip"),
        (lambda c: c["networks"][0].update(codecs=["gzip"]), "unknown codec 'gzip'"),
        (lambda c: c["networks"][0].update(budgets=["1/3"]), "no budget 0.333"),
        (lambda c: c["networks"][0].update(seeds=[7]), "no sweep of magnitude"),
        (lambda c: c["networks"].append(c["networks"][0]), "twice; take it out of one entry"),
        (
            lambda c: c["networks"].append(
                {**(n := c["networks"][0]), "budgets": n["budgets"][:1], "codecs": ["raw"]}
            ),
            "is coded by raw twice",
        ),
        (lambda c: c.update(compared=[["raw", "zip"]]), "compared.*zip"),
        (lambda c: c.update(smallest={"a": {"tasks": ["x/y"], "error": 0.1}}), "smallest.*x/y"),
        (
            lambda c: c.update(
                smallest={"a": {"tasks": ["digits/mlp100"], "error": 0.1, "without": ["zip"]}}
            ),
            "smallest.*method 'zip'",
        ),
        (lambda c: c["codecs"]["nncodec"].update(order="none"), "codec nncodec: order"),
        (lambda c: c.update(other=1), "codings"),
    ],
)
def test_codings_that_do_not_fit_are_refused_in_one_line(project, change, reason):
    with_codings(project)
    change(project.config["codings"])
    with pytest.raises(Refused, match=reason) as refused:
        jobs(project)
    assert "\n" not in str(refused.value)


def test_lists_stand_for_all_their_combinations():
    entry = {"values": "kmeans", "value_bits": [3, 4], "entropy": ["fixed", "huffman"]}
    found = dict(expanded("x", entry))
    assert list(found) == [
        f"value_bits={bits} entropy={entropy}"
        for bits in (3, 4)
        for entropy in ("fixed", "huffman")
    ]
    assert found["value_bits=4 entropy=fixed"].value_bits == 4


def test_the_codings_of_the_quick_study_fit_its_sweeps(project):
    project.config = copy.deepcopy(QUICK)
    assert {job.sweep.method for job in jobs(project)} == {
        method for group in QUICK["codings"]["networks"] for method in group["methods"]
    }


# What is made of them.


@pytest.fixture
def tabulated(coded, monkeypatch):
    """A coded project with tables, NNCodec's points absent."""
    monkeypatch.setattr(codings, "NNCODEC", False)
    coded.config["codings"]["compared"] = [["adaptive", "raw"], ["adaptive", "nncodec"]]
    coding_job.run(ours(coded))
    coded.write()
    for command in ("tabulate", "tabulate_codings", "numbers"):
        main([command, "config/quick"])
    return coded


def test_the_tables_have_every_setting_and_what_is_absent_is_named(tabulated):
    table = pd.read_csv("results/tables/quick/codings.csv").fillna({"setting": ""})
    counts = table.set_index(["codec", "setting"])["n"].to_dict()
    assert counts == {("raw", ""): 1, ("adaptive", "step=0.02"): 1, ("adaptive", "step=0.1"): 1,
                      ("nncodec", "qp=-20"): 0}  # fmt: skip
    frame = pd.read_csv(ours(tabulated).path)
    there = table[table["n"] > 0].reset_index(drop=True)
    for column in ("bytes", "position_bytes", "valid_error", "test_error", "bits_per_weight"):
        assert there[column].to_list() == pytest.approx(frame[column].to_list())
    assert table.loc[table["n"] == 0, "bytes"].isna().all()
    layers = pd.read_csv("results/tables/quick/layers.csv").fillna({"setting": ""})
    whole = layers.groupby(["codec", "setting"])["position_bytes"].sum()
    for row in there.itertuples():
        assert whole[row.codec, row.setting] == pytest.approx(row.position_bytes)
    assert set(pd.read_csv("results/tables/quick/matched.csv")["against"]) == {"raw"}


def test_the_audit_finds_altered_codings_and_their_tables(tabulated):
    whole, path = tabulated.load(), ours(tabulated).path
    place = f"{path}:"

    def findings() -> list[str]:
        lines = consistency.audit(whole, archived=False)
        return [line for line in lines if "tables/quick" in line or place in line]

    assert not findings()
    text = path.read_text(encoding="utf-8")
    for old, new in ((f",{ours(tabulated).key},", ",00000000,"), ("step=0.1", "step=0.2")):
        path.write_text(text.replace(old, new), encoding="utf-8")
        assert any(place in line for line in findings())
    path.write_text(text.replace("raw,,", "raw,,9"), encoding="utf-8")
    assert any("tables/quick/codings.csv" in line for line in findings())


def test_figures_and_numbers_of_codings(tabulated):
    found = readings.read(tabulated.load())
    drawn = error_by_bits.draw(found)
    lines = {line.get_label(): line for line in drawn.axes[1].get_lines()}
    frame = pd.read_csv(ours(tabulated).path)
    best = front(frame, "bits_per_weight")
    assert lines["magnitude, L2"].get_xdata() == pytest.approx(best["bits_per_weight"])
    assert lines["magnitude, L2"].get_ydata() == pytest.approx(100 * best["test_error"])
    assert "reference (absent)" in lines
    main(["numbers", "config/quick"])
    text = Path("paper/generated/quick/table_matched.tex").read_text(encoding="utf-8")
    assert "adaptive / raw" in text
    papers = list(read_published("paper", ROOT / "config/published.yaml")["sizes"].values())
    assert [paper["bytes"] for paper in papers] == [27_000, 44_000]
    cells = found.codings.assign(task="mnist/lenet300", method="han", budget=1 / 12)
    codecs, none = families(QUICK["codings"]["codecs"]), pd.DataFrame()
    coded = Coded(papers[:1], codecs, pd.Series(dtype=float), {}, {}, cells, none, none)
    at_limit = {family: file for _, family, file in smallest_files(coded)}
    limit = papers[0]["limit"]
    assert at_limit["deep-compression"] is None
    assert at_limit["adaptive"]["valid_error"] == min(cells["valid_error"]) > limit


def test_positions_are_drawn_below_their_bounds_where_they_are(tabulated):
    found = readings.read(tabulated.load())
    cells = found.codings.replace({"codec": {"raw": "zeta"}})
    drawn = position_bits.draw(replace(found, frames={"codings": cells}))
    lines = {line.get_label(): line.get_ydata() for line in drawn.axes[0].get_lines()}
    absent = [f"{name} (absent)" for name in position_bits.CODERS if name != "ζ-coded gaps"]
    assert not any(len(lines.pop(label)) for label in absent)
    density, margins, coder = (float(y[0]) for y in lines.values())
    assert margins < density < coder  # a list of positions is above every entropy
    empty = position_bits.draw(replace(found, frames={"codings": cells[:0]}))
    assert "no codings yet" in [text.get_text() for text in empty.axes[0].texts]
