"""Configs: YAML files, each with a schema; what is wrong in one is refused with file and line."""

import re
from collections.abc import Callable
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any

import fastjsonschema
import yaml

from brainside.base.errors import Refused
from brainside.base.files import State, restore, state
from brainside.base.lines import line_of_name
from brainside.base.paths import PACKAGE, SCHEMAS
from brainside.base.strict_yaml import Loader, load, place, text_of

COMMON = "common.schema.yaml"
# What the compiler of schemas ends in where one is damaged.
DAMAGE = (yaml.YAMLError, fastjsonschema.JsonSchemaDefinitionException, ValueError, LookupError,
          TypeError, AttributeError, RecursionError, SyntaxError, re.error)  # fmt: skip


class _Real(float):
    """A number written with a point: not an integer for a schema, even when it is whole."""

    def is_integer(self) -> bool:
        """Never: a number with a point is none for a schema."""
        return False


def read_valid(path: Path, schema: str) -> Any:
    """The content of a YAML file that fits a schema of workflow/schemas.

    Raises Refused, with file, line, key and reason, where it does not; and where there is no file.
    """
    return deepcopy(_read(path, schema, state(path)))


@lru_cache
def _read(path: Path, schema: str, _: State | None) -> Any:
    """The content of a file, which nobody changes: a page of traces asks for few files often."""
    config = load(path, schema)
    try:
        _validator(schema)(_exact(config))
    except RecursionError:  # an alias inside what it stands for
        raise Refused(f"{path}: something in it contains itself") from None
    except fastjsonschema.JsonSchemaValueException as error:
        name, reason = _reason(error)
        raise Refused(f"{place(path, line_of_name(path, name))}: {reason}") from None
    return config


def misfit(values: Any, definition: str) -> str | None:
    """Why values do not fit a definition of the common schema; None where they do."""
    try:
        _defined(definition)(_exact(values))
    except fastjsonschema.JsonSchemaValueException as error:
        return _reason(error)[1]
    return None


def _reason(error: fastjsonschema.JsonSchemaValueException) -> tuple[str, str]:
    """The name of what a schema refuses, as `line_of_name` takes it, and why, and what may be."""
    name = (error.name or "").removeprefix("data").removeprefix(".")
    if error.rule == "additionalProperties":
        known = error.definition.get("properties", {})
        stray = next(str(key) for key in error.value if key not in known)
        name = f"{name}.{stray}".removeprefix(".")
        return name, f"{name} is not a key here; known: {', '.join(known)}"
    if error.rule == "propertyNames":
        pattern = _pattern(error.rule_definition)
        stray = next(str(key) for key in error.value if not re.search(pattern, str(key)))
        name = f"{name}.{stray}".removeprefix(".")
        return name, f"{stray!r} is not a name here; it has to match {pattern}"
    if error.rule == "uniqueItems":
        twice = next(item for item in error.value if error.value.count(item) > 1)
        return name, f"{name}: {twice!r} appears twice; keep one"
    reason = error.message.removeprefix("data").removeprefix(".").strip()
    meant = error.definition.get("description") if error.rule == "anyOf" else None
    return name, f"{reason}; it is {meant}" if meant else reason


def _pattern(names: dict[str, str]) -> str:
    """The pattern of names, which may be one of the common definitions."""
    common = definitions()
    pattern: str = {**names, **common.get(names.get("$ref", "").rpartition("/")[2], {})}["pattern"]
    return pattern


@lru_cache
def definitions() -> dict[str, Any]:
    """What the schemas have in common, by name; all callers share it."""
    content = load(path := _folder() / COMMON, "schema")
    if not isinstance(content, dict) or not isinstance(content.get("definitions"), dict):
        raise Refused(f"{path}: without definitions; {restore(path)}")
    common: dict[str, Any] = content["definitions"]
    return common


def _exact(value: Any) -> Any:
    """A copy in which 50.0 is not an integer: the two give different keys."""
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
    path = _folder() / f"{schema}.schema.yaml"
    text = text_of(path, "schema").replace(f"{COMMON}#", "#")
    try:
        return _compiled(yaml.load(text, Loader))
    except DAMAGE as error:
        reason = " ".join(str(error).split())
        raise Refused(f"{path}, or {COMMON}: no schema ({reason}); {restore(path)}") from None


@lru_cache
def _defined(name: str) -> Callable[[Any], Any]:
    """The compiled definition of the common schema of that name."""
    return _compiled({"$ref": f"#/definitions/{name}"})


def _compiled(schema: dict[str, Any]) -> Callable[[Any], Any]:
    common = definitions() | schema.get("definitions", {})
    validator: Callable[[Any], Any] = fastjsonschema.compile({**schema, "definitions": common})
    return validator
