"""Codings of a study: which files there are, and rows that follow from the checkpoints."""

import copy
import shutil

import pandas as pd
import pytest
from conftest import QUICK, made

from brainside import codings
from brainside.archive import superseded
from brainside.cli.main import main
from brainside.coding import codecs, container, preparation, rows
from brainside.coding.settings import expanded
from brainside.errors import Refused

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
    rows.run(job)
    frame = pd.read_csv(job.path)
    assert list(frame["codec"]) == ["adaptive", "adaptive", "raw"]
    assert list(frame["setting"].fillna("")) == ["step=0.02", "step=0.1", ""]
    record = pd.read_csv(job.sweep.record).set_index("budget").loc[1 / 16]
    for column in ("valid_error", "test_error", "valid_loss", "test_loss", "row_key"):
        assert frame[column][2] == record[column]  # nothing was lost
    compressed = container.read(job.sweep.checkpoint(1 / 16))
    for (_, _, setting), row in zip(job.settings(), frame.itertuples(), strict=True):
        blob = preparation.code(compressed, setting)
        assert codecs.sizes(blob) == {
            "bytes": row.bytes, "position_bytes": row.position_bytes,
            "value_bytes": row.value_bytes,
        }  # fmt: skip
        assert row.bits_per_weight == pytest.approx(8 * len(blob) / (784 * 40 + 400))
    assert frame["weights"][2] == record["weights"] >= frame["weights"][1]
    assert frame["bytes"][2] > frame["bytes"][0] > frame["bytes"][1]
    assert (frame["margins_bound_bytes"] < frame["density_bound_bytes"]).all()


def test_coding_again_gives_the_same_bytes_and_trains_nothing(coded, trainings):
    job = ours(coded)
    rows.run(job)
    first = job.path.read_bytes()
    rows.run(job)
    assert job.path.read_bytes() == first and not trainings


def test_retrained_levels_are_those_of_the_same_codec_trained_on(coded):
    shared = {"values": "kmeans", "value_bits": 2, "retrain": [0, 2], "rate": 0.002}
    coded.config["codings"]["codecs"]["shared"] = shared
    rows.run(ours(coded))
    frame = pd.read_csv(ours(coded).path).set_index("codec").loc["shared"]
    assert frame["valid_loss"].iloc[1] < frame["valid_loss"].iloc[0]
    assert frame["weights"].nunique() == 1


def test_a_new_codec_makes_a_new_file_and_keeps_the_sweep(coded):
    before = ours(coded)
    coded.config["codings"]["codecs"]["zeta"] = {"positions": "zeta"}
    after = ours(coded)
    assert before.path != after.path and before.sweep.key == after.sweep.key
    rows.run(before)
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
    rows.run(standard)
    row = pd.read_csv(standard.path).iloc[0]
    assert 0 < row["bytes"] < 4 * row["weights"] and row["test_error"] < 0.9
    assert pd.isna(row["position_bytes"])


def test_the_command_codes_what_is_possible(coded, monkeypatch, capsys):
    monkeypatch.setattr(codings, "NNCODEC", False)
    coded.write()
    main(["code", "config/quick.yaml", "digits/mlp100", "magnitude", "--seed", "0"])
    assert ours(coded).path.exists() and "3 settings at 1 budgets" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["code", "config/quick.yaml", "digits/mlp100", "small-dense", "--seed", "0"])
    assert "no coding of small-dense" in capsys.readouterr().err


def test_a_checkpoint_that_is_not_the_records_is_refused(coded):
    job = ours(coded)
    path = job.sweep.checkpoint(1 / 16)
    path.write_bytes(job.sweep.checkpoint(1 / 4).read_bytes())
    with pytest.raises(Refused, match="not the checkpoint of"):
        rows.run(job)
    path.unlink()
    with pytest.raises(Refused, match="cannot be read"):
        rows.run(job)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda c: c["codecs"]["raw"].update(positions="none"), "codec raw: positions 'none'"),
        (lambda c: c["codecs"]["raw"].update(position="list"), "codec raw.*position"),
        (lambda c: c["codecs"]["raw"].update(kind="zip"), "codec raw.*zip"),
        (lambda c: c["networks"][0].update(codecs=["gzip"]), "unknown codec 'gzip'"),
        (lambda c: c["networks"][0].update(budgets=["1/3"]), "no budget 0.333"),
        (lambda c: c["networks"][0].update(seeds=[7]), "no sweep of magnitude"),
        (lambda c: c["networks"].append(c["networks"][0]), "keep one"),
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
