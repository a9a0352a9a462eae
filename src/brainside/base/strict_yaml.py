"""YAML files of no more than JSON has, each mapping's keys once: anything else is refused."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any

import yaml

from brainside.base.errors import Refused
from brainside.base.files import State, state

LARGEST = 1_000_000  # bytes of a file, which take seconds to read
DEEPEST = 200  # levels of nesting, of which the parser in C has no limit but its stack
BLOCKS = re.compile(rf"^[ ?-]{{{2 * DEEPEST},}}", re.MULTILINE)
TAG = "tag:yaml.org,2002:"
MERGE = f"{TAG}merge"  # the key `<<`
DECIMAL = re.compile(r"[+-]?(0|[1-9]\d*)?(\.\d*)?([eE][+-]?\d+)?")
JSON = {f"{TAG}{kind}" for kind in ("str", "int", "float", "bool", "null", "map", "seq", "merge")}
Reason = tuple[str, yaml.Mark]


class Loader(yaml.CSafeLoader):
    """YAML's safe loader for what JSON has, too; it refuses a mapping with the same key twice."""

    def get_single_node(self) -> yaml.Node | None:
        """The document's tree; ConstructorError at a value or a key that is not allowed."""
        tree: yaml.Node | None = super().get_single_node()
        for node in _nodes(tree, set()):
            if reason := _strange(node) or _wrong_key(node):
                raise yaml.constructor.ConstructorError(None, None, *reason)
        return tree


def load(path: Path, what: str) -> Any:
    """The content of a file; Refused, with its line, where it is not what JSON has.

    `what` says what kind of config is missing where there is no file.
    """
    return parsed(text_of(path, what), path)


def parsed(text: str, path: Path) -> Any:
    """The content of the text of a file; Refused as by `load`."""
    try:
        return yaml.load(text, Loader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise Refused(f"{place(path, line)}: {_reason(error, text)}") from None
    except RecursionError:
        raise Refused(f"{path}: nested too deep") from None
    except (yaml.YAMLError, ValueError) as error:  # also a date that is none
        reason = " ".join(str(error).split())
        raise Refused(f"{path}: not readable as YAML: {reason}") from None


def _reason(error: yaml.MarkedYAMLError, text: str) -> str:
    """Why a text is not read, and where what it began with is."""
    first, second = error.context_mark, error.problem_mark
    if error.problem == "second occurrence" and first and second:  # of what, the parser keeps back
        name = re.split(r"[\s,\]}]", text.splitlines()[second.line][second.column + 1 :])[0]
        return f"the anchor {name!r} appears twice, first on line {first.line + 1}; rename one"
    begun = f" on line {first.line + 1}" if first and second and first.line < second.line else ""
    return f"{error.context}{begun}: {error.problem}" if error.context else f"{error.problem}"


def text_of(path: Path, what: str) -> str:
    """The text of a file; Refused where it is missing, unreadable, too large or nested too deep."""
    try:
        if (size := path.stat().st_size) > LARGEST:
            raise Refused(f"{path}: has {size:,} bytes; a config has {LARGEST:,} at most")
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Refused(f"{path}: no such {what} config") from None
    except UnicodeDecodeError as error:
        raise Refused(f"{path}: not readable as YAML: {error}") from None
    except OSError as error:
        raise Refused(f"{path}: cannot be read ({error.strerror})") from None
    steps = (1 if bracket in "[{" else -1 for bracket in re.findall(r"[][{}]", text))
    if max(accumulate(steps), default=0) > DEEPEST or BLOCKS.search(text):
        raise Refused(f"{path}: nested deeper than {DEEPEST} levels")
    return text


def tree(path: Path) -> yaml.Node | None:
    """The nodes of a file, with their lines; Refused where it cannot be read."""
    return _tree(path, path.absolute(), state(path))


@lru_cache
def _tree(path: Path, _: Path, __: State | None) -> yaml.Node | None:
    """The tree of a file, which nobody changes: a trace asks for many lines of few files."""
    return yaml.compose(text_of(path, "YAML"), yaml.CSafeLoader)


def place(path: Path, line: int | None) -> str:
    """`path:line`, as refusals have it; the path alone where the line is not known."""
    return str(path) if line is None else f"{path}:{line}"


def _nodes(node: yaml.Node | None, seen: set[int]) -> Iterator[yaml.Node]:
    """Every node of a tree once, although anchors let it be reached from several sides."""
    if node is None or id(node) in seen:
        return
    seen.add(id(node))
    yield node
    if isinstance(node, yaml.MappingNode):
        children = [child for pair in node.value for child in pair]
    else:
        children = node.value if isinstance(node, yaml.SequenceNode) else []
    for child in children:
        yield from _nodes(child, seen)


def _strange(node: yaml.Node) -> Reason | None:
    """Why a value cannot be part of a key: a date, a set, infinity; None where it can.

    Numbers that YAML reads differently from how they look cannot, either: 010 is eight there, and
    1:30 is ninety.
    """
    if node.tag in (f"{TAG}int", f"{TAG}float") and not DECIMAL.fullmatch(node.value):
        said = "is not a decimal number; put texts in quotes"
    elif node.tag == f"{TAG}bool" and node.value.lower() not in ("true", "false"):
        said = "is read as true or false; write that, or put texts in quotes"
    elif node.tag not in JSON:
        said = "is not text, number, list or mapping; put texts in quotes"
    else:
        return None
    return f"{node.value!r} {said}", node.start_mark


def _wrong_key(node: yaml.Node) -> Reason | None:
    """Why a mapping is refused: a key is not text, or appears twice."""
    names = set()
    for key, _ in node.value if isinstance(node, yaml.MappingNode) else []:
        if key.tag not in (f"{TAG}str", MERGE):
            return f"the key {key.value!r} is not text; put it in quotes", key.start_mark
        if isinstance(key, yaml.ScalarNode) and key.value in names:
            return f"the key {key.value!r} appears twice; keep one", key.start_mark
        names.add(key.value if isinstance(key, yaml.ScalarNode) else id(key))
    return None
