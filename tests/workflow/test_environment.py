"""The pins of pip, conda and the lock are the same pins, and CI is what is said of it."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]


def pin(requirement: Requirement) -> str:
    """The version of a requirement that allows exactly one."""
    (specifier,) = requirement.specifier
    assert specifier.operator == "==" and "*" not in specifier.version, f"{requirement}: no pin"
    return specifier.version


def pins(lines: list[str]) -> dict[str, str]:
    """Version by name, of the requirement lines that hold on this Python and system."""
    requirements = [Requirement(line) for line in lines]
    here = [one for one in requirements if one.marker is None or one.marker.evaluate()]
    return {canonicalize_name(one.name): pin(one) for one in here}


def project() -> dict:
    """The [project] table of pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def direct() -> dict[str, str]:
    """What pyproject.toml pins: the dependencies and the extra `test`."""
    return pins(project()["dependencies"] + project()["optional-dependencies"]["test"])


def conda() -> list:
    """The dependencies of environment.yml, pip's own list last."""
    return yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]


def locked() -> dict[str, str]:
    """What constraints.txt pins on this Python and system."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return pins([line.split("#")[0] for line in lines if line.split("#")[0].strip()])


def needs(wanted: Requirement) -> list[Requirement]:
    """What one installed requirement, with its extras, asks for on this Python and system."""
    asked = [Requirement(line) for line in metadata.requires(wanted.name) or []]
    extras = wanted.extras or {""}
    return [
        one
        for one in asked
        if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in extras)
    ]


def pulled_in() -> dict[str, str]:
    """Version by name, of every distribution that the project's requirements lead to."""
    found, todo = {}, [Requirement("brainside[test]")]
    while todo:
        new = {str(one): one for one in needs(todo.pop()) if str(one) not in found}
        found |= new
        todo += new.values()
    return {canonicalize_name(one.name): public(one.name) for one in found.values()}


def public(name: str) -> str:
    """The installed version, without the +cpu by which PyTorch tells its builds apart."""
    return metadata.version(name).partition("+")[0]


def test_conda_and_pip_have_the_same_pins():
    assert pins(conda()[-1]["pip"]) == direct()


def test_the_conda_environment_can_be_copied_since_it_names_no_path():
    lines = [str(line) for line in (*conda()[:-1], *conda()[-1]["pip"])]
    assert not [line for line in lines if "/" in line or line.startswith("-")]


def pythons() -> list[str]:
    """The versions of Python that pyproject.toml allows, as 3.11, oldest first."""
    allowed = SpecifierSet(project()["requires-python"])
    return [f"3.{minor}" for minor in range(30) if f"3.{minor}.0" in allowed]


def test_conda_has_the_python_that_the_archive_was_made_with():
    (python,) = [line for line in conda() if str(line).startswith("python=")]
    assert python.removeprefix("python=") == pythons()[0]


def test_ci_runs_every_allowed_python_and_the_projects_own_script():
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
    checks, audit = workflow["jobs"]["checks"], workflow["jobs"]["spot-audit"]
    assert checks["strategy"]["matrix"]["python"] == pythons()
    assert ".ci/run" in [step.get("run") for step in checks["steps"]]
    assert "--retrain --sample 5" in audit["steps"][-1]["run"]
    assert workflow[True]["schedule"]  # YAML reads the key `on` as true


def test_make_takes_every_allowed_python_and_no_other():
    makefile = (ROOT / "Makefile").read_text()
    first, last = (tuple(map(int, pythons()[end].split("."))) for end in (0, -1))
    assert f"not {first} <= sys.version_info[:2] <= {last}" in makefile
    assert f"needs Python {pythons()[0]} to {pythons()[-1]}" in makefile


def test_the_checks_before_a_commit_are_those_of_ci():
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    script = (ROOT / ".ci/run").read_text()
    entries = [hook["entry"] for repo in config["repos"] for hook in repo["hooks"]]
    steps = re.findall(r'^step "[^"]+" (.+)$', script, re.MULTILINE)
    assert len(entries) >= 5 and set(entries) <= set(steps)


@pytest.mark.parametrize("kind", ["bug", "result"])
def test_whoever_reports_is_asked_for_the_audits_last_line(kind):
    form = yaml.safe_load((ROOT / f".github/ISSUE_TEMPLATE/{kind}.yml").read_text())
    asked = {field["id"]: field for field in form["body"]}
    assert "last line of `brainside audit`" in asked["audit"]["attributes"]["label"]
    assert asked["audit"]["validations"]["required"]


def test_the_lock_has_every_direct_pin():
    assert direct().items() <= locked().items()


def test_the_lock_pins_the_build_backend():
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    assert pins(build).items() <= locked().items()


def test_the_lock_names_no_place():
    text = (ROOT / "constraints.txt").read_text()
    assert not [word for word in ("://", "--index", "--find-links", "@ file") if word in text]


def test_what_is_installed_is_what_is_locked():
    installed = pulled_in()
    assert direct().items() <= installed.items()
    assert installed.items() <= locked().items()
