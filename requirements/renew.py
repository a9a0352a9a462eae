"""Renew every pin that follows from pyproject.toml; `make lock` runs this, and needs uv.

constraints.txt has all versions, without hashes. The files beside this one have them with the
hashes that the package index lists, by what is installed together: packages.txt (the study and its
tests, without PyTorch), pytorch.txt (PyTorch and CUDA), extras.txt, clouds.txt, and nnr.txt.
environment.yml has the versions for conda's Python. Versions that are locked are kept; with
--upgrade, only those of pyproject.toml are.
"""

import argparse
import re
import subprocess
import tempfile
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
CONSTRAINTS = ROOT / "constraints.txt"
CONDA = ROOT / "environment.yml"
# What differs by the index that PyTorch is installed from.
PYTORCH = re.compile(r"torch|torchvision|triton|(cuda|nvidia)-.+")
COMPILE = ("pip", "compile", "--quiet", "--no-annotate", "--no-header")
ANYWHERE = ("--universal",)  # every allowed Python, told apart by markers
LINUX = ("--python-platform", "linux")
HASHES = ("--generate-hashes",)
TEST = ("--extra", "test", "pyproject.toml")
CLOUDS = {"kubernetes", "aws-batch", "google-batch"}  # extras
FILES = {
    "packages.txt": """\
# What the study and its tests need, but PyTorch:
# pip install --require-hashes --no-deps -r requirements/packages.txt
""",
    "pytorch.txt": """\
# PyTorch with CUDA. Its CPU builds, of other indices, have other hashes.
# pip install --require-hashes --no-deps -r requirements/pytorch.txt
""",
    "extras.txt": """\
# What the extras need besides, for Slurm, buckets, mutants and benchmarks:
# pip install --require-hashes --no-deps -r requirements/extras.txt
""",
    "clouds.txt": """\
# What the extras for clouds need beside extras.txt. Apart, since with it Snakemake starts slower:
# pip install --require-hashes --no-deps -r requirements/clouds.txt
""",
    "nnr.txt": """\
# NNCodec, the codec of ISO/IEC 15938-17 that ours are compared with. It is built from C++, and asks
# for numpy < 2 though it gives the same bytes with ours, so it is installed without dependencies:
# pip install --require-hashes --no-deps -r requirements/nnr.txt
""",
}
VERSIONS = """\
# All versions, for `pip install -c`; the files in requirements/ have them with hashes.
"""


def compiled(uv: str, *arguments: str, known: str) -> str:
    """What uv makes of pyproject.toml, with the versions of `known` where they still fit."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "lock.txt")
        path.write_text(known, encoding="utf-8")
        command = [uv, *COMPILE, *arguments, "--output-file", str(path)]
        subprocess.run(command, cwd=ROOT, check=True)
        return path.read_text(encoding="utf-8")


def blocks(lock: str) -> list[str]:
    """The requirements of a lock, each with the lines of its hashes."""
    return re.findall(r"^\S.*\n(?: .*\n)*", lock, re.MULTILINE)


def name(block: str) -> str:
    """The package that a block pins."""
    return block.partition("==")[0]


def versions(lock: str) -> list[str]:
    """The first line of each block: name, version and marker, without hashes."""
    return [block.splitlines()[0].removesuffix(" \\") for block in blocks(lock)]


def parts(lock: str, needed: Mapping[str, set[str]]) -> dict[str, list[str]]:
    """The blocks of a lock by their file; `needed` are the names of packages.txt and extras.txt."""
    found: dict[str, list[str]] = {file: [] for file in FILES if file != "nnr.txt"}
    for block in blocks(lock):
        files = [file for file, names in needed.items() if name(block) in names]
        pytorch = ["pytorch.txt"] if PYTORCH.fullmatch(name(block)) else []
        found[[*pytorch, *files, "clouds.txt"][0]].append(block)
    return found


def with_header(comment: str, lines: Iterable[str]) -> str:
    """A generated file: what made it, what it is for, its lines."""
    return "# Made by `make lock` from pyproject.toml.\n" + comment + "".join(lines)


def for_conda(text: str, lines: Iterable[str]) -> str:
    """environment.yml with other versions for pip; CUDA's are those that PyTorch asks for."""
    kept = [line for line in lines if not re.match("(cuda|nvidia)-|triton", line)]
    head, pip, _ = text.partition("  - pip:\n")
    return head + pip + "".join(f"      - {line}\n" for line in kept)


def renew(uv: str, known: str) -> dict[Path, str]:
    """The new text of every file."""
    lock = compiled(uv, *ANYWHERE, *HASHES, "--all-extras", "pyproject.toml", known=known)
    lines = "".join(f"{line}\n" for line in versions(lock))
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "optional-dependencies"
    ]
    others = [f"--extra={extra}" for extra in extras if extra not in CLOUDS]
    asked = {"packages.txt": TEST, "extras.txt": (*others, "pyproject.toml")}
    needed = {
        file: set(map(name, blocks(compiled(uv, *ANYWHERE, *arguments, known=lines))))
        for file, arguments in asked.items()
    }
    nnr = compiled(uv, *ANYWHERE, *HASHES, "--no-deps", "--group", "nnr", known="")
    files = parts(lock, needed) | {"nnr.txt": blocks(nnr)}
    hashed = {HERE / file: with_header(FILES[file], found) for file, found in files.items()}
    conda = CONDA.read_text(encoding="utf-8")
    python = re.findall(r"- python=(\S+)", conda)[0]
    pip = versions(compiled(uv, "--python-version", python, *LINUX, *TEST, known=lines))
    return hashed | {
        CONSTRAINTS: with_header(VERSIONS, lines),
        CONDA: for_conda(conda, pip),
    }


def main() -> None:
    """Write each file when all of them could be made."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--uv", default="uv", help="the program (default: uv on PATH)")
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that fit")
    arguments = parser.parse_args()
    known = "" if arguments.upgrade else CONSTRAINTS.read_text(encoding="utf-8")
    for path, text in renew(arguments.uv, known).items():
        part = path.with_suffix(".part")
        part.write_text(text, encoding="utf-8")
        part.replace(path)


if __name__ == "__main__":
    main()
