"""The contract: what a run gives, what it refuses, and declarations that are those of the code."""

import re

import pytest
from helpers import tiny
from helpers.pruning import trained_reference
from helpers.tiny import recipe, tiny_task

from brainside.base.errors import Refused
from brainside.base.paths import PACKAGE
from brainside.base.seeds import derive
from brainside.methods import (
    baktash2019asrun,
    chen2015hashednets,
    denil2013predicting,
    frankle2019lottery,
    han2015magnitude,
    lecun1990obd,
    yu2019controls,
)
from brainside.methods.contract import Run, Start, find
from brainside.methods.shared.curvature import FORMS
from brainside.methods.shared.learned_dictionaries import KINDS
from brainside.methods.shared.pruning import PARAMS, RANKINGS, magnitudes, prune_by
from brainside.networks.architectures import ARCHITECTURES
from brainside.networks.titles import TITLES
from brainside.representations.predicted import COMPUTED


def test_a_point_has_settings_label_weights_and_seeds_of_its_budget(quiet):
    task = tiny_task()
    run = Run(task, [1 / 4], lambda budget: {"at": budget}, 3, quiet)
    point = run.at(1 / 4)
    assert point.settings == {"at": 1 / 4} and point.weights == task.stored_weights(1 / 4)
    assert point.progress.label == f"{quiet.label}, budget 0.25"
    assert point.derived("mask") == derive(3, "mask", "0.25")


@pytest.mark.parametrize(("method", "settings", "message"), [
    (han2015magnitude.sweep, {"iterative": True, "ranking": "global"}, "`reference: true`"),
    (chen2015hashednets.distilled, {"mixing": 0.5, "temperature": 1.0}, "`reference: true`"),
    (frankle2019lottery.control, {"start": "shuffled"}, "name theirs in `reference`"),
    (yu2019controls.uniform_weights, {}, "`weights_of`"),
])  # fmt: skip
def test_a_method_without_its_start_is_refused_before_anything_is_trained(
    quiet, trainings, method, settings, message
):
    with pytest.raises(Refused, match=message):
        tiny.run(method, tiny_task(), quiet, [1 / 2], recipe(**settings))
    assert not trainings


def test_a_pruning_method_is_a_saliency(quiet):
    def smallest(network, point):
        return {name: -size for name, size in magnitudes(network).items()}

    task = tiny_task()
    start = Start(trained_reference(task, quiet))
    chosen = recipe(iterative=False, ranking="layer", epochs=0)
    (stored,) = tiny.run(prune_by(smallest), task, quiet, [1 / 4], chosen, start=start)
    kept = sum(weight.numel() for weight in stored.weights.values())
    largest = max(float(w.abs().max()) for w in start.network.weights.values())
    assert kept == task.stored_weights(1 / 4)
    assert all(float(w.abs().max()) < largest for w in stored.weights.values())


def test_declared_values_are_those_that_the_code_knows():
    assert set(PARAMS["prune_by"]["ranking"]) == RANKINGS.keys() - {"threshold"}
    assert set(han2015magnitude.PARAMS["sweep"]["ranking"]) == RANKINGS.keys()
    assert set(lecun1990obd.PARAMS["sweep"]["curvature"]) == FORMS.keys()
    asrun, denil = baktash2019asrun.PARAMS["sweep"], denil2013predicting.PARAMS["sweep"]
    assert set(asrun["saliency"]) == baktash2019asrun.SALIENCIES.keys()
    assert set(asrun["regulariser"]) == baktash2019asrun.REGULARISERS.keys()
    assert set(denil["start"]) == set(denil2013predicting.STARTS)
    for part in ("filters", "places", "hidden"):
        assert set(denil[part]) == {*COMPUTED, *KINDS}


@pytest.mark.parametrize("function", ["nobody2030.sweep", "han2015magnitude.nothing"])
def test_a_function_that_there_is_not_is_refused_by_name(function):
    with pytest.raises(Refused, match=function):
        find(function)


def test_titles_are_of_architectures_that_there_are():
    assert TITLES.keys() <= ARCHITECTURES.keys()


METHODS = sorted((PACKAGE / "methods").glob("[a-z]*[0-9]*.py")) + [
    PACKAGE / "methods/reference.py", PACKAGE / "methods/rateaware.py"]  # fmt: skip


@pytest.mark.parametrize("path", METHODS, ids=lambda path: path.stem)
def test_a_method_imports_no_other_whose_version_is_not_in_its_key(path):
    """What several methods use is in methods/shared; a file's VERSION stands for its own code."""
    text = path.read_text(encoding="utf-8")
    others = {other.stem for other in METHODS} - {path.stem}
    imported = set(re.findall(r"^from brainside\.methods(?:\.(\w+))? import (.+)$", text, re.M))
    names = {module or name for module, names in imported for name in names.split(", ")}
    assert names & others == set()
