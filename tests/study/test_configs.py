"""A study's folder: how its files become one config, and what they may not say."""

from pathlib import Path

import pytest
from helpers.configs import dump, write_study
from helpers.project import ROOT

from brainside.base.errors import Refused
from brainside.study import claims
from brainside.study.configs import Place, files_of, read_study

FOLDER = Path("config/quick")
SCHEDULES = {"halves": ["1/2", "1/4", "1/8", "1/16"]}
SPACES = {"sgd": {"momentum": {"choice": [0.5, 0.9]}}}


def refusal() -> str:
    with pytest.raises(Refused) as refused:
        read_study(FOLDER)
    text = str(refused.value)
    assert "\n" not in text
    return text


@pytest.mark.parametrize("name", ["quick", "paper"])
def test_writing_the_files_and_reading_them_gives_the_same_config(tmp_path, monkeypatch, name):
    monkeypatch.chdir(ROOT)
    config = read_study(Path("config") / name)
    write_study(tmp_path / "study", config)
    assert read_study(tmp_path / "study") == config


def test_experiments_and_figures_are_in_the_order_of_the_list(project):
    first, second = project.config["experiments"]
    figures = {"b": {"draw": "curves", "caption": "b"}, "a": {"draw": "curves", "caption": "a"}}
    head = project.config | {"experiments": [first], "figures": {"b": figures["b"]}}
    write_study(FOLDER, head)
    dump(FOLDER / "experiments/more.yaml", {"entries": [second], "figures": {"a": figures["a"]}})
    for names, order in ((["all", "more"], "ba"), (["more", "all"], "ab")):
        study = FOLDER / "study.yaml"
        study.write_text("\n".join(
            f"experiments: [{', '.join(names)}]" if line.startswith("experiments") else line
            for line in study.read_text(encoding="utf-8").splitlines() if line != "- all"
        ), encoding="utf-8")  # fmt: skip
        read = read_study(FOLDER)
        assert "".join(read["figures"]) == order
        assert read["experiments"] == ([first, second] if order == "ba" else [second, first])


def test_a_method_may_name_a_schedule_and_a_search_space(project):
    project.config["methods"]["magnitude"] |= {"schedule": "halves", "search": "sgd"}
    project.config |= {"schedules": SCHEDULES, "search_spaces": SPACES}
    entry = read(project)["methods"]["magnitude"]
    assert entry["schedule"] == SCHEDULES["halves"] and entry["search"] == SPACES["sgd"]


def test_a_method_beside_another_is_in_its_entries_and_figures_but_not_in_those_of_plot_data(
    project,
):
    before = read(project)
    project.config["methods"]["idea"] = {
        **before["methods"]["magnitude"],
        "title": "An idea",
        "beside": "magnitude",
    }
    config = read(project)
    sections = (("experiments", range(len(before["experiments"]))), ("figures", before["figures"]))
    for section, keys in sections:
        for key in keys:
            old, new = (
                before[section][key].get("methods", []),
                config[section][key].get("methods", []),
            )
            added = "magnitude" in old and "plotdata" not in before[section][key]
            assert [name for name in new if name != "idea"] == old
            assert ("idea" in new) == added
            assert not added or new.index("idea") == new.index("magnitude") + 1


def test_two_methods_with_one_title_are_refused(project):
    methods = project.config["methods"]
    first, second = list(methods)[:2]
    methods[second]["title"] = methods[first]["title"]
    project.write()
    assert f"{second}.title is that of {first}, too" in refusal()


def test_a_method_beside_none_is_refused(project):
    project.config["methods"]["magnitude"]["beside"] = "magnitud"
    project.write()
    assert "magnitude.beside: there is no method 'magnitud'" in refusal()


def read(project):
    project.write()
    return read_study(FOLDER)


@pytest.mark.parametrize("key", ["schedule", "search"])
def test_an_unknown_name_of_either_is_refused_with_its_line(project, key):
    project.config["methods"]["magnitude"][key] = "thirds"
    project.write()
    said = refusal()
    path = FOLDER / "methods/han2015magnitude.yaml"
    number = int(said.removeprefix(f"{path}:").split(":")[0])
    assert path.read_text(encoding="utf-8").splitlines()[number - 1] == f"  {key}: thirds"
    assert "study.yaml has no 'thirds'" in said


@pytest.mark.parametrize("path", ["config/slow", "config/quick/study.yaml", "config/datasets.yaml"])
def test_a_study_is_a_folder(project, path):
    with pytest.raises(Refused, match=f"^{path}: no such study; one is a folder"):
        read_study(Path(path))


@pytest.mark.parametrize("file", ["study.yaml", "tasks.yaml", "experiments/all.yaml"])
def test_a_missing_file_is_refused_by_name(project, file):
    (FOLDER / file).unlink()
    assert refusal().startswith(f"{FOLDER / file}: ")


def test_an_experiment_that_the_list_forgets_is_refused(project):
    dump(FOLDER / "experiments/forgotten.yaml", {"entries": project.config["experiments"]})
    assert "forgotten.yaml" in refusal()


def test_a_method_in_the_file_of_another_is_refused(project):
    path = FOLDER / "methods/lecun1990obd.yaml"
    path.rename(path.with_name("lecun1989obd.yaml"))
    assert refusal().startswith(f"{path.with_name('lecun1989obd.yaml')}:2: ")


def test_one_figure_in_two_experiments_is_refused(project):
    figures = {"pruning": project.config["figures"]["pruning"]}
    dump(FOLDER / "experiments/more.yaml", {"figures": figures})
    study = FOLDER / "study.yaml"
    study.write_text(
        study.read_text(encoding="utf-8").replace("- all", "- all\n- more"), encoding="utf-8"
    )
    assert "more.yaml: pruning is in config/quick/experiments/all.yaml" in refusal()


def test_one_method_in_two_files_is_refused(project):
    entry = project.config["methods"]["reference"] | {"function": "lecun1990obd.sweep"}
    dump(FOLDER / "methods/lecun1990obd.yaml", {"reference": entry})
    assert "reference is in" in refusal()


def test_a_study_without_entries_is_refused(project):
    project.config["experiments"] = []
    del project.config["experiments"]
    project.write()
    assert "none of its experiments has entries" in refusal()


@pytest.mark.parametrize(("keys", "file", "text"), [
    (("tasks", "rot/mlp1000", "recipe"), "tasks.yaml", "recipe: {<<: *recipe, epochs: 60}"),
    (("methods", "gradual"), "methods/zhu2017gradual.yaml", "gradual:"),
    (("methods", "obd-dozen-probe", "schedule"), "methods/lecun1990obd.yaml", "schedule: dozen"),
    (("experiments", 3), "experiments/e1_baktash_pruning.yaml", "- name: E1 as run"),
    (("experiments", 4), "experiments/e4_obd1989.yaml", "- name: E4 OBD 1989"),
    (("figures", "lottery"), "experiments/e5_han_lottery.yaml", "lottery:"),
    (("codings", "codecs", "zeta"), "experiments/e7_bytes.yaml", "zeta: {positions: zeta}"),
    (("tuning",), "study.yaml", "search_plan: {trials: 12,"),
])  # fmt: skip
def test_an_entry_has_a_file_and_a_line(monkeypatch, keys, file, text):
    monkeypatch.chdir(ROOT)
    path, number = Place(Path("config/paper"), keys).line.split(":")
    assert path == f"config/paper/{file}"
    assert (
        Path(path)
        .read_text(encoding="utf-8")
        .splitlines()[int(number) - 1]
        .strip()
        .startswith(text)
    )


def test_what_no_file_has_has_the_folder_for_its_place(project):
    assert str(Place(FOLDER, ("methods", "nobody"))) == "config/quick"


def test_the_files_of_a_study_are_all_that_are_in_its_folder(monkeypatch):
    monkeypatch.chdir(ROOT)
    for folder in (Path("config/quick"), Path("config/paper")):
        assert files_of(folder) == sorted(folder.rglob("*.yaml"))


def test_a_claim_that_is_there_twice_is_refused(project):
    project.config["claims"] = ["one", "two"]
    claim = {"id": "same", "statement": "s", "value": "v", "confidence": "unknown",
             "checks": [{"check": "agree", "tasks": ["a/b"], "budgets": [1]}]}  # fmt: skip
    for name in ("one", "two"):
        dump(Path(f"config/claims/{name}.yaml"), {"paper": name, "claims": [claim]})
    with pytest.raises(Refused, match=r"config/claims/two.yaml:\d+: claim same appears twice"):
        claims.read(project.load())
    assert claims.line(project.load(), "same").startswith("config/claims/one.yaml:")
