"""Configs: what they expand to, and one line that names the place for each that is wrong."""

import copy
import subprocess
import sys
from functools import reduce
from operator import getitem

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brainside.base.errors import Refused
from brainside.cli.main import main
from brainside.study import study

TASK = "digits/mlp100"


def experiment(**changes):
    return lambda config: config["experiments"][0].update(changes)


def method(name, **changes):
    return lambda config: config["methods"].setdefault(name, {}).update(changes)


# What is wrong, and what the one line must name besides the file.
WRONG = {
    "unknown method": (experiment(methods=["magnitud"]), "magnitud"),
    "unknown task": (experiment(tasks=["digits/mlp"]), "digits/mlp"),
    "unknown dataset": (lambda c: c["tasks"][TASK].update(dataset="digit"), "digit"),
    "unknown key": (lambda c: c.update(seedz=[1]), "seedz"),
    "unknown key of a task": (lambda c: c["tasks"][TASK].update(epoch=1), TASK),
    "unknown key of a recipe": (method("magnitude", recipe={"lr": 1}), "magnitude"),
    "overrides of no method": (
        lambda c: c["tasks"][TASK].update(overrides={"magnitud": {"epochs": 2}}), "magnitud"),
    "settings of a budget that is not tuned": (
        method("magnitude", tuned_at="1/3", search={"momentum": {"choice": [0.5]}}), "tuned_at"),
    "settings of no search": (method("magnitude", tuned_at="1/8"), "tuned_at"),
    "range of nothing that is searched": (
        lambda c: c["tasks"][TASK].update(search={"weight_decai": {"choice": [0]}}),
        "weight_decai"),
    "tuned on no task": (
        lambda c: (c["tasks"][TASK].update(tuned_on="digits/mlp"),
                   c["methods"]["magnitude"].update(search={"momentum": {"choice": [0.5]}})),
        "digits/mlp"),
    "missing key": (lambda c: c.pop("device"), "device"),
    "budget of nothing": (experiment(budgets=[0]), "0"),
    "negative budget": (experiment(budgets=["-1/2"]), "-1/2"),
    "budget over one": (experiment(budgets=[1.5]), "1.5"),
    "budget in words": (experiment(budgets=["abc"]), "abc"),
    "budget divided by zero": (experiment(budgets=["1/0"]), "1/0"),
    "budget not a number": (experiment(budgets=[float("nan")]), "nan"),
    "infinite budget": (experiment(budgets=[float("inf")]), "inf"),
    "budget too large for a float": (experiment(budgets=["1e400"]), "1e400"),
    "budget too small for a float": (experiment(budgets=["1e-400"]), "1e-400"),
    "no budget": (experiment(budgets=[]), "budgets"),
    "bad budget of a schedule": (method("magnitude", schedule=["2"]), "magnitude"),
    "budget outside the schedule": (experiment(budgets=["1/3"]), "0.333"),
    "negative seed": (experiment(seeds=[-1]), "seeds"),
    "seed in words": (experiment(seeds=["one"]), "seeds"),
    "seed twice": (experiment(seeds=[1, 1]), "seeds"),
    "tuning seed for results": (experiment(seeds=[1000]), "1000"),
    "bad tuning budget": (lambda c: c["tuning"].update(budgets=[7]), "search_plan.budgets"),
    "no trials": (lambda c: c["tuning"].update(trials=0), "trials"),
    "method without a file": (method("magnitude", function="nobody2030.sweep"), "nobody2030"),
    "method file without version": (method("magnitude", function="pruning.keep"), "pruning"),
    "function without a file": (method("magnitude", function="sweep"), "function"),
    "no reference to start from": (lambda c: c["methods"].pop("reference"), "reference"),
    "start that starts from itself": (
        lambda c: (c["methods"]["reference"].update(reference="magnitude"),
                   c["methods"]["magnitude"].update(reference="reference")), "reference"),
    "networks and weights of others": (method("magnitude", weights_of="small-dense"), "weights_of"),
    "weights of no method": (method("small-dense", weights_of="dense-smal"), "dense-smal"),
    "weights of a method that is not run": (
        lambda c: (c["experiments"][1].update(methods=["uniform-weights"])), "autoslim"),
    "weights at a budget that is not run": (
        lambda c: (c["experiments"][1].update(methods=["autoslim"]),
                   c["experiments"].append({"tasks": ["digits/slim"], "budgets": ["1/3"],
                                            "methods": ["uniform-weights"], "seeds": [0]})),
        "autoslim at budget 0.333"),
    "inputs that are not the images'": (
        lambda c: c["tasks"][TASK]["network"].update(sizes=[100, 10]),
        "digits/mlp100.network: the network reads 1×10×10 pixels, the images have 1×28×28"),
    "images of another shape": (
        lambda c: c["tasks"]["digits/slim"]["network"].update(image=[3, 28, 28]),
        "digits/slim.network: the network reads 3×28×28 pixels"),
    "more outputs than classes": (
        lambda c: c["tasks"][TASK]["network"].update(sizes=[784, 40, 12]),
        "the network has 12 outputs, the dataset has 10 classes"),
    "unknown network": (
        lambda c: c["tasks"][TASK]["network"].update(name="mpl"), "unknown network 'mpl'"),
    "field of another network": (
        lambda c: c["tasks"][TASK]["network"].update(widths=[3]), "mlp has no 'widths'"),
    "network without sizes": (
        lambda c: c["tasks"][TASK].update(network={"name": "mlp"}), "mlp needs 'sizes'"),
    "unknown activation": (
        lambda c: c["tasks"][TASK]["network"].update(activation="rellu"), "network.activation"),
    "method twice": (experiment(methods=["obd", "magnitude", "obd"]),
                     "entries[0].methods: 'obd' appears twice; keep one"),
    "budget twice": (experiment(budgets=["1/4", "1/16", 0.25]), "budgets: 1/4 appears twice; keep"),
    "budget of a schedule twice": (
        method("magnitude", schedule=["1/2", "1/4", "2/4", "1/16"]), "schedule: 1/2 appears twice"),
    "budget of the searches twice": (
        lambda c: c["tuning"].update(budgets=["1/4", "0.25"]), "search_plan.budgets: 1/4 appears"),
    "pooling twice after a layer": (
        lambda c: c["tasks"]["digits/slim"]["network"].update(pool_after=[0, 0]),
        "pool_after: 0 appears twice"),
    "pooling after a layer that there is not": (
        lambda c: c["tasks"]["digits/slim"]["network"].update(pool_after=[5]), "pool_after"),
    "images too small for the layers": (
        lambda c: c["tasks"][TASK].update(network={
            "name": "convnet", "image": [1, 28, 28], "channels": [2] * 5, "kernel": 3,
            "hidden": [], "classes": 10}),
        "images of 1×28×28 pixels are too small for its layers"),
    "images too small for the pooling": (
        lambda c: c["tasks"]["digits/slim"]["network"].update(
            widths=[4] * 5, pool_after=[0, 1, 2, 3, 4]),
        "digits/slim.network: images of 1×28×28 pixels are too small"),
    "kernels of fewer layers": (
        lambda c: c["tasks"][TASK].update(network={
            "name": "denil", "image": [1, 28, 28], "channels": [4, 4], "kernels": [5],
            "hidden": [9], "classes": 10}),
        "channels and kernels must have as many"),
    "more weights than can be trained": (
        lambda c: c["tasks"][TASK]["network"].update(sizes=[784, 100_000, 10]),
        "digits/mlp100.network: 79,700,030 weights are too many; 16,777,216 can be trained"),
    "a layer that nothing holds": (
        lambda c: c["tasks"][TASK]["network"].update(sizes=[784, 10**12, 10]),
        "network.sizes[1] must be smaller than or equal to 1000000, not 1000000000000"),
    "more than the images in a batch": (
        lambda c: c["tasks"][TASK]["recipe"].update(batch=1_000_000),
        "digits/mlp100.recipe.batch: 1000000 is too large; there are 3000 training images"),
    "more than the images in a batch of an override": (
        lambda c: c["tasks"][TASK].update(overrides={"magnitude": {"batch": 3001}}),
        "digits/mlp100.overrides.magnitude.batch: 3001 is too large; there are 3000 training"),
    "a batch that no number holds": (
        lambda c: c["tasks"][TASK]["recipe"].update(batch=10**21), "recipe.batch must be smaller"),
    "a margin that is no fraction": (
        lambda c: c["tasks"][TASK].update(margin=5), "margin must be smaller than or equal to 1"),
    "seconds without end": (
        lambda c: c["tasks"][TASK].update(epoch_seconds=1e308), "epoch_seconds must be smaller"),
    "a rate without bound": (
        lambda c: c["tasks"][TASK]["recipe"].update(learning_rate=1e300), "learning_rate must be"),
    "no title": (method("magnitude", title=""), "magnitude.title must match pattern"),
    "trials without end": (
        lambda c: c["tuning"].update(trials=10**9), "search_plan.trials must be smaller"),
    "trials of a method without end": (
        method("magnitude", search={"momentum": {"choice": [0.5]}}, search_trials=10**9),
        "search_trials must be smaller"),
    "budget with underscores": (experiment(budgets=["1/0_4"]), "1/0_4"),
    "budget in other digits": (experiment(budgets=["١/٤"]), "not '١/٤'"),
    "more networks than can be planned": (
        experiment(seeds=[*range(2000, 40_000)]), "300,000 at most can be planned"),
    "rate not a number": (
        lambda c: c["tasks"][TASK]["recipe"].update(learning_rate=float("nan")), ""),
    "date for a parameter": (
        method("magnitude", params={"since": yaml.safe_load("2020-01-01")}), ""),
    "numbered method": (lambda c: c["methods"].update({1: c["methods"]["magnitude"]}), "methods"),
}  # fmt: skip


def one_line(text: str, *, naming: tuple[str, ...]) -> bool:
    return len(text.strip().splitlines()) == 1 and all(name in text for name in naming)


@pytest.mark.parametrize(("edit", "named"), WRONG.values(), ids=WRONG)
def test_a_wrong_config_is_refused_in_one_line_that_names_the_place(project, edit, named):
    edit(project.config)
    with pytest.raises(Refused) as refusal:
        project.load()
    assert one_line(str(refusal.value), naming=("config/quick", named))


@pytest.mark.parametrize("edit", [experiment(tasks=[TASK, TASK]), lambda c: c["experiments"].append(
    copy.deepcopy(c["experiments"][0]))], ids=["in one experiment", "in two"])  # fmt: skip
def test_the_same_method_and_task_twice_is_refused(project, edit):
    edit(project.config)
    with pytest.raises(Refused, match="(small-dense|digits/mlp100').* appears twice"):
        project.load()


def of(sweeps, name):
    return {(s.seed, s.budgets[0], s.key) for s in sweeps if s.method == name}


def test_entries_that_add_seeds_or_budgets_leave_what_is_there_its_key(project):
    first = project.config["experiments"][0]
    first |= {"methods": ["small-dense", "magnitude"], "budgets": ["1/8"], "seeds": [0]}
    project.config["experiments"] = [first]
    before = project.load()
    more = {"tasks": [TASK], "methods": ["small-dense"]}
    project.config["experiments"] += [
        {**more, "budgets": ["1/8"], "seeds": [1]},
        {**more, "budgets": ["1/2"], "seeds": [0, 1]},
    ]
    after = project.load()
    assert {s.path for s in before.everything} < {s.path for s in after.everything}
    assert of(before.sweeps, "magnitude") == of(after.sweeps, "magnitude")
    assert {cell[:2] for cell in of(after.sweeps, "small-dense")} == {
        (0, 1 / 8), (1, 1 / 8), (0, 1 / 2), (1, 1 / 2)}  # fmt: skip
    assert after.find(TASK, "small-dense", 0, [1 / 2]).budgets == [1 / 2]
    assert after.find(TASK, "small-dense", 0).path == before.find(TASK, "small-dense", 0).path
    assert [s.budgets for s in after.find_all(TASK, "small-dense", 1)] == [[1 / 8], [1 / 2]]


def test_a_method_that_starts_from_another_takes_the_entry_with_its_budgets(project):
    first = project.config["experiments"][0]
    first |= {"methods": ["small-dense"], "budgets": ["1/8"], "seeds": [0]}
    project.config["methods"]["after"] = {
        **project.config["methods"]["small-dense"], "title": "after", "weights_of": "small-dense",
    }  # fmt: skip
    more = {"tasks": [TASK], "budgets": ["1/2"], "seeds": [0]}
    project.config["experiments"] = [
        first, {**more, "methods": ["small-dense"]}, {**more, "methods": ["after"]}]  # fmt: skip
    whole = project.load()
    assert whole.find(TASK, "after", 0).parent.budgets == [1 / 2]


def test_a_method_can_have_a_number_of_trials_of_its_own(project):
    searched = {"search": {"momentum": {"choice": [0.5, 0.9]}}}
    project.config["methods"]["magnitude"] |= searched
    project.config["methods"]["small-dense"] |= {**searched, "search_trials": 3}
    whole = project.load()
    assert whole.find(TASK, "small-dense", 0).search.spec["trials"] == 3
    plan = project.config["tuning"]["trials"]
    assert whole.find(TASK, "magnitude", 0).search.spec["trials"] == plan != 3


@pytest.mark.parametrize("file", ["study.yaml", "tasks.yaml", "methods/lecun1990obd.yaml",
                                  "experiments/all.yaml"])  # fmt: skip
@pytest.mark.parametrize("content", [b"tasks: [", b"\xff\xfe\x00", b"", b"- 1", b"a: b: c"],
                         ids=["open", "binary", "empty", "list", "nested"])  # fmt: skip
def test_an_unreadable_file_is_refused_by_name(project, file, content):
    (project.path / file).write_bytes(content)
    with pytest.raises(Refused) as refusal:
        study.load("config/quick")
    assert one_line(str(refusal.value), naming=(f"config/quick/{file}",))


def places(config, above=()):
    """The path of every value of a config."""
    inside = config.items() if isinstance(config, dict) else enumerate(config)
    for name, value in inside:
        yield (*above, name)
        if isinstance(value, dict | list):
            yield from places(value, (*above, name))


@given(st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_value_in_any_place_gives_a_study_or_a_refusal(project, data):
    config = copy.deepcopy(project.config)
    *above, name = data.draw(st.sampled_from(list(places(config))))
    values = [None, True, -1, 0, 3, 0.5, 2.5, "", "x", "1/3", "a.b", [], {}, [1], {"name": "x"}]
    inside = reduce(getitem, above, config)
    inside[name] = data.draw(st.sampled_from(values))
    project.config, kept = config, project.config
    try:
        assert project.load().sweeps
    except Refused as refusal:
        assert one_line(str(refusal), naming=("config/quick",))
    finally:
        project.config = kept


def test_a_study_has_every_method_at_every_seed_once_and_one_reference_a_seed(project):
    project.config["experiments"][0]["seeds"] = [0, 1]
    project.config["experiments"] = project.config["experiments"][:1]
    found = [(s.task, s.method, s.seed) for s in project.load().sweeps]
    methods = [*project.config["experiments"][0]["methods"], "reference"]
    assert sorted(found) == sorted((TASK, m, seed) for m in methods for seed in (0, 1))
    assert len({s.path for s in project.load().sweeps}) == len(found)


def test_naming_the_reference_as_a_method_adds_nothing(project):
    before = {s.path for s in project.load().sweeps}
    project.config["experiments"][0]["methods"].append("reference")
    assert {s.path for s in project.load().sweeps} == before


def test_sweeps_hold_the_key_of_the_reference_of_their_seed(project):
    project.config["experiments"][0]["seeds"] = [0, 1]
    for sweep in project.load().sweeps:
        entry = project.config["methods"][sweep.method]
        starts = bool(entry.get("reference") or entry.get("weights_of"))
        assert bool(sweep.parent) == bool(sweep.spec["reference"]) == starts
        if starts:
            assert sweep.parent.seed == sweep.seed
            assert sweep.spec["reference"] == sweep.parent.key


def test_budgets_descend_without_repetition_and_the_references_is_one(project):
    project.config["experiments"] = project.config["experiments"][:1]
    project.config["experiments"][0]["budgets"] = ["1/16", "1/4", "0.5"]
    for sweep in project.load().sweeps:
        assert sweep.budgets == ([1.0] if sweep.method == "reference" else [0.5, 0.25, 0.0625])
        assert set(sweep.budgets) <= set(sweep.points)


def test_the_tuning_of_a_method_that_needs_a_reference_brings_one_of_the_tuning_seed(project):
    project.config["methods"]["magnitude"]["search"] = {"l1": {"choice": [0, 1]}}
    whole = project.load()
    (extra,) = [sweep for sweep in whole.everything if sweep not in whole.sweeps]
    assert (extra.method, extra.seed) == ("reference", 1000)
    assert len(whole.searches) == 2


def test_two_budgets_of_a_sweep_never_share_a_checkpoint(project):
    try:
        sweep = project.sweep("small-dense", budgets=["1/4", "0.250001", "0.25000001"])
    except Refused:
        return
    assert len({sweep.checkpoint(budget) for budget in sweep.budgets}) == 3


COMMANDS = {
    "unknown method": ["sweep", "config/quick", TASK, "magnitud", "--seed", "0"],
    "unknown task": ["sweep", "config/quick", "digits/no", "magnitude", "--seed", "0"],
    "seed that is not asked for": [
        "sweep", "config/quick", TASK, "magnitude", "--seed", "99"],
    "negative seed": ["sweep", "config/quick", TASK, "magnitude", "--seed", "-1"],
    "stale key": ["sweep", "config/quick", TASK, "magnitude", "--seed", "0", "--key", "0a"],
    "missing config": ["plan", "config/slow"],
    "nothing to tune": ["search", "config/quick", TASK, "magnitude"],
    "stale tuning key": ["search", "config/quick", TASK, "small-conv", "--key", "0a"],
    "unknown figure": ["figure", "config/quick", "error_by_luck"],
    "unknown dataset": ["dataset", "digit"],
    "no cores": ["plan", "config/quick", "--cores", "0"],
}  # fmt: skip


@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS)
def test_the_command_line_ends_bad_input_with_one_line_and_status_two(project, capsys, arguments):
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    assert one_line(capsys.readouterr().err, naming=("brainside",))


def test_a_figure_that_is_listed_but_has_no_file_is_refused(project, capsys):
    project.config["figures"] = {"error_by_luck": {"draw": "error_by_luck", "caption": "?"}}
    project.write()
    with pytest.raises(SystemExit) as end:
        main(["figure", "config/quick", "error_by_luck"])
    assert end.value.code == 2
    assert one_line(capsys.readouterr().err, naming=("error_by_luck",))


def test_the_installed_command_shows_no_traceback(project):
    project.config["experiments"][0]["budgets"] = ["2"]
    project.write()
    command = [sys.executable, "-m", "brainside.cli.main", "plan", "config/quick"]
    ended = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    assert ended.returncode == 2 and ended.stdout == ""
    assert one_line(ended.stderr, naming=("config/quick", "budget 2"))


def test_a_task_can_change_methods_recipes_and_borrow_a_search(project):
    tasks = project.config["tasks"]
    tasks["digits/other"] = {**tasks["digits/mlp100"], "tuned_on": "digits/mlp100",
                             "overrides": {"magnitude": {"epochs": 7}}}  # fmt: skip
    method = project.config["methods"]["magnitude"]
    method["search"] = {"learning_rate": {"log_uniform": [0.01, 0.1]}}
    method["search_budgets"] = ["1/16"]
    both = ["digits/mlp100", "digits/other"]
    project.config["experiments"][0] |= {"tasks": both, "methods": ["magnitude"]}
    loaded = project.load()
    here, other = (loaded.find(task, "magnitude", 0) for task in both)
    assert other.spec["method"]["recipe"]["epochs"] == 7
    assert here.spec["method"]["recipe"].get("epochs") != 7
    assert other.search.path == here.search.path
    assert other.search.task == "digits/mlp100" and other.search.spec["budgets"] == [1 / 16]
    method["search_everywhere"] = True
    loaded = project.load()
    assert [loaded.find(task, "magnitude", 0).search.task for task in both] == both


def test_a_task_can_change_the_range_of_what_a_method_searches(project):
    narrow = {"learning_rate": {"log_uniform": [0.03, 0.06]}}
    project.config["tasks"]["digits/mlp100"]["search"] = narrow
    wide = {"learning_rate": {"log_uniform": [0.01, 0.1]}, "momentum": {"choice": [0.5, 0.9]}}
    project.config["methods"]["magnitude"]["search"] = wide
    project.config["experiments"][0]["methods"] = ["magnitude"]
    search = project.load().find("digits/mlp100", "magnitude", 0).search.spec["search"]
    assert search == {**narrow, "momentum": {"choice": [0.5, 0.9]}}


def test_the_tuning_budget_whose_settings_serve_all_is_part_of_a_sweeps_key_not_of_its_search(
    project,
):
    project.config["methods"]["magnitude"]["search"] = {"momentum": {"choice": [0.5, 0.9]}}
    before = project.load().find("digits/mlp100", "magnitude", 0)
    project.config["methods"]["magnitude"]["tuned_at"] = project.config["tuning"]["budgets"][-1]
    after = project.load().find("digits/mlp100", "magnitude", 0)
    assert after.search.key == before.search.key and after.key != before.key


def test_budgets_that_names_do_not_tell_apart_are_refused_within_an_entry_and_across(project):
    first = project.config["experiments"][0]
    project.config["experiments"] = [{**first, "methods": ["small-dense"], "budgets": ["1/8"]}]
    again = {**project.config["experiments"][0], "seeds": [1], "budgets": [0.12500004]}
    project.config["experiments"].append(again)
    with pytest.raises(Refused, match=r"entries\[1\]: 0.125 and 0.12500004 of .* close"):
        project.load()
    again["budgets"] = [0.125, 0.12500004]
    with pytest.raises(Refused, match=r"entries\[1\].budgets: .* too close to tell apart"):
        project.load()
    again["budgets"] = [0.125001]  # as 0.125 in four digits
    assert project.load().find("digits/mlp100", "small-dense", 1).budgets == [0.125001]


def test_an_unknown_method_is_refused_with_the_place_of_the_one_that_may_be_meant(project):
    project.config["experiments"][0]["methods"] = ["magnitud"]
    meant = r"unknown method 'magnitud'; 'magnitude' is at config/quick/.+:\d+; methods: "
    with pytest.raises(Refused, match=meant):
        project.load()
