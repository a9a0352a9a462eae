"""Configs: YAML files, each with a schema; what is wrong in one is refused with file and line."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any

import fastjsonschema
import yaml

from brainside.base.errors import Refused
from brainside.base.paths import PACKAGE, SCHEMAS

COMMON = "common.schema.yaml"
LARGEST = 1_000_000  # bytes of a file, which take seconds to read
DEEPEST = 200  # levels of nesting, of which the parser in C has no limit but its stack
BLOCKS = re.compile(rf"^[ ?-]{{{2 * DEEPEST},}}", re.MULTILINE)
TAG = "tag:yaml.org,2002:"
MERGE = f"{TAG}merge"  # the key `<<`
DECIMAL = re.compile(r"[+-]?(0|[1-9]\d*)?(\.\d*)?([eE][+-]?\d+)?")
JSON = {f"{TAG}{kind}" for kind in ("str", "int", "float", "bool", "null", "map", "seq", "merge")}


class Loader(yaml.CSafeLoader):
    """YAML's safe loader for what JSON has, too; it refuses a mapping with the same key twice."""

    def get_single_node(self) -> yaml.Node | None:
        """The document's tree; ConstructorError at a value or a key that is not allowed."""
        tree: yaml.Node | None = super().get_single_node()
        for node in _nodes(tree, set()):
            if reason := _strange(node) or _wrong_key(node):
                raise yaml.constructor.ConstructorError(None, None, *reason)
        return tree


class _Real(float):
    """A number written with a point: not an integer for a schema, even when it is whole."""

    def is_integer(self) -> bool:
        return False


def read_valid(path: Path, schema: str) -> Any:
    """The content of a YAML file that fits a schema of workflow/schemas.

    Raises Refused, with file, line, key and reason, where it does not; and where there is no file.
    """
    config = _parsed(path, schema)
    try:
        _validator(schema)(_exact(config))
    except RecursionError:  # an alias inside of what it stands for
        raise Refused(f"{path}: something in it contains itself") from None
    except fastjsonschema.JsonSchemaValueException as error:
        name, reason = _reason(error)
        raise Refused(f"{_place(path, _walk(_tree(path), name))}: {reason}") from None
    return config


def _reason(error: fastjsonschema.JsonSchemaValueException) -> tuple[str, str]:
    """The name of what a schema refuses, as `_walk` takes it, and why, with what is allowed."""
    name = (error.name or "").removeprefix("data").removeprefix(".")
    if error.rule == "additionalProperties":
        known = error.definition.get("properties", {})
        stray = next(str(key) for key in error.value if key not in known)
        name = f"{name}.{stray}".removeprefix(".")
        return name, f"{name} is no key here; known: {', '.join(known)}"
    if error.rule == "propertyNames":
        pattern = _pattern(error.rule_definition)
        stray = next(str(key) for key in error.value if not re.search(pattern, str(key)))
        name = f"{name}.{stray}".removeprefix(".")
        return name, f"{stray!r} is no name here; it has to match {pattern}"
    reason = error.message.removeprefix("data").removeprefix(".").strip()
    meant = error.definition.get("description") if error.rule == "anyOf" else None
    return name, f"{reason}; it is {meant}" if meant else reason


def _pattern(names: dict[str, str]) -> str:
    """The pattern of names, which may be one of the common definitions."""
    common = _parsed(_folder() / COMMON, "schema")["definitions"]
    pattern: str = {**names, **common.get(names.get("$ref", "").rpartition("/")[2], {})}["pattern"]
    return pattern


def lines_of(path: Path, keys: Sequence[str | int]) -> list[int]:
    """The line of each key or position on the way to a value, as far as a YAML file has them.

    Raises Refused where the file cannot be read.
    """
    node, lines = _tree(path), []
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
    return _place(path, lines[-1] if lines else None)


def _place(path: Path, line: int | None) -> str:
    return str(path) if line is None else f"{path}:{line}"


def _text(path: Path, what: str) -> str:
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


def _parsed(path: Path, schema: str) -> Any:
    try:
        return yaml.load(_text(path, schema), Loader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise Refused(f"{_place(path, line)}: {error.problem}") from None
    except RecursionError:
        raise Refused(f"{path}: nested too deep") from None
    except (yaml.YAMLError, ValueError) as error:  # also a date that is none
        reason = " ".join(str(error).split())
        raise Refused(f"{path}: not readable as YAML: {reason}") from None


def _tree(path: Path) -> yaml.Node | None:
    return _composed(_text(path, "YAML"))


@lru_cache
def _composed(text: str) -> yaml.Node | None:
    """The tree of a text, which nobody changes: a trace asks for many lines of few files."""
    return yaml.compose(text, yaml.CSafeLoader)


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


Reason = tuple[str, yaml.Mark]


def _strange(node: yaml.Node) -> Reason | None:
    """Why a value cannot be part of a key: a date, a set, a number that is none.

    Nor one that YAML reads as another than is written: 010 is eight there, 1:30 ninety.
    """
    if node.tag in (f"{TAG}int", f"{TAG}float") and not DECIMAL.fullmatch(node.value):
        return f"{node.value!r} is no decimal number; put texts in quotes", node.start_mark
    if node.tag == f"{TAG}bool" and node.value.lower() not in ("true", "false"):
        return f"{node.value!r} is read as true or false; write that, or put texts in quotes", (
            node.start_mark
        )
    if node.tag in JSON:
        return None
    return (
        f"{node.value!r} is no text, number, list or mapping; put texts in quotes",
        node.start_mark,
    )


def _wrong_key(node: yaml.Node) -> Reason | None:
    """Why a mapping is refused: a key is no text, or is there twice."""
    names = set()
    for key, _ in node.value if isinstance(node, yaml.MappingNode) else []:
        if key.tag not in (f"{TAG}str", MERGE):
            return f"the key {key.value!r} is no text; put it in quotes", key.start_mark
        if isinstance(key, yaml.ScalarNode) and key.value in names:
            return f"the key {key.value!r} is there twice; keep one", key.start_mark
        names.add(key.value if isinstance(key, yaml.ScalarNode) else id(key))
    return None


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


def _walk(node: yaml.Node | None, name: str) -> int | None:
    """The line that a name such as `tasks.digits/mlp100.recipe` or `entries[0].seeds` leads to.

    Keys may have dots in them, so that the name is taken apart along the tree.
    """
    line = None
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


def _exact(value: Any) -> Any:
    """A copy in which 50.0 is no integer: the two give different keys."""
    if isinstance(value, dict):
        return {name: _exact(inside) for name, inside in value.items()}
    if isinstance(value, list):
        return [_exact(inside) for inside in value]
    return _Real(value) if isinstance(value, float) else value


def _folder() -> Path:
    """The schemas beside the config, or those of this package's repository."""
    return SCHEMAS if SCHEMAS.is_dir() else PACKAGE.parents[1] / SCHEMAS


@lru_cache
def _validator(schema: str) -> Callable[[Any], Any]:
    """The compiled schema, with the definitions that all schemas share in its own."""
    folder = _folder()
    common = _parsed(folder / COMMON, "schema")["definitions"]
    text = _text(folder / f"{schema}.schema.yaml", "schema").replace(f"{COMMON}#", "#")
    definition = yaml.load(text, Loader)
    definition["definitions"] = common | definition.get("definitions", {})
    validator: Callable[[Any], Any] = fastjsonschema.compile(definition)
    return validator
