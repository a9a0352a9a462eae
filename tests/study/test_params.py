"""Parameters of methods: what a file declares, and one line for each that does not fit."""

import re
import sys

import pytest
from helpers.project import QUICK, ROOT

from brainside.base.configs import definitions
from brainside.base.errors import Refused
from brainside.study import params, study
from brainside.study.configs import read_study


def entry(name: str, **changes):
    return lambda config: config["methods"][name].update(changes)


def param(method: str, **values):
    return lambda config: config["methods"][method]["params"].update(values)


def without(method: str, name: str):
    return lambda config: config["methods"][method]["params"].pop(name)


DENIL = "squared-exponential or random or connections or empirical or autoencoder"
# What is wrong, and what the one line must name besides the config.
WRONG = {
    "misspelt value": (param("magnitude", ranking="layr"),
                       ["magnitude.params.ranking", "'layr'", "global or layer or halved"]),
    "value of another method": (param("obd", ranking="threshold"), ["obd", "'threshold'"]),
    "text for a flag": (param("magnitude", iterative="no"), ["iterative", "'no'", "true or false"]),
    "number for a flag": (param("magnitude", iterative=1), ["iterative", "1", "true or false"]),
    "misspelt name": (param("magnitude", remove_ded=True),
                      ["remove_ded", "True", "han2015magnitude.sweep", "remove_dead"]),
    "parameter of another function": (param("lottery", start="shuffled"),
                                      ["lottery.params.start", "frankle2019lottery.sweep"]),
    "recipe among the parameters": (param("magnitude", learning_rate=0.1), ["learning_rate"]),
    "missing": (without("obd", "curvature"), ["obd", "'curvature'", "full or"]),
    "missing all": (lambda c: c["methods"]["gradual"].pop("params"), ["gradual", "'ranking'"]),
    "start of a control": (param("lottery-reinitialised", start="reinit"),
                           ["'reinit'", "reinitialised or shuffled"]),
    "start of Denil": (param("denil", start="dense"), ["'dense'", "inputs or weights"]),
    "filters": (param("denil", filters="wavelets"), ["filters", "'wavelets'", DENIL]),
    "places": (param("denil", places="emprical"), ["places", "'emprical'", DENIL]),
    "hidden": (param("denil", hidden="conections"), ["hidden", "'conections'", DENIL]),
    "columns": (param("denil", columns=2.5), ["columns", "2.5", "a whole number from 1 to"]),
    "width": (param("denil", width=-1), ["width", "-1", "a number above 0"]),
    "ridge": (param("denil", ridge="0"), ["ridge", "'0'", "a number from 0 to"]),
    "curvature": (param("obd", curvature="fisher"), ["'fisher'", "hutchinson"]),
    "saliency": (param("obd-as-run", saliency="obs"), ["'obs'", "obd or magnitude"]),
    "regulariser": (param("obd-as-run", regulariser="L2"), ["'L2'", "l1 or l2"]),
    "accuracy": (param("obd-as-run", accuracy=99), ["accuracy", "99", "a number from 0 to 1"]),
    "patience": (param("obd-as-run", patience=-1), ["patience", "-1", "a whole number from 0"]),
    "not a number": (param("hashednet-dk", temperature=float("nan")),
                     ["chen2015hashednets.yaml:", "nan"]),
    "parameter of a function without": (entry("low-rank", params={"rank": 3}),
                                        ["low-rank.params.rank", "no parameter"]),
    "unknown name in a search": (entry("magnitude", search={"momentun": {"choice": [0.5]}}),
                                 ["magnitude.search.momentun", "no field of the recipe"]),
    "unknown value in a search": (
        entry("magnitude", search={"ranking": {"choice": ["global", "layr"]}}),
        ["magnitude.search.ranking", "'layr'"]),
    "range for a whole number": (
        entry("hashednet", search={"expansion": {"log_uniform": [1, 4]}}),
        ["hashednet.search.expansion", "a whole number, by which hidden layers"]),
    "parameter of another's search": (
        entry("lottery", search_of="small-conv"), ["search.shape", "lottery"]),
    "field missing from a mapping": (
        lambda c: c["methods"]["small-conv"]["search"]["shape"]["choice"][0].pop("growth"),
        ["small-conv.search.shape", "kernel, layers, growth"]),
    "wrong field of a mapping": (
        lambda c: c["methods"]["small-conv"]["search"]["shape"]["choice"][0].update(layers=0),
        ["small-conv.search.shape.layers", "0"]),
    "value of a task's search": (
        lambda c: c["tasks"]["digits/mlp100"].update(search={"shape": {"choice": [3]}}),
        ["digits/mlp100.search.shape", "3", "a mapping with kernel"]),
    "number of a layer": (param("hubs", hubs={"1.weight": 0}),
                          ["hubs.params.hubs.1.weight", "a number of hubs"]),
    "function without a declaration": (
        entry("magnitude", function="han2015magnitude.qualities"),
        ["magnitude", "methods/han2015magnitude.py", "PARAMS", "'qualities'"]),
}  # fmt: skip


@pytest.mark.parametrize(("edit", "named"), WRONG.values(), ids=WRONG)
def test_a_parameter_that_does_not_fit_is_refused_in_one_line_when_the_config_is_read(
    project, edit, named
):
    edit(project.config)
    with pytest.raises(Refused) as refusal:
        project.load()
    text = str(refusal.value)
    assert len(text.splitlines()) == 1
    assert all(part in text for part in ["config/quick", *named]), text


def test_a_parameter_may_come_from_a_search_or_from_anothers_search(project):
    config = project.config
    config["methods"]["obd"]["params"].pop("curvature")
    config["methods"]["obd"]["search"] = {"curvature": {"choice": ["full", "hutchinson"]}}
    config["methods"]["magnitude-one-shot"]["search_of"] = "random-prune"
    config["methods"]["random-prune"]["search"] = {"ranking": {"choice": ["global", "layer"]}}
    for name in ("magnitude-one-shot", "random-prune"):
        config["methods"][name]["params"].pop("ranking")
    project.load()


@pytest.mark.parametrize("name", ["quick", "paper"])
def test_every_method_of_the_studies_has_parameters_that_fit(name, monkeypatch):
    monkeypatch.chdir(ROOT)
    config = study.load(f"config/{name}").config
    params.check(config, ROOT / "config" / name)
    assert all(params.declared(entry["function"]) is not None
               for entry in config["methods"].values())  # fmt: skip


def test_declarations_are_read_without_pytorch(monkeypatch):
    for module in [name for name in sys.modules if name.startswith("brainside.methods")]:
        monkeypatch.delitem(sys.modules, module)
    for entry in QUICK["methods"].values():
        params.declared(entry["function"])
    assert not [name for name in sys.modules if name.startswith("brainside.methods")]


# What is drawn for a field of the recipe, and why it is refused.
WRONG_DRAWS = {
    "learning_rate": ({"choice": [0.1, -1]}, "-1 is not allowed; learning_rate must be bigger"),
    "momentum": ({"choice": [3]}, "3 is not allowed; momentum must be smaller than 1"),
    "weight_decay": ({"choice": ["0.1"]}, "'0.1' is not allowed; weight_decay must be number"),
    "l1": ({"choice": [True]}, "True is not allowed; l1 must be number"),
    "epochs": ({"log_uniform": [1, 3]}, "1.0 is not allowed; epochs must be integer"),
    "batch": ({"choice": [50.0]}, "50.0 is not allowed; batch must be integer"),
    "schedule": ({"choice": ["cosin"]}, "'cosin' is not allowed; schedule must be one of"),
    "precision": ({"choice": ["fp16"]}, "'fp16' is not allowed; precision must be one of"),
    "loss": ({"choice": ["MSE"]}, "'MSE' is not allowed; loss must be one of"),
    "augment": ({"choice": ["flip"]}, "'flip' is not allowed; augment must be one of"),
    "clip": ({"choice": [0]}, "0 is not allowed; clip must be bigger than 0"),
}


def test_every_field_of_the_recipe_has_a_draw_that_is_refused():
    assert WRONG_DRAWS.keys() == definitions()["recipe"]["properties"].keys()


@pytest.mark.parametrize("field", WRONG_DRAWS)
@pytest.mark.parametrize(
    ("section", "name"), [("methods", "magnitude"), ("tasks", "digits/mlp100")]
)
def test_a_search_draws_what_the_recipe_may_have(project, section, name, field):
    values, said = WRONG_DRAWS[field]
    project.config["methods"]["obd"]["search"] = {field: {"choice": [right(field)]}}
    project.config[section][name]["search"] = {field: values}
    with pytest.raises(Refused) as refusal:
        project.load()
    assert re.match(rf"config/quick/{section}.*:\d+: {name}.search.{field}: ", str(refusal.value))
    assert said in str(refusal.value) and "\n" not in str(refusal.value)


def right(field):
    """A value that a field of the recipe may have."""
    kind = definitions()["recipe"]["properties"][field]
    return kind["enum"][0] if "enum" in kind else 1 if kind["type"] == "integer" else 0.5


def test_both_ends_of_a_range_are_checked(project):
    project.config["methods"]["magnitude"]["search"] = {"momentum": {"log_uniform": [0.5, 1.5]}}
    with pytest.raises(Refused, match=r"1\.5 is not allowed; momentum must be smaller than 1"):
        project.load()


def test_what_the_recipe_may_have_may_be_drawn(project):
    space = {field: {"choice": [right(field)]} for field in WRONG_DRAWS}
    space["learning_rate"] = {"log_uniform": [1, 2]}  # a real number, however it is written
    project.config["methods"]["magnitude"]["search"] = space
    project.load()


def kinds_of(kind) -> list:
    """A kind with those inside it, each by the fields that lead to it."""
    if not isinstance(kind, dict):
        return [((), kind)]
    inside = [((f, *way), k) for f, part in kind.items() for way, k in kinds_of(part)]
    return [((), kind), *inside]


def put(kind, way, value):
    """A value of a kind whose part at the end of a way is another value."""
    if not way:
        return value
    return {f: put(part, way[1:], value) if f == way[0] else 1 for f, part in kind.items()}


@pytest.mark.parametrize("name", ["quick", "paper"])
def test_every_parameter_of_every_method_refuses_foreign_names_and_values(name):
    config = read_study(ROOT / "config" / name)
    for method, entry in config["methods"].items():
        for field, parameter in params.declared(entry["function"]).items():
            for way, kind in kinds_of(parameter.kind):
                for foreign in ("layr", "no", [1], None, float("nan"), 10**400, -1, 1e300):
                    value = put(parameter.kind, way, foreign)
                    assert list(params.misfits(parameter.kind, value, (field,))), (way, kind)
        given = {**entry.get("params", {}), "rankin": "global"}
        changed = {**config, "methods": {**config["methods"], method: {**entry, "params": given}}}
        ((keys, text),) = params.faults(changed)
        assert keys == ("methods", method, "params", "rankin") and "is for no parameter" in text


@pytest.fixture
def method(tmp_path):
    """Writes a method's file, and gives the parameters that it declares."""
    (tmp_path / "methods").mkdir()

    def write(text: str, function: str = "doe2027idea.sweep") -> dict[str, params.Parameter]:
        (tmp_path / "methods/doe2027idea.py").write_text(text, encoding="utf-8")
        return params.declared(function, tmp_path)

    return write


def test_a_declaration_can_take_over_anothers_and_change_it(method):
    found = method(
        'PARAMS = {"base": {"a": "flag", "b?": ["x"]},'
        ' "sweep": {"like": "doe2027idea.base", "b": ["x", "y"], "c?": "whole"}}'
    )
    assert found == {
        "a": params.Parameter("flag", True),
        "b": params.Parameter(["x", "y"], True),
        "c": params.Parameter("whole", False),
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no literal PARAMS with 'sweep'"),
        ("PARAMS = {'other': {}}", "no literal PARAMS with 'sweep'"),
        ("PARAMS = {'sweep': dict()}", "no literal PARAMS with 'sweep'"),
        ("PARAMS = {'sweep': {'a': 'flagg'}}", "sweep: a: unknown kind 'flagg'; known: flag, "),
        ("PARAMS = {'sweep': {'a': {'b': 'flagg'}}}", "unknown kind 'flagg'"),
    ],
)
def test_a_wrong_declaration_is_refused_with_the_name_of_the_file(method, text, message):
    with pytest.raises(Refused, match="methods/doe2027idea.py") as refusal:
        method(text)
    assert message in str(refusal.value)


def test_a_declaration_with_annotated_type_is_read(method):
    assert method("PARAMS: Params = {'sweep': {}}") == {}
