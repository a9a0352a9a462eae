"""The package's files that a module imports, so that cheap rules can take their code as input."""

import ast
from collections.abc import Iterator
from pathlib import Path

from brainside.base.paths import PACKAGE


def sources(module: str) -> list[str]:
    """Files of this package that `brainside.<module>` is made of, imports included, sorted."""
    files: set[Path] = set()
    _collect(module, files)
    root = Path.cwd()
    return sorted(
        str(path.relative_to(root)) if path.is_relative_to(root) else str(path) for path in files
    )


def _collect(module: str, files: set[Path]) -> None:
    """Add a module's file and those of its imports to `files`."""
    path = PACKAGE / module.replace(".", "/")
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    if not path.exists() or path in files:
        return
    files.add(path)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for name in _imported(node):
            _collect(name, files)


def _imported(node: ast.AST) -> Iterator[str]:
    """The modules of this package that an import may bring in, without `brainside.`."""
    names: list[str] = []
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and node.module:
        names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return (name.removeprefix("brainside.") for name in names if name.startswith("brainside."))
