"""The package's files that a module imports, so that cheap rules can take their code as input."""

import ast
from collections.abc import Iterator
from pathlib import Path

from brainside.base.paths import PACKAGE


def sources(module: str) -> list[str]:
    """Files of this package that `brainside.<module>` is made of, imports included, sorted."""
    found: set[Path] = set()
    _collect(module, found)
    here = Path.cwd()
    return sorted(
        str(path.relative_to(here)) if path.is_relative_to(here) else str(path) for path in found
    )


def _collect(module: str, found: set[Path]) -> None:
    path = PACKAGE / module.replace(".", "/")
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    if not path.exists() or path in found:
        return
    found.add(path)
    for node in ast.walk(ast.parse(path.read_text())):
        for name in _imported(node):
            _collect(name, found)


def _imported(node: ast.AST) -> Iterator[str]:
    """The modules of this package that an import may bring in, without `brainside.`."""
    names: list[str] = []
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and node.module:
        names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return (name.removeprefix("brainside.") for name in names if name.startswith("brainside."))
