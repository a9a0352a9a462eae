"""The package's files that a module imports, so that cheap rules can take their code as input."""

import ast
from pathlib import Path

PACKAGE = Path(__file__).parent


def sources(module: str) -> list[str]:
    """Files of this package that `brainside.<module>` is made of, imports included, sorted."""
    found: set[Path] = set()
    _collect(module, found)
    return sorted(str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else
                  str(path) for path in found)  # fmt: skip


def _collect(module: str, found: set[Path]) -> None:
    path = PACKAGE / module.replace(".", "/")
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    if not path.exists() or path in found:
        return
    found.add(path)
    for node in ast.walk(ast.parse(path.read_text())):
        for name in _imported(node):
            _collect(name, found)


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and node.module:
        names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    else:
        return []
    return [name.removeprefix("brainside.") for name in names if name.startswith("brainside.")] + [
        alias.name for alias in getattr(node, "names", []) if names[:1] == ["brainside"]
    ]
