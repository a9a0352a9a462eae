"""The pins of pip, conda and the lock are the same pins."""

import tomllib
from importlib import metadata
from pathlib import Path

import yaml
from packaging.requirements import Requirement
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
    lines = conda()[-1]["pip"]
    assert lines[0] == "--constraint constraints.txt" and lines[-1] == "--editable ."
    assert pins(lines[1:-1]) == direct()


def test_conda_and_pip_have_the_same_python():
    (python,) = [line for line in conda() if str(line).startswith("python=")]
    minor = int(python.removeprefix("python=3."))
    assert project()["requires-python"] == f">=3.{minor},<3.{minor + 1}"


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
