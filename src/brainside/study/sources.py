"""The package's files that a module imports, so that cheap rules can take their code as input."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from brainside.base.paths import PACKAGE


def sources(module: str) -> list[str]:
    """Files of this package that `brainside.<module>` is made of, imports included, sorted."""
    files: set[Path] = set()
    todo = [module]
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
    """The modules that a file imports; cached by its time, as every figure asks for the same."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return tuple(dict.fromkeys(name for node in nodes for name in _imported(node)))


def _imported(node: ast.AST) -> Iterator[str]:
    """The modules of this package that an import may bring in, without `brainside.`."""
    names: list[str] = []
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and node.module:
        names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return (name.removeprefix("brainside.") for name in names if name.startswith("brainside."))
