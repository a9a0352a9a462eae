"""The configs beside the studies are read when anything is planned, and held against the study."""

import re
from pathlib import Path

import pytest
import yaml
from helpers.configs import dump
from helpers.project import CLAIMS, ROOT

from brainside.base import paths
from brainside.base.errors import Refused
from brainside.cli.main import main
from brainside.study import beside, study, workflow

TABLE = {"paper": "p", "source": "s", "confidence": "confirmed", "budget": "1/4"}
LAYER = {"layer": "l", "weights": "1K", "operations": "1K", "kept": 8, "left": 8}
PUBLISHED = {
    "study": "quick",
    "layers": {"one": {**TABLE, "task": "digits/mlp100", "method": "magnitude",
                       "rows": {"1.weight": LAYER, "total": LAYER}}},
    "errors": {"two": {**TABLE, "against": "obd", "methods": ["obd", "magnitude"],
                       "rows": {"digits/mlp100": [1, 2], "digits/slim": []}}},
    "sizes": {"three": {**TABLE, "task": "digits/mlp100", "method": "magnitude", "bytes": 9,
                        "rate": 2, "error": 0.1, "limit": 0.1, "layers": [[8, 3, 4]]}},
}  # fmt: skip
FORMER = {"study": "quick", "rules": {"margin": "It moved."},
          "claims": {"pruning-costs-little": {"verdict": "mixed",
                                              "changed_by": ["margin"]}}}  # fmt: skip


@pytest.fixture
def planned(project):
    dump(paths.CLAIMS / "nobody2000.yaml", yaml.safe_load(CLAIMS))
    dump(paths.PUBLISHED, PUBLISHED)
    dump(paths.FORMER_VERDICTS, FORMER)
    dump(paths.TYPED_NUMBERS, {"README.md": ["2019"]})
    project.config["claims"] = ["nobody2000"]
    whole = project.load()
    workflow.checked_jobs([whole])
    return whole


@pytest.mark.parametrize(("path", "old", "new", "said"), [
    (paths.FORMER_VERDICTS, "rules:", "rulez:", "rulez is not a key here; known: study, rules,"),
    (paths.FORMER_VERDICTS, "- margin", "- taste",
     "claims.pruning-costs-little.changed_by: 'taste' is not among the rules; add it"),
    (paths.FORMER_VERDICTS, "pruning-costs-little", "pruning-costs-much",
     "claims.pruning-costs-much: no claim of the study has this id"),
    (paths.PUBLISHED, "sizes:", "seizes:", "seizes is not a key here; known: study, layers"),
    (paths.PUBLISHED, "budget: 1/4", "budget: 5/4", "errors.two.budget"),
    (paths.PUBLISHED, "against: obd", "against: odb", "errors.two.against: 'odb' is none of the "),
    (paths.PUBLISHED, "- magnitude", "- magnitud",
     "errors.two.methods: config/quick has no method 'magnitud'"),
    (paths.PUBLISHED, "digits/slim: []", "digits/slim: [1]", "1 errors of 2 methods"),
    (paths.PUBLISHED, "digits/slim: []", "digits/slin: []", "'digits/slin' is none of digits/mlp1"),
    (paths.PUBLISHED, "task: digits/mlp100", "task: digits/mlp", "no task 'digits/mlp'"),
    (paths.PUBLISHED, "method: magnitude", "method: magnitud", "no method 'magnitud'"),
    (paths.PUBLISHED, "1.weight:", "2.weight:", "'2.weight' is none of 1.weight, 3.weight, total"),
    (paths.TYPED_NUMBERS, "'2019'", "2019", "README.md[0] must be string"),
])  # fmt: skip
def test_what_is_wrong_is_refused_with_its_line_before_anything_is_trained(
    planned, capsys, path, old, new, said
):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(Refused, match=rf"^{path}(:\d+)?: .*{re.escape(said)}"):
        workflow.checked_jobs([planned])
    with pytest.raises(SystemExit) as end:
        main(["plan", "config/quick"])
    assert end.value.code == 2 and len(capsys.readouterr().err.splitlines()) == 1


def test_the_names_of_another_study_are_not_held_against_this_one(planned):
    for path in (paths.PUBLISHED, paths.FORMER_VERDICTS):
        path.write_text(
            path.read_text(encoding="utf-8").replace("study: quick", "study: paper"),
            encoding="utf-8",
        )
    dump(
        paths.PUBLISHED,
        {**yaml.safe_load(paths.PUBLISHED.read_text(encoding="utf-8")), "errors": {}},
    )
    workflow.checked_jobs([planned])


def test_a_file_of_no_study_is_refused_in_a_clone(planned):
    beside.check_owners()
    paths.FORMER_VERDICTS.write_text(
        paths.FORMER_VERDICTS.read_text(encoding="utf-8").replace("study: quick", "study: quik"),
        encoding="utf-8",
    )
    place = rf"^{paths.FORMER_VERDICTS}:\d+: "
    with pytest.raises(Refused, match=place + "there is no study 'quik'; known: quick"):
        beside.check_owners()


def test_those_of_the_repository_are_right(monkeypatch):
    monkeypatch.chdir(ROOT)
    beside.check([study.load(Path("config/paper"))])
    beside.check_owners()
