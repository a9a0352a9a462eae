"""What functions need of methods and tasks: found by the plan, in one line, before any training."""

import re

import pytest
from helpers.project import ROOT

from brainside.base.errors import Refused
from brainside.base.paths import PACKAGE
from brainside.study import demands, params, study, workflow
from brainside.study.versions import literal

MLP, SLIM = "digits/mlp100", "digits/slim"


def only(task: str, method: str, budgets=("1/4",), **changes):
    """A study of one method on one task, with another entry."""

    def edit(config):
        entry = {"tasks": [task], "methods": [method], "budgets": [*budgets], "seeds": [0]}
        config["experiments"], config["figures"] = [entry], {}
        config["methods"].setdefault(method, {}).update(changes)

    return edit


def network(task: str, **changes):
    return lambda config: config["tasks"][task]["network"].update(changes)


def without(method: str, field: str):
    return lambda config: config["methods"][method].pop(field)


def also(method: str):
    """Another method, with the same task, budgets and seeds."""
    return lambda config: config["experiments"].append(
        {**config["experiments"][0], "methods": [method]}
    )


def qat(bits=2, budgets=(1,)):
    return only(MLP, "qat", budgets, title="quantised", function="courbariaux2015qat.sweep",
                reference=True, params={"bits": bits})  # fmt: skip


SHAPE = {"kernel": 3, "layers": 2, "growth": 1}
# How a study of one method is changed, and what is said.
WRONG = {
    "more images kept apart than there are": (
        [only(SLIM, "supernet", [1], params={"held_out": 100_000})],
        r"yu2019autoslim.yaml:\d+: supernet.params.held_out: on digits/slim: 100000 images are too "
        "many; there are 2999 at most"),
    "more images in a batch than there are": (
        [only(MLP, "magnitude-one-shot", recipe={"epochs": 1, "batch": 3001})],
        "magnitude-one-shot.recipe.batch: on digits/mlp100: a batch of 3001 is too large; there "
        "are 3000 training images"),
    "more images in a batch that is drawn": (
        [only(MLP, "magnitude-one-shot", search={"batch": {"choice": [50, 4000]}})],
        "magnitude-one-shot.search.batch: on digits/mlp100: a batch of 4000 is too large"),
    "layers too wide for any memory": (
        [only(MLP, "hashednet", params={"expansion": 1000})],
        "hashednet.params.expansion: on digits/mlp100: 31,880,030 weights are too many; 16,777"),
    "layers that do not get wider": (
        [only(SLIM, "popup", params={"expansion": 2})],
        "popup.params.expansion: on digits/slim: only an mlp can be expanded, not a slimnet"),
    "all images kept apart": (
        [only(SLIM, "supernet", [1], params={"held_out": 3000})], "there are 2999 at most"),
    "no hidden layer to narrow": (
        [only(MLP, "small-dense"), network(MLP, sizes=[784, 10])],
        r"baktash2019controls.yaml:\d+: small-dense: on digits/mlp100: "
        "baktash2019controls.small_dense needs an mlp with hidden units"),
    "a network that is not narrowed": ([only(SLIM, "small-dense")], "an mlp with hidden units"),
    "hubs of no layer": (
        [only(MLP, "hubs-monarch", params={"hubs": {"9.weight": 20}})],
        "hubs-monarch.params.hubs: on digits/mlp100: there is no layer '9.weight'; known: 1.w"),
    "more hubs than units": (
        [only(MLP, "hubs-monarch", params={"hubs": {"1.weight": 41}})],
        "41 are too many for layer 1.weight; its inputs and units allow 40"),
    "shares of no layer": (
        [lambda c: only(MLP, "denil", params={
            **c["methods"]["denil"]["params"], "shares": {"8.weight": 0.5}})(c)],
        "denil.params.shares: on digits/mlp100: there is no layer '8.weight'"),
    "no room for a channel": (
        [only(MLP, "small-conv", params={"multiply_adds_limit": 4})],
        "baktash2019controls.small_conv needs room for one channel of a `shape`"),
    "more layers than the images have room for": (
        [only(MLP, "small-conv", search={"shape": {"choice": [{**SHAPE, "layers": 9}]}})],
        "needs room for one channel"),
    "multiply-adds of a method that has none": (
        [only(SLIM, "random-edges", budget_of="multiply_adds")],
        "random-edges.budget_of: on digits/slim: chen2015controls.random_edges has no use for"),
    "multiply-adds of a network without widths": (
        [only(MLP, "magnitude-slim")], "on digits/mlp100: network mlp has no `widths`"),
    "weights of a method that has multiply-adds": (
        [only(SLIM, "magnitude-slim"), without("magnitude-slim", "budget_of")],
        "yu2019controls.channel_magnitude needs `budget_of: multiply_adds`"),
    "fewer multiply-adds than the narrowest": (
        [only(SLIM, "magnitude-slim", ["1/500"])], "multiply-adds; the narrowest has"),
    "no widths": ([only(MLP, "supernet", [1])], "needs a network with `widths`"),
    "no weight left": ([only(MLP, "random-edges", ["1/500000"])], "31,760 leaves none"),
    "no start": (
        [only(MLP, "magnitude-one-shot", reference=False)],
        r"magnitude-one-shot.reference: on digits/mlp100: han2015magnitude.sweep needs one network "
        "to start from"),
    "many starts": (
        [only(MLP, "hubs-monarch", reference="lottery"), also("lottery")],
        "cohen2003hubs.monarch needs one network to start from"),
    "one start": (
        [only(MLP, "lottery-reinitialised", reference=True)],
        "frankle2019lottery.control needs networks by budget to start from"),
    "no other's weights": (
        [only(SLIM, "uniform-weights"), without("uniform-weights", "weights_of")],
        "needs another's numbers of weights; name a method in `weights_of`"),
    "another's weights for nothing": (
        [only(MLP, "small-dense", weights_of="random-edges"), also("random-edges")],
        "small_dense has no use for weights_of; take it out"),
    "layers that are no matrix": (
        [only(SLIM, "popup"), network(SLIM, separable=True)],
        "ramanujan2020popup.sweep needs layers that read all maps before them"),
    "other budgets than the only one": ([qat(budgets=["1/4"])], "needs the budget 1 and no other"),
    "too many bits": ([qat(bits=9)], "qat.params.bits: 9 is not allowed; write a whole number"),
}  # fmt: skip


@pytest.mark.parametrize(("edits", "said"), WRONG.values(), ids=WRONG)
def test_what_a_function_needs_and_has_not_is_refused_in_one_line(project, edits, said):
    for edit in edits:
        edit(project.config)
    with pytest.raises(Refused, match=said) as refused:
        workflow.checked_jobs([project.load()])
    assert re.match(r"config/quick/methods/\w+\.yaml:\d+: ", str(refused.value))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("edits", [
    [qat()],
    [only(SLIM, "supernet", [1], params={"held_out": 2999})],
    [only(MLP, "hubs-monarch", params={"hubs": {"1.weight": 40}})],
    [only(SLIM, "autoslim", ["1/2"])],
    [only(MLP, "lottery-reinitialised"), also("lottery")],
])  # fmt: skip
def test_what_a_function_needs_and_has_is_not_refused(project, edits):
    for edit in edits:
        edit(project.config)
    workflow.checked_jobs([project.load()])


@pytest.mark.parametrize("name", ["quick", "paper"])
def test_the_methods_of_the_studies_have_what_their_functions_need(name, monkeypatch):
    monkeypatch.chdir(ROOT)
    whole = study.load(f"config/{name}")
    demands.check(whole)
    for entry in whole.config["methods"].values():
        needed = params.needs(entry["function"])
        assert bool(entry.get("reference")) == bool({"reference", "references"} & {*needed})
        assert ("weights_of" in entry) == ("weights of another" in needed)


def test_every_need_that_a_file_declares_is_known():
    files = [path.relative_to(PACKAGE) for path in PACKAGE.glob("methods/**/[a-z]*.py")]
    declared = [
        file for file in files if "\nPARAMS" in (PACKAGE / file).read_text(encoding="utf-8")
    ]
    needed = {
        need
        for file in declared
        for entry in literal(str(file), "PARAMS").values()
        if isinstance(entry, dict)
        for need in entry.get("needs", [])
    }
    assert needed == demands.DEMANDS.keys()
