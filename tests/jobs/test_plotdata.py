"""Plot data: exactly what the checkpoints hold, in small files that a clone can draw from."""

import copy
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers.project import made

from brainside.archive import manifest
from brainside.archive.superseded import superseded
from brainside.base.errors import Refused
from brainside.cli.main import main
from brainside.jobs import plotdata as plotdata_job
from brainside.networks.architectures import build
from brainside.networks.parameters import split
from brainside.report.figures import (
    connections,
    dictionaries,
    hashed_weights,
    label_sizes,
    selection,
    weight_histograms,
)
from brainside.representations.compressed import HASHED, Compressed
from brainside.representations.hashed import indices
from brainside.representations.plain import of_dense, of_sparse
from brainside.study import figures, plotdata, study

METHODS = ("magnitude", "hashednet", "denil")
FIGURES = {"connections": connections, "weights": weight_histograms,
           "hashed_weights": hashed_weights, "dictionary": dictionaries,
           "labels": label_sizes}  # fmt: skip


def pruned(spec: dict, share: float) -> tuple[Compressed, dict[str, torch.Tensor]]:
    network = build(spec, seed=0)
    generator = torch.Generator().manual_seed(1)
    masks = {
        n: torch.rand(w.shape, generator=generator) < share for n, w in split(network)[0].items()
    }
    return of_sparse(network, spec, masks, budget=share), masks


def rows(kind: str, compressed: Compressed, image=(1, 28, 28)) -> list[dict]:
    return list(plotdata_job.KINDS[kind](compressed, image))


def numbers(row: dict) -> np.ndarray:
    return np.array(row["values"].split(), int)


def test_layers_count_kept_weights_and_what_they_cost():
    compressed, masks = pruned({"name": "lenet5"}, 0.2)
    found = {row["layer"]: row for row in rows("layers", compressed)}
    assert list(found) == list(masks)
    # A 5×5 kernel without padding is used at 24×24 and then, after pooling, at 8×8 places.
    for (name, mask), places in zip(masks.items(), (24**2, 8**2, 1, 1), strict=True):
        kept = int(mask.sum())
        assert found[name]["weights"] == mask.numel() and found[name]["kept"] == kept
        assert found[name]["multiply_adds"] == mask.numel() * places
        assert found[name]["kept_multiply_adds"] == kept * places


def test_inputs_count_the_connections_of_every_pixel_at_its_place():
    compressed, masks = pruned({"name": "mlp", "sizes": [784, 30, 10]}, 0.1)
    (row,) = rows("inputs", compressed)
    assert (row["height"], row["width"], row["unit"]) == (28, 28, 1.0)
    assert np.array_equal(numbers(row), masks["1.weight"].sum(0).numpy())


def test_a_histogram_holds_every_weight_but_zeros_and_covers_the_largest():
    compressed, masks = pruned({"name": "mlp", "sizes": [784, 30, 10]}, 0.1)
    for row in rows("histogram", compressed):
        values = compressed.weights[row["layer"]]
        assert numbers(row).sum() == masks[row["layer"]].sum()
        assert float(values.abs().max()) <= row["limit"] <= 1.2 * float(values.abs().max())


def test_virtual_weights_are_parted_by_the_sign_of_their_hash():
    spec, start = {"name": "mlp", "sizes": [16, 8, 3]}, {"1.weight": 5, "3.weight": 6}
    biases = split(build(spec, seed=0))[1]
    # All buckets are positive, so that a virtual weight's own sign is that of its hash.
    free = {"1.weight": torch.rand(1, 20) + 0.1, "3.weight": torch.rand(1, 4) + 0.1}
    compressed = Compressed(0.2, HASHED, {"network": spec, "hash": start}, free, biases)
    for row in rows("hashed", compressed, (1, 4, 4)):
        counts, middle = numbers(row), plotdata_job.BINS // 2
        shape = torch.Size({"1.weight": (8, 16), "3.weight": (3, 8)}[row["layer"]])
        buckets = free[row["layer"]].numel()
        signs = indices(shape, buckets, seed=start[row["layer"]]) < buckets
        expected = {
            "buckets": buckets,
            "positive": int(signs.sum()),
            "negative": int((~signs).sum()),
        }
        assert counts.sum() == expected[row["what"]]
        empty = counts[middle + 1 :] if row["what"] == "negative" else counts[:middle]
        assert empty.sum() == 0


def test_pictures_are_true_to_half_a_step_of_their_own_scale():
    network = build({"name": "mlp", "sizes": [784, 30, 10]}, seed=0)
    compressed = of_dense(network, {"name": "mlp", "sizes": [784, 30, 10]}, budget=1.0)
    found = rows("pictures", compressed)
    assert [row["what"] for row in found] == ["filter"] * plotdata_job.PICTURES
    for row in found:
        exact = network[1].weight[row["number"]].detach().numpy()
        # A unit is rounded to four digits; the largest value shows it, a hundred steps away.
        assert np.abs(row["unit"] * numbers(row) - exact).max() <= 0.506 * row["unit"]


def test_labels_are_those_of_the_whole_network_and_more_than_its_connections():
    compressed, masks = pruned({"name": "mlp", "sizes": [784, 30, 10]}, 0.1)
    by_degree, by_chance = rows("labels", compressed)
    assert (by_degree["order"], by_chance["order"]) == ("degree", "random")
    edges = sum(int(mask.sum()) for mask in masks.values())
    assert by_degree["edges"] == by_chance["edges"] == edges
    linked = [masks["1.weight"].any(0), masks["1.weight"].any(1) | masks["3.weight"].any(0),
              masks["3.weight"].any(1)]  # fmt: skip
    assert by_degree["vertices"] == sum(int(each.sum()) for each in linked)
    assert edges < by_degree["entries"] < by_chance["entries"]


def test_labels_are_of_fully_connected_networks():
    with pytest.raises(Refused, match="one graph is made of fully connected layers"):
        rows("labels", pruned({"name": "lenet5"}, 0.2)[0])


@pytest.fixture(scope="module")
def trained(tmp_path_factory, digits_file) -> Path:
    folder = tmp_path_factory.mktemp("plotdata")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        project = made(folder, digits_file)
        methods = copy.copy(project.config["experiments"][0]["methods"])
        for method in METHODS:
            project.run(method)
        project.config["experiments"][0]["methods"] = methods
        project.write()
        main(["tabulate", "config/quick"])
        for method in ("reference", *METHODS):
            main(["plotdata", "config/quick", "digits/mlp100", method, "--seed", "0"])
    return folder


@pytest.fixture
def whole(trained, monkeypatch) -> study.Study:
    monkeypatch.chdir(trained)
    return study.load("config/quick")


def draw(whole: study.Study, name: str):
    options = whole.config["figures"][name].get("options", {})
    return FIGURES[name].draw(selection.of_figure(whole, name), **options)


def said(figure) -> str:
    texts = [text.get_text() for axes in figure.axes for text in axes.texts]
    texts += [axes.get_title(loc) for axes in figure.axes for loc in ("left", "center")]
    texts += [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    return "\n".join([*texts, figure.get_suptitle()])


@pytest.mark.parametrize("name", FIGURES)
def test_figures_of_weights_are_drawn_from_the_small_files_and_say_what_is_absent(whole, name):
    there = {job.sweep.method for job in plotdata.plotdata(whole, name) if job.path.exists()}
    assert there == set(whole.config["figures"][name]["methods"]) & {"reference", *METHODS}
    hidden = [job.path for job in plotdata.plotdata(whole, name) if job.path.exists()]
    # Of `connections` two methods of three have no record here.
    assert ("absent" in said(draw(whole, name))) == (name == "connections")
    for path in hidden:
        path.rename(path.with_suffix(".hidden"))
    try:
        assert "absent" in said(draw(whole, name))
    finally:
        for path in hidden:
            path.with_suffix(".hidden").rename(path)


def test_the_same_checkpoints_give_the_same_bytes_and_a_clone_needs_none(whole):
    for job in plotdata.plotdata(whole):
        if job.path.exists():
            assert plotdata_job.text(job).encode() == job.path.read_bytes()
            assert job.path.stat().st_size < 100_000
    hidden = Path("results/checkpoints").rename("results/hidden")
    try:
        main(["figure", "config/quick", "dictionary"])
    finally:
        hidden.rename("results/checkpoints")


def test_a_file_is_named_after_its_networks_and_not_after_the_other_budgets(project):
    project.sweep("hashednet")
    before = plotdata.plotdata(project.load())
    assert [job.kind for job in before] == ["hashed"]
    project.config["experiments"][0]["budgets"].append("1/32")
    assert [job.path for job in plotdata.plotdata(project.load())] == [job.path for job in before]
    project.config["tasks"]["digits/mlp100"]["recipe"]["epochs"] += 1
    after = plotdata.plotdata(project.load())
    assert not {job.path for job in after} & {job.path for job in before}


def test_the_archive_holds_the_files_and_names_those_that_nothing_asks_for(whole):
    files = {job.path for job in plotdata.plotdata(whole) if job.path.exists()}
    assert len(files) == 6 and files <= set(manifest.archived_files(whole))
    stale = next(iter(files)).with_name("seed=0.inputs.00000000.csv")
    stale.write_text("budget\n", encoding="utf-8")
    try:
        assert superseded(whole) == [stale]
    finally:
        stale.unlink()


def test_what_a_method_does_not_have_and_damaged_files_are_one_clear_line(whole, tmp_path):
    job = next(j for j in plotdata.plotdata(whole) if j.sweep.method == "hashednet")
    with pytest.raises(Refused, match="hashednet has no plot data 'layers'"):
        plotdata_job.text(plotdata.PlotData(job.sweep, "layers", job.budgets))
    with pytest.raises(Refused, match="has no row of budget 0.5"):
        plotdata_job.text(plotdata.PlotData(job.sweep, "hashed", (0.5,)))
    network = job.sweep.checkpoint(job.budgets[0])
    intact = network.read_bytes()
    network.write_bytes(intact[:-1])
    with pytest.raises(Refused, match="not the checkpoint of"):
        plotdata_job.text(job)
    network.write_bytes(intact)
    blob = job.path.read_bytes()
    job.path.write_bytes(b"nothing")
    try:
        with pytest.raises(Refused, match=job.path.name):
            selection.of_figure(whole, "hashed_weights")
    finally:
        job.path.write_bytes(blob)
    whole.config["figures"]["hashed_weights"]["plotdata"]["budgets"] = ["1/3"]
    with pytest.raises(Refused, match="no sweep of the figure has budget 1/3; take it out"):
        figures.check(whole, ["hashed_weights"])
