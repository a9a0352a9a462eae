"""Every value of a config is bounded by its schema: numbers on both sides, texts, lists, names."""

from pathlib import Path

import pytest
import yaml
from helpers.project import ROOT

from brainside.base.configs import misfit

SCHEMAS = sorted((ROOT / "workflow/schemas").glob("*.yaml"))
LOW, HIGH = {"minimum", "exclusiveMinimum"}, {"maximum", "exclusiveMaximum"}
# Lists that may be empty: no hidden layers, no pooling, nothing coded or kept, nothing known.
MAY_BE_EMPTY = {
    "pool_after", "counts", "claims", "tasks", "budgets", "rows", "compared", "urls", "also_in",
    "mirrors",
}  # fmt: skip
# Mappings whose names or values the code knows: of functions, codecs and figures.
ELSEWHERE = {"params", "codecs", "options", "rows", "networks"}


def definitions_of(node, name="") -> list[tuple[str, dict]]:
    """Every definition in a schema, with the key that it is under."""
    if isinstance(node, list):
        return [found for each in node for found in definitions_of(each, name)]
    if not isinstance(node, dict):
        return []
    inside = [
        found
        for key, each in node.items()
        for found in definitions_of(each, name if key in KEYWORDS else key)
    ]
    return [(name, node), *inside]


KEYWORDS = {"items", "additionalProperties", "anyOf", "allOf", "properties", "propertyNames"}


def loose(name: str, node: dict) -> bool:
    """Whether a definition leaves a number, a text, a list or names without bounds."""
    kinds = node.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if not isinstance(kinds, list):  # a key that is called so
        return False
    number = bool({"integer", "number"} & {*kinds})
    return (
        (number and not (node.keys() & LOW and node.keys() & HIGH))
        or ("string" in kinds and not node.keys() & {"pattern", "enum"})
        or ("array" in kinds and "items" not in node and name != "choice")
        or ("array" in kinds and not node.get("minItems") and name not in MAY_BE_EMPTY)
        or ("object" in kinds and "additionalProperties" not in node and name not in ELSEWHERE)
    )


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_nothing_in_a_schema_is_without_bounds(path: Path):
    schema = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert not [found for found in definitions_of(schema) if loose(*found)]


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_no_schema_has_a_definition_of_a_common_name(path: Path):
    common = yaml.safe_load(
        (ROOT / "workflow/schemas/common.schema.yaml").read_text(encoding="utf-8")
    )
    own = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert own == common or common["definitions"].keys().isdisjoint(own.get("definitions", {}))


@pytest.mark.parametrize("node", [
    {"type": "number", "minimum": 0}, {"type": "integer", "maximum": 0}, {"type": "string"},
    {"type": ["string", "number"], "pattern": "x"}, {"type": "array", "minItems": 1},
    {"type": "array", "items": {}}, {"type": "object"},
])  # fmt: skip
def test_what_has_no_bounds_is_seen(node):
    assert loose("anything", node)


@pytest.mark.parametrize(("name", "right", "wrong"), [
    ("budget", ["1/8", "0.5", ".5", "1e-3", 0.1, 1], ["1/0_4", "١/٨", "²", "-1/2", " 1/8", "1/8\n",
                                                      "0x1", "1 /8", "", 0, -1, 1.5, True]),
    ("line", ["a", "A b (c)"], ["", " ", "a ", " a", "a\nb", "\n"]),
    ("text", ["a", "a\nb\n"], ["", " ", "\n"]),
    ("trials", [1, 10_000], [0, 10_001, 10**9]),
    ("seed", [0, 2**32 - 1], [-1, 2**32, 10**30]),
])  # fmt: skip
def test_bounds_of_common_definitions(name, right, wrong, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert not [value for value in right if misfit(value, name)]
    assert not [value for value in wrong if not misfit(value, name)]


@pytest.mark.parametrize("recipe", [
    {"batch": 10**21}, {"learning_rate": 1e300}, {"epochs": 10**9}, {"clip": 1e300},
    {"weight_decay": 1e300}, {"l1": 1e300}, {"momentum": 1}, {"batch": 0},
])  # fmt: skip
def test_bounds_of_a_recipe_are_said_with_the_value(recipe, monkeypatch):
    monkeypatch.chdir(ROOT)
    ((field, value),) = recipe.items()
    said = misfit(recipe, "recipe")
    assert said.startswith(f"{field} must be ") and f", not {value!r}" in said
