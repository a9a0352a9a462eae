"""What a figure reads: the constant READS of its module, found without importing matplotlib."""

import ast

from brainside.base.paths import PACKAGE

# The tables of results/tables/<study>/ that a figure may name, and two more sources.
TABLES = ("rows", "summary", "comparisons", "codings")
SOURCES = (*TABLES, "plotdata", "published")


def reads(module: str) -> tuple[str, ...]:
    """The names in READS of a module of report/figures.

    Raises FileNotFoundError if there is no such module, LookupError if it has no READS or names
    something unknown there.
    """
    text = (PACKAGE / f"report/figures/{module}.py").read_text(encoding="utf-8")
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and [ast.unparse(t) for t in node.targets] == ["READS"]:
            names = tuple(ast.literal_eval(node.value))
            if unknown := [name for name in names if name not in SOURCES]:
                raise LookupError(f"report/figures/{module}.py: READS names {unknown[0]!r}")
            return names
    raise LookupError(f"report/figures/{module}.py has no READS")
