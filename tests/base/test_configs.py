"""YAML files: what is wrong in one is refused with its file, its line and the reason."""

import shutil
from pathlib import Path

import pytest
import yaml
from helpers.project import ROOT

from brainside.base import configs
from brainside.base.configs import read_valid
from brainside.base.errors import Refused
from brainside.base.lines import line_of

SCHEMAS = sorted(path.name.split(".")[0] for path in (ROOT / "workflow/schemas").glob("*.yaml"))
FILES = [*sorted((ROOT / "config").rglob("*.yaml")), ROOT / "paper/typed_numbers.yaml"]
DATASET = (f"{{title: t, source: s, licence: l, classes: 2, digest: {'a' * 64}, image: [1, 2, 2],"
           " sizes: {train: 1, valid: 1, test: 1}}")  # fmt: skip
TASKS = """\
a/one: &one
  dataset: digits
  network: {name: mlp, sizes: [784, 10]}
  recipe:
    loss: mse
    epochs: 1
    batch: 2
    learning_rate: 0.1
    momentum: 0
    weight_decay: 0
    l1: 0
    schedule: cosine
    precision: float32
  margin: 0.1
  epoch_seconds: 1
b/two:
  <<: *one
  dataset: mnist
"""


@pytest.fixture
def tasks(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(ROOT)
    path = tmp_path / "tasks.yaml"
    path.write_text(TASKS, encoding="utf-8")
    return path


def refusal(path: Path, schema: str = "tasks") -> str:
    with pytest.raises(Refused) as refused:
        read_valid(path, schema)
    return str(refused.value)


def test_a_file_that_fits_is_read_with_what_it_merges(tasks):
    read = read_valid(tasks, "tasks")
    assert read["b/two"] == {**read["a/one"], "dataset": "mnist"}


@pytest.mark.parametrize(("old", "new", "line", "reason"), [
    ("epochs: 1\n", "epochs: 50.0\n", 6, "recipe.epochs must be integer"),
    ("epochs: 1\n", "epochs: true\n", 6, "epochs must be integer"),
    ("sizes: [784, 10]", "sizes: [784.0, 10]", 3, "sizes[0] must be integer"),
    ("batch: 2", "batch: 010", 7, "'010' is not a decimal number"),
    ("batch: 2", "batch: 0x10", 7, "'0x10' is not a decimal number"),
    ("batch: 2", "batch: 1_0", 7, "'1_0' is not a decimal number"),
    ("batch: 2", "batch: 1:30", 7, "'1:30' is not a decimal number"),
    ("margin: 0.1", "margin: 1:30.5", 14, "'1:30.5' is not a decimal number"),
    ("loss: mse", "loss: no", 5, "'no' is read as true or false"),
    ("a/one:", "null:", 1, "the key 'null' is not text"),
    ("momentum: 0", "0: 0", 9, "the key '0' is not text"),
    ("batch: 2", "epochs: 2", 7, "'epochs' appears twice"),
    ("b/two:", "a/one:", 16, "'a/one' appears twice"),
    ("learning_rate: 0.1", "learning_rate: .nan", 8, ".nan"),
    ("dataset: digits", "dataset: 2020-01-01", 2, "2020-01-01"),
    ("momentum: 0", "momentun: 0", 9, ".recipe.momentun is not a key here; known: loss, epochs,"),
    ("dataset: mnist", "datasets: mnist", 18, "b/two.datasets is not a key here; known: dataset,"),
    ("b/two:", "B/two:", 16, "'B/two' is not a name here; it has to match ^[a-z0-9-]+/"),
    ("margin: 0.1", "margin: [0.1", 15, ""),
])  # fmt: skip
def test_what_is_wrong_is_refused_with_line_and_reason(tasks, old, new, line, reason):
    tasks.write_text(TASKS.replace(old, new, 1), encoding="utf-8")
    said = refusal(tasks)
    assert said.startswith(f"{tasks}:{line}: ") and reason in said and "\n" not in said


def test_a_number_may_be_whole_where_it_need_not_be(tasks):
    tasks.write_text(TASKS.replace("epoch_seconds: 1", "epoch_seconds: 50.0"), encoding="utf-8")
    assert read_valid(tasks, "tasks")["a/one"]["epoch_seconds"] == 50


@pytest.mark.parametrize("written", ["0", "-1", "0.5", ".5", "5.", "1.0e-9", "+2.5e+2"])
def test_a_decimal_number_is_read_as_it_is_written(tasks, written):
    tasks.write_text(TASKS.replace("sizes: [784, 10]", f"pixels: [{written}, 1]"), encoding="utf-8")
    network = read_valid(tasks, "tasks")["a/one"]["network"]
    assert network["pixels"][0] == float(written)


def test_seeds_that_are_equal_as_numbers_are_refused(tasks):
    path = tasks.with_name("experiment.yaml")
    entry = "{tasks: [a/one], methods: [x], budgets: [1], seeds: [0, 1.0]}"
    path.write_text(f"entries:\n  - {entry}\n", encoding="utf-8")
    assert refusal(path, "experiment") == f"{path}:2: entries[0].seeds[1] must be integer"
    path.write_text(f"entries:\n  - {entry.replace('1.0', '0')}\n", encoding="utf-8")
    assert refusal(path, "experiment") == f"{path}:2: entries[0].seeds: 0 appears twice; keep one"


@pytest.mark.parametrize(("schema", "text", "said"), [
    ("workflow", "studies: [config/quick]\nstudy: 1\n", ":2: study is not a key here"),
    ("datasets", "datasets: {}\nextra: 1\n", ":2: extra is not a key here; known: mirrors, "),
    ("datasets", f"datasets:\n  a: {DATASET[:-1]}, clases: 2}}\n", ":2: datasets.a.clases is no"),
    ("datasets", f"datasets:\n  A: {DATASET}\n", ":2: 'A' is not a name here; it has to match ^["),
    ("datasets", f"datasets:\n  a: {DATASET[:-1]}, files: {{f: []}}}}\n",
     ":2: datasets.a.files.f cannot be validated by any definition; it is the SHA-256 of the file"),
    ("datasets", f"datasets:\n  a: {DATASET.replace('[1, 2, 2]', '[2, 2]')}\n",
     ":2: datasets.a.image must contain at least 3 items"),
    ("datasets", f"datasets:\n  a: {DATASET.replace('a' * 64, 'E3B0')}\n",
     ":2: datasets.a.digest must match pattern ^[0-9a-f]{64}$"),
    ("datasets", "datasets:\n  a: {}\n", ":2: datasets.a must contain ['classes', 'digest', "),
])  # fmt: skip
def test_every_kind_of_file_names_line_key_and_rule(tasks, schema, text, said):
    tasks.write_text(text, encoding="utf-8")
    assert refusal(tasks, schema).startswith(f"{tasks}{said}")


def test_a_file_too_large_to_be_a_config_is_refused_before_it_is_read(tasks):
    tasks.write_bytes(b"#" * 1_000_001)
    assert refusal(tasks) == f"{tasks}: has 1,000,001 bytes; a config has 1,000,000 at most"


def test_a_missing_file_is_refused_by_name(tasks):
    assert refusal(tasks.with_name("nothing.yaml")).startswith(str(tasks.with_name("nothing")))


@pytest.mark.parametrize(("keys", "line"), [
    (["a/one"], 1), (["a/one", "network", "sizes", 1], 3), (["b/two", "recipe", "batch"], 7),
    (["b/two", "dataset"], 18), (["b/two", "nothing", "more"], 16),
])  # fmt: skip
def test_a_value_has_the_line_of_its_key_or_item_also_where_it_is_merged(tasks, keys, line):
    assert line_of(tasks, keys) == f"{tasks}:{line}"


def test_what_a_file_has_not_at_all_has_the_file_for_its_place(tasks):
    assert line_of(tasks, ["c/three"]) == str(tasks)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_config_names_its_schema_for_editors_and_fits_it(path, monkeypatch):
    monkeypatch.chdir(ROOT)
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# yaml-language-server: $schema=")
    schema = (path.parent / first.partition("=")[2]).resolve()
    assert schema.parent == ROOT / "workflow/schemas" and schema.exists()
    read_valid(path, schema.name.split(".")[0])


def test_every_schema_has_a_file_of_its_kind():
    named = {
        path.read_text(encoding="utf-8").splitlines()[0].rpartition("/")[2].split(".")[0]
        for path in FILES
    }
    assert {*named, "common"} == {*SCHEMAS}
    for name in SCHEMAS:
        schema = yaml.safe_load(
            (ROOT / f"workflow/schemas/{name}.schema.yaml").read_text(encoding="utf-8")
        )
        assert schema["title"]


def keys_of(schema) -> set[str]:
    """Every key that a schema names."""
    if isinstance(schema, list):
        return set().union(*map(keys_of, schema))
    if not isinstance(schema, dict):
        return set()
    named = schema["properties"] if isinstance(schema.get("properties"), dict) else {}
    return {*named, *(key for inside in schema.values() for key in keys_of(inside))}


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_readme_of_the_configs_has_every_key(name):
    text = (ROOT / "config/README.md").read_text(encoding="utf-8")
    schema = yaml.safe_load(
        (ROOT / f"workflow/schemas/{name}.schema.yaml").read_text(encoding="utf-8")
    )
    if name == "published":  # the cells of its tables have their comments in the file
        schema = {"properties": dict.fromkeys(schema["properties"])}
    assert not {key for key in keys_of(schema) if f"`{key}`" not in text}


@pytest.mark.parametrize("deep", ["[" * 300, '{"a": ' * 300, "- " * 300, "? " * 300,
                                  "\n".join(" " * n + "a:" for n in range(500))])  # fmt: skip
def test_what_is_nested_too_deeply_is_refused_before_it_is_parsed(tmp_path, deep):
    (tmp_path / "study.yaml").write_text(deep, encoding="utf-8")
    with pytest.raises(Refused, match="study.yaml: nested deeper than 200 levels"):
        read_valid(tmp_path / "study.yaml", "study")


def test_an_alias_of_itself_is_refused(tmp_path):
    (tmp_path / "workflow.yaml").write_text("studies: &a [*a]", encoding="utf-8")
    with pytest.raises(Refused, match="workflow.yaml"):
        read_valid(tmp_path / "workflow.yaml", "workflow")


BROKEN = {
    "open": ("a: [", "did not find expected node content"),
    "empty": ("", "is no schema but None"),
    "list": ("[1]", r"is no schema but \[1\]"),
    "unknown type": ("type: 5", "is no valid JSON schema: Unknown type"),
    "properties of nothing": ("properties: 5", "is no valid JSON schema: "),
    "dangling": ('$ref: "#/definitions/no"', "is no valid JSON schema: Unresolvable ref"),
    "elsewhere": ('$ref: "http://x.invalid/y"', "is no valid JSON schema: .* is not among the def"),
    "another file": ('$ref: "y.schema.yaml#/z"', "is no valid JSON schema: .* is not among the"),
    "definitions": ("definitions: 5", "is no valid JSON schema: "),
    "pattern": ('pattern: "("', r"is no valid JSON schema: missing \)"),
    "twice": ("type: object\ntype: object", "the key 'type' appears twice"),
    "binary": (b"\xff\xfe", "not readable as YAML"),
    "bound": ("maximum: many", "is no valid JSON schema: maximum must be a number"),
}


@pytest.fixture
def schemas(tmp_path, monkeypatch):
    """A folder of schemas of its own, which is read afresh."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "workflow/schemas", "workflow/schemas")
    Path("tasks.yaml").write_text(TASKS, encoding="utf-8")
    caches = (configs._read, configs._validator, configs._defined, configs.definitions)
    for cache in caches:
        cache.cache_clear()
    yield Path("workflow/schemas")
    for cache in caches:
        cache.cache_clear()


@pytest.mark.parametrize(("content", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_schema_that_is_none_is_refused_in_one_line_with_its_path(schemas, content, reason):
    path = schemas / "tasks.schema.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(Refused, match=rf"^{path}(:\d+)?: .*{reason}") as refused:
        read_valid(Path("tasks.yaml"), "tasks")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("old", "new", "reason"), [
    ("definitions:", "definition:", "has no `definitions`; `git restore"),
    ("recipe:", "recipes:", ""),
    ("loss: {enum: [", "loss: {type: [5], enum: [", "is no valid JSON schema: Unknown type"),
    ('"#/definitions/budget"', '"#/definitions/budge"', "is no valid JSON schema: Unresolvable"),
])  # fmt: skip
def test_a_wrong_common_definition_is_refused_in_one_line(schemas, old, new, reason):
    path = schemas / "common.schema.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    Path("methods.yaml").write_text(
        "a: {function: a.b, title: A, schedule: [1]}\n", encoding="utf-8"
    )
    with pytest.raises(Refused, match=rf"^{schemas}/\w+.schema.yaml: .*{reason}") as refused:
        read_valid(Path("methods.yaml"), "methods")
    assert "\n" not in str(refused.value)
    assert not reason or str(refused.value).startswith(str(path))


@pytest.mark.parametrize(("text", "said"), [
    ("a: &x 1\nb: &x 2\n", ":2: the anchor 'x' appears twice, first on line 1; rename one"),
    ("a: &x 1\nb: [&x, 2]\n", ":2: the anchor 'x' appears twice, first on line 1; rename one"),
    ("a: 1\n---\nb: 2\n", ":2: expected a single document in the stream on line 1: but found "),
    ("a: [1\nb: 2\n", ":2: while parsing a flow sequence on line 1: did not find expected"),
    ("a: *x\n", ":1: found undefined alias"),
])  # fmt: skip
def test_what_cannot_be_read_is_refused_with_its_beginning(tmp_path, text, said):
    path = tmp_path / "study.yaml"
    path.write_text(text, encoding="utf-8")
    assert refusal(path, "study").startswith(f"{path}{said}")
