"""The pins of pip, conda and the lock are the same pins, and CI is what is said of it."""

import re
import runpy
import subprocess
import tomllib
from importlib import metadata
from itertools import chain
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
REQUIREMENTS = ROOT / "requirements"
FILES = ("packages.txt", "pytorch.txt", "extras.txt", "clouds.txt")  # together the whole lock
PYTORCH = re.compile(r"torch|torchvision|triton|(cuda|nvidia)-.*")


def pin(requirement: Requirement) -> str:
    """The version of a requirement that allows exactly one."""
    (specifier,) = requirement.specifier
    assert specifier.operator == "==" and "*" not in specifier.version, f"{requirement}: no pin"
    return specifier.version


def pins(lines: list[str], python: str = "") -> dict[str, str]:
    """Version by name, of the requirement lines that hold on a Python (else this one) and Linux."""
    where = {"python_version": python, "python_full_version": f"{python}.0"} if python else None
    requirements = [Requirement(line) for line in lines]
    here = [one for one in requirements if one.marker is None or one.marker.evaluate(where)]
    return {canonicalize_name(one.name): pin(one) for one in here}


def project() -> dict:
    """The [project] table of pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def direct() -> dict[str, str]:
    """What pyproject.toml pins: the dependencies and the extra `test`."""
    return pins(project()["dependencies"] + project()["optional-dependencies"]["test"])


def conda() -> list:
    """The dependencies of environment.yml, pip's own list last."""
    return yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]


def lines_of(path: Path) -> list[str]:
    """The requirements of a file, each on one line, without comments and hashes."""
    return [line for line, _ in hashed(path)]


def hashed(path: Path) -> list[tuple[str, list[str]]]:
    """The requirements of a file, each with its hashes."""
    lines = path.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    words = [line.split(" --hash=") for line in lines if line and not line.startswith("#")]
    return [(first.strip(), [one.strip() for one in hashes]) for first, *hashes in words]


def locked(python: str = "") -> dict[str, str]:
    """What constraints.txt pins on a Python and Linux."""
    return pins(lines_of(ROOT / "constraints.txt"), python)


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


def test_conda_has_the_versions_of_the_lock_for_its_python():
    versions = pins(conda()[-1]["pip"], "3.11")
    assert direct().items() <= versions.items() <= locked("3.11").items()
    wanted = pins(lines_of(REQUIREMENTS / "packages.txt"), "3.11")
    assert versions.keys() == wanted.keys() | {"torch", "torchvision"}


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
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    checks, audit = workflow["jobs"]["checks"], workflow["jobs"]["spot-audit"]
    assert checks["strategy"]["matrix"]["python"] == pythons()
    assert ".ci/run" in [step.get("run") for step in checks["steps"]]
    assert "--retrain --sample 5" in audit["steps"][-1]["run"]
    assert workflow[True]["schedule"]  # YAML reads the key `on` as true


def test_ci_builds_both_images_and_has_what_builds_the_site():
    jobs = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))["jobs"]
    image = [step.get("run", "") for step in jobs["image"]["steps"]]
    page = (ROOT / "docs/cluster.md").read_text(encoding="utf-8")
    said = re.findall("^(docker build .*? \\.) ", page, re.MULTILINE)
    assert len(said) == 2 and set(said) <= set(image)
    (mkdocs,) = re.findall(
        "mkdocs==[0-9.]+[0-9]", (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    )
    assert f" {mkdocs} roc-validator==" in (ROOT / ".ci/run").read_text(encoding="utf-8")


def test_ci_tries_slurm_by_itself_and_once_so_that_its_log_shows_it():
    tried = "pytest -v -m slow tests/workflow/test_slurm.py"
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")
    assert f'step "Slurm" {tried}\n' in script
    assert "--ignore tests/workflow/test_slurm.py" in script
    (packages,) = re.findall(r"--no-install-recommends (.*munge)", script)
    steps = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))["jobs"][
        "checks"
    ]
    commands = [step.get("run", "") for step in steps["steps"]]
    assert any(each.endswith(packages) for each in commands)  # where .ci/run is not root
    assert any(each.startswith("sudo") and each.endswith(tried) for each in commands)


def test_make_takes_every_allowed_python_and_no_other():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    first, last = (tuple(map(int, pythons()[end].split("."))) for end in (0, -1))
    assert f"not {first} <= sys.version_info[:2] <= {last}" in makefile
    assert f"needs Python {pythons()[0]} to {pythons()[-1]}" in makefile


def test_the_checks_before_a_commit_are_those_of_ci():
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")
    entries = [hook["entry"] for repo in config["repos"] for hook in repo["hooks"]]
    steps = re.findall(r'^step "[^"]+" (.+)$', script, re.MULTILINE)
    assert len(entries) >= 5 and set(entries) <= set(steps)


@pytest.mark.parametrize("kind", ["bug", "result"])
def test_whoever_reports_is_asked_for_the_audits_last_line(kind):
    form = yaml.safe_load((ROOT / f".github/ISSUE_TEMPLATE/{kind}.yml").read_text(encoding="utf-8"))
    asked = {field["id"]: field for field in form["body"]}
    assert "last line of `brainside audit`" in asked["audit"]["attributes"]["label"]
    assert asked["audit"]["validations"]["required"]


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_the_lock_has_every_direct_pin_and_every_extra(python):
    extras = chain.from_iterable(project()["optional-dependencies"].values())
    pinned = [line for line in extras if not line.startswith("brainside[")]  # not another extra
    wanted = pins(project()["dependencies"] + pinned, python)
    assert wanted.items() <= locked(python).items()


def test_the_lock_pins_the_build_backend_which_make_takes_from_it():
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"][
        "requires"
    ]
    assert pins(build).items() <= pins(lines_of(REQUIREMENTS / "packages.txt")).items()


def test_nncodec_is_pinned_where_the_other_versions_are():
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
        "dependency-groups"
    ]
    assert sorted(lines_of(REQUIREMENTS / "nnr.txt")) == sorted(groups["nnr"])


def test_versions_of_locked_packages_in_the_documents_are_those_of_the_lock():
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
    said = {
        pair
        for path in pages
        for pair in re.findall(r"([\w-]+)==([\w.]+\w)", path.read_text(encoding="utf-8"))
    }
    versions = locked()
    assert ("botocore", versions["botocore"]) in said
    assert not {(name, version) for name, version in said if versions.get(name, version) != version}


@pytest.mark.parametrize("file", [*FILES, "nnr.txt"])
def test_every_pin_of_the_lock_has_a_hash(file):
    for line, hashes in hashed(REQUIREMENTS / file):
        assert pin(Requirement(line)) and hashes, line
        assert all(re.fullmatch("sha256:[0-9a-f]{64}", one) for one in hashes), line


def test_the_lock_is_cut_into_files_and_nothing_is_in_two():
    together = [line for file in FILES for line in lines_of(REQUIREMENTS / file)]
    assert sorted(together) == sorted(lines_of(ROOT / "constraints.txt"))
    named = [{Requirement(line).name for line in lines_of(REQUIREMENTS / file)} for file in FILES]
    assert sum(map(len, named)) == len(set.union(*named))


@pytest.mark.parametrize("file", ["constraints.txt", *(f"requirements/{file}" for file in FILES)])
def test_the_lock_names_no_place(file):
    text = (ROOT / file).read_text(encoding="utf-8")
    assert not [word for word in ("://", "--index", "--find-links", "@ file") if word in text]


def test_what_is_installed_is_what_is_locked_and_only_pytorch_has_no_hash():
    installed = pulled_in()
    assert direct().items() <= installed.items() <= locked().items()
    checked = pins(lines_of(REQUIREMENTS / "packages.txt"))
    assert {
        name for name in installed.keys() - checked.keys() if not PYTORCH.fullmatch(name)
    } == set()


def test_make_and_the_image_install_by_hashes_before_anything_else():
    for file in ("Makefile", "Dockerfile"):
        text = (ROOT / file).read_text(encoding="utf-8")
        assert text.index("--require-hashes --no-deps") < text.index("--no-build-isolation -e")


def test_what_make_lock_writes_is_what_is_there():
    renew = runpy.run_path(str(REQUIREMENTS / "renew.py"))
    texts = {file: (REQUIREMENTS / file).read_text(encoding="utf-8") for file in FILES}
    lock = re.sub("^#.*\n", "", "".join(texts.values()), flags=re.MULTILINE)
    needed = {
        file: set(map(renew["name"], renew["blocks"](texts[file])))
        for file in ("packages.txt", "extras.txt")
    }
    for file, found in renew["parts"](lock, needed).items():
        assert renew["with_header"](renew["FILES"][file], found) == texts[file]
    versions = renew["versions"](lock)
    assert sorted(versions) == sorted(lines_of(ROOT / "constraints.txt"))


def test_make_lock_without_uv_or_where_it_fails_changes_nothing(tmp_path):
    ended = subprocess.run(
        ["make", "lock", "UV="], cwd=ROOT, capture_output=True, text=True, encoding="utf-8"
    )
    assert ended.returncode != 0 and "make lock needs uv" in ended.stderr
    before = {
        path: path.read_bytes() for path in (ROOT / "constraints.txt", ROOT / "environment.yml")
    }
    ended = subprocess.run(
        ["make", "lock", "UV=false"], cwd=ROOT, capture_output=True, text=True, encoding="utf-8"
    )
    assert ended.returncode != 0
    assert before == {path: path.read_bytes() for path in before}
