"""Where an entry of a YAML file is: the line of each key on the way to it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

from brainside.base.strict_yaml import MERGE, place, tree


def lines_of(path: Path, keys: Sequence[str | int]) -> list[int]:
    """The line of each key or position on the way to a value, as far as a YAML file has them.

    Raises Refused where the file cannot be read.
    """
    node, lines = tree(path), []
    for key in keys:
        if (child := _child(node, key)) is None:
            break
        line, node = child
        lines.append(line)
    return lines


def line_of(path: Path, keys: Sequence[str | int]) -> str:
    """`path:line` of a value, or of the last of its keys that the file has; else the path alone.

    Raises Refused where the file cannot be read.
    """
    lines = lines_of(path, keys)
    return place(path, lines[-1] if lines else None)


def line_of_name(path: Path, name: str) -> int | None:
    """The line that a name such as `tasks.digits/mlp100.recipe` or `entries[0].seeds` leads to.

    Keys may have dots in them, so that the name is taken apart along the tree.
    """
    node, line = tree(path), None
    while name:
        steps = ((key, rest) for key, rest in _steps(node, name))
        step = next(((s, rest) for key, rest in steps if (s := _child(node, key))), None)
        if step is None:
            return line
        (line, node), name = step
    return line


def _steps(node: yaml.Node | None, name: str) -> Iterator[tuple[str | int, str]]:
    """The first step of a name and the rest of it, in each way that the node allows."""
    if isinstance(node, yaml.SequenceNode) and name.startswith("["):
        index, _, rest = name[1:].partition("]")
        yield int(index), rest.removeprefix(".")
    if isinstance(node, yaml.MappingNode):
        pairs = [*node.value, *(p for m in _merged(node) for p in m.value)]
        for key in sorted((str(k.value) for k, _ in pairs), key=len, reverse=True):
            rest = name.removeprefix(key)
            if rest != name and (not rest or rest[0] in ".["):
                yield key, rest.removeprefix(".")


def _child(node: yaml.Node | None, key: str | int) -> tuple[int, yaml.Node] | None:
    """Line and node of a key's value, or of an item of a list; merged mappings come last."""
    if isinstance(node, yaml.SequenceNode):
        inside = isinstance(key, int) and 0 <= key < len(node.value)
        return (node.value[key].start_mark.line + 1, node.value[key]) if inside else None
    if not isinstance(node, yaml.MappingNode):
        return None
    for name, value in node.value:
        if name.tag != MERGE and name.value == str(key):
            return name.start_mark.line + 1, value
    return next(filter(None, (_child(merged, key) for merged in _merged(node))), None)


def _merged(node: yaml.MappingNode) -> Iterator[yaml.Node]:
    for name, value in node.value:
        if name.tag == MERGE:
            yield from value.value if isinstance(value, yaml.SequenceNode) else [value]
