"""Keys: what changes them, what must not, and that they can be recomputed by hand."""

import hashlib
import json
import shutil
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from brainside.base import keys, paths
from brainside.base.seeds import derive
from brainside.study import versions

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(-1e300, 1e300, allow_subnormal=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip

TASK, METHOD, TUNED = "digits/mlp100", "magnitude", "small-conv"

# Everything that determines a training: the edit, and the method whose key must change with it.
DETERMINING = [
    ("loss", METHOD, lambda c: c["tasks"][TASK]["recipe"].update(loss="mse")),
    ("epochs", METHOD, lambda c: c["tasks"][TASK]["recipe"].update(epochs=3)),
    ("batch", METHOD, lambda c: c["tasks"][TASK]["recipe"].update(batch=7)),
    ("learning rate", METHOD, lambda c: c["tasks"][TASK]["recipe"].update(learning_rate=0.06)),
    ("momentum", METHOD, lambda c: c["tasks"][TASK]["recipe"].update(momentum=0.8)),
    ("weight decay", METHOD, lambda c: c["tasks"][TASK]["recipe"].update(weight_decay=0.0)),
    ("l1", METHOD, lambda c: c["tasks"][TASK]["recipe"].update(l1=0.1)),
    ("rate schedule", METHOD, lambda c: c["tasks"][TASK]["recipe"].update(schedule="linear")),
    ("precision", METHOD, lambda c: c["tasks"][TASK]["recipe"].update(precision="bfloat16")),
    ("network", METHOD, lambda c: c["tasks"][TASK]["network"].update(sizes=[784, 41, 10])),
    ("dataset", METHOD, lambda c: c["tasks"][TASK].update(dataset="mnist")),
    ("device", METHOD, lambda c: c.update(device="cuda")),
    ("function", METHOD, lambda c: c["methods"][METHOD].update(function="blalock2020random.sweep")),
    ("parameter", METHOD, lambda c: c["methods"][METHOD]["params"].update(ranking="layer")),
    ("own recipe", METHOD, lambda c: c["methods"][METHOD]["recipe"].update(learning_rate=0.03)),
    ("schedule", METHOD, lambda c: c["methods"][METHOD]["schedule"].append("1/64")),
    ("budgets", METHOD, lambda c: c["experiments"][0]["budgets"].append("1/8")),
    ("reference", METHOD, lambda c: c["methods"]["reference"].update(recipe={"epochs": 9})),
    ("trials", TUNED, lambda c: c["tuning"].update(trials=3)),
    ("tuning seed", TUNED, lambda c: c["tuning"].update(seed=1001)),
    ("tuning budgets", TUNED, lambda c: c["tuning"].update(budgets=["1/16"])),
    ("tuning epochs", TUNED, lambda c: c["tuning"].update(epochs_factor=0.5)),
    ("search", TUNED, lambda c: c["methods"][TUNED]["search"]["shape"]["choice"].pop()),
]

# What only names, judges, plans or draws.
DESCRIBING = [
    ("title", lambda c: c["methods"][METHOD].update(title="another")),
    ("margin", lambda c: c["tasks"][TASK].update(margin=0.5)),
    ("seconds", lambda c: c["tasks"][TASK].update(epoch_seconds=9.0)),
    ("figures", lambda c: c.update(figures={})),
    ("gallery", lambda c: c["gallery"].update(budgets=["1/4"])),
    ("other seeds", lambda c: c["experiments"][0].update(seeds=[0, 7])),
    ("another experiment", lambda c: c["experiments"].append(
        {**c["experiments"][0], "methods": ["random-prune"]})),
    ("other trials", lambda c: c["tuning"].update(trials=5)),
]  # fmt: skip


@given(st.dictionaries(st.text(), JSON, max_size=5), st.randoms())
def test_the_canonical_json_does_not_depend_on_the_order_of_fields(spec, random):
    names = list(spec)
    random.shuffle(names)
    text = keys.canonical({name: spec[name] for name in names})
    assert text == keys.canonical(spec)
    assert json.loads(text) == spec and text.isascii()


def test_a_key_is_the_start_of_the_sha256_of_the_sorted_json():
    text = '{"a":[1,0.5],"b":null}'
    assert keys.key({"b": None, "a": [1, 0.5]}) == hashlib.sha256(text.encode()).hexdigest()[:8]


@pytest.mark.parametrize(
    ("method", "edit"), [e[1:] for e in DETERMINING], ids=[e[0] for e in DETERMINING]
)
def test_a_key_changes_with_all_that_determines_the_training(project, method, edit):
    before = project.sweep(method)
    edit(project.config)
    assert project.sweep(method).key != before.key


@pytest.mark.parametrize("edit", [e[1] for e in DESCRIBING], ids=[e[0] for e in DESCRIBING])
def test_a_key_stays_when_only_a_description_changes(project, edit):
    before = project.sweep(METHOD).key
    edit(project.config)
    assert project.sweep(METHOD).key == before


def test_a_key_changes_with_the_seed_and_the_method(project):
    project.config["experiments"][0]["seeds"] = [0, 1]
    sweeps = project.load().everything
    assert len({sweep.key for sweep in sweeps}) == len(sweeps)


def test_a_key_changes_with_the_digest_of_the_data(project):
    before = project.sweep(METHOD).key
    known = yaml.safe_load(Path("config/datasets.yaml").read_text(encoding="utf-8"))
    known["datasets"]["digits"]["digest"] = "0" * 64
    Path("config/datasets.yaml").unlink()  # a link to that of the repository
    Path("config/datasets.yaml").write_text(yaml.safe_dump(known), encoding="utf-8")
    assert project.sweep(METHOD).key != before


def test_a_key_changes_with_torch_but_not_with_its_build(project, monkeypatch):
    found = []
    for version in ("2.13.0", "2.13.0+cpu", "2.14.0"):
        monkeypatch.setattr(metadata, "version", lambda name, version=version: version)
        versions.torch_version.cache_clear()
        found.append(project.sweep(METHOD).key)
    versions.torch_version.cache_clear()
    assert found[0] == found[1] != found[2]


@pytest.mark.parametrize("file", [*versions.NUMERICS.values(), "methods/han2015magnitude.py"])
def test_a_key_changes_with_the_version_of_each_module_of_arithmetic(
    project, monkeypatch, tmp_path, file
):
    before = project.sweep(METHOD).key
    package = tmp_path / "package"
    shutil.copytree(paths.PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    path = package / file
    path.write_text(
        path.read_text(encoding="utf-8").replace("\nVERSION = ", "\nVERSION = 9"), encoding="utf-8"
    )
    monkeypatch.setattr(paths, "PACKAGE", package)
    assert project.sweep(METHOD).key != before


@pytest.mark.parametrize("method", ["small-dense", "small-conv", METHOD, "magnitude-one-shot"])
def test_a_row_key_is_the_same_whichever_other_budgets_are_reported(project, method):
    few, more = (
        project.sweep(method, budgets=budgets) for budgets in (["1/8"], ["1/2", "1/8", "1/16"])
    )
    assert few.key != more.key
    assert few.row_key(1 / 8) == more.row_key(1 / 8)
    assert len({more.row_key(budget) for budget in more.budgets}) == 3


def test_a_row_key_depends_on_the_schedule_up_to_its_budget_only(project):
    def with_schedule(*points):
        project.config["methods"][METHOD]["schedule"] = list(points)
        return project.sweep(METHOD, budgets=["1/4"]).row_key(1 / 4)

    assert with_schedule("1/2", "1/4") == with_schedule("1/2", "1/4", "1/8", "1/64")
    assert with_schedule("1/2", "1/4") != with_schedule("1/4")


@given(st.integers(0, 2**40), st.lists(st.text(max_size=5) | st.integers(), max_size=3))
def test_derived_seeds_can_be_recomputed_and_fit_a_generator(seed, parts):
    text = "/".join(str(part) for part in [seed, *parts])
    raw = int(hashlib.sha256(text.encode()).hexdigest()[:16], 16)
    assert derive(seed, *parts) == raw // 2 < 2**63


def test_derived_seeds_differ_by_seed_and_by_every_part():
    uses = [(seed, use, n) for seed in range(5) for use in ("order", "dropout") for n in range(20)]
    assert len({derive(*use) for use in uses}) == len(uses)
