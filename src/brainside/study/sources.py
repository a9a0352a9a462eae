"""The package's files that a module imports, so that cheap rules can take their code as input."""

import re
from functools import cache
from pathlib import Path

from brainside.base.paths import PACKAGE

# `import brainside.a.b`, or `from brainside.a import b, c`, in brackets over several lines or not.
IMPORT = re.compile(
    r"^\s*(?:import|from)\s+(?P<module>brainside(?:\.\w+)*)"
    r"(?:\s+import\s+(?P<names>\([^)]*\)|[^\n]*))?",
    re.MULTILINE,
)
COMMENT, WORD = re.compile(r"#[^\n]*"), re.compile(r"\w+")


def sources(*modules: str) -> list[str]:
    """Files of this package that `brainside.<module>` are made of, imports included, sorted."""
    files: set[Path] = set()
    todo = [*modules]
    while todo:
        path = _file(todo.pop())
        if path and path not in files:
            files.add(path)
            todo += _imports(path, path.stat().st_mtime_ns)
    root = Path.cwd()
    return sorted(
        str(path.relative_to(root)) if path.is_relative_to(root) else str(path) for path in files
    )


def _file(module: str) -> Path | None:
    """A module's file, by its name without `brainside.`; None for what is no module."""
    path = PACKAGE / module.replace(".", "/")
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return path if path.exists() else None


@cache
def _imports(path: Path, _: int) -> tuple[str, ...]:
    """The modules of this package that a file's imports may bring in, without `brainside.`.

    Cached by the file's time, as every figure asks for the same; found by a pattern, as parsing the
    whole package would be a good part of the workflow's start.
    """
    names: list[str] = []
    for statement in IMPORT.finditer(path.read_text(encoding="utf-8")):
        module = statement["module"].removeprefix("brainside").removeprefix(".")
        imported = WORD.findall(COMMENT.sub("", statement["names"] or ""))
        names += [module, *(f"{module}.{name}".removeprefix(".") for name in imported)]
    return tuple(dict.fromkeys(filter(None, names)))
