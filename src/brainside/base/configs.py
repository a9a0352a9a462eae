"""Configs: YAML files, each with a schema; what is wrong in one is refused with file and line."""

import re
from collections.abc import Callable
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any

import fastjsonschema

from brainside.base.errors import Refused
from brainside.base.files import State, restore, state
from brainside.base.lines import line_of_name
from brainside.base.paths import PACKAGE, SCHEMAS
from brainside.base.strict_yaml import load, parsed, place, text_of

COMMON = "common.schema.yaml"
BOUNDS = ("pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
SHOWN = 60  # letters of a value that is out of bounds
SCHEMES = ("", "file", "ftp", "http", "https")  # of references that lead out of a schema


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
    if error.rule in ("additionalProperties", "required") and (strays := _strays(error)):
        known, stray = error.definition.get("properties", {}), strays[0]
        name = f"{name}.{stray}".removeprefix(".")
        return name, f"{name} is not a key here; known: {', '.join(known)}"
    if error.rule == "propertyNames" and (pattern := _pattern(error.rule_definition)):
        stray = next(str(key) for key in error.value if not re.search(pattern, str(key)))
        name = f"{name}.{stray}".removeprefix(".")
        return name, f"{stray!r} is not a name here; it has to match {pattern}"
    if error.rule == "uniqueItems":
        twice = next(item for item in error.value if error.value.count(item) > 1)
        return name, f"{name}: {twice!r} appears twice; keep one"
    reason = error.message.removeprefix("data").removeprefix(".").strip()
    if error.rule in BOUNDS:
        value = repr(error.value)
        reason += f", not {value if len(value) <= SHOWN else value[:SHOWN] + '…'}"
    meant = error.definition.get("description") if error.rule in ("anyOf", *BOUNDS) else None
    return name, f"{reason}; it is {meant}" if meant else reason


def _strays(error: fastjsonschema.JsonSchemaValueException) -> list[str]:
    """The keys of a mapping that its schema does not know, one of which may be meant by another."""
    if error.definition.get("additionalProperties", True) is not False:
        return []
    return [str(key) for key in error.value if key not in error.definition.get("properties", {})]


def _pattern(names: dict[str, str]) -> str | None:
    """The pattern of names, which may be one of the common definitions; None without one."""
    common = definitions()
    return {**names, **common.get(names.get("$ref", "").rpartition("/")[2], {})}.get("pattern")


@lru_cache
def definitions() -> dict[str, Any]:
    """What the schemas have in common, by name; all callers share it.

    Raises Refused where the file has no definitions.
    """
    path = _folder() / COMMON
    common = load(path, "schema")
    if not isinstance(common, dict) or not isinstance(common.get("definitions"), dict):
        raise Refused(f"{path}: has no `definitions`; {restore(path)}")
    known: dict[str, Any] = common["definitions"]
    return known


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
    return _compiled(parsed(text, path), path)


@lru_cache
def _defined(name: str) -> Callable[[Any], Any]:
    """The compiled definition of the common schema of that name."""
    return _compiled({"$ref": f"#/definitions/{name}"}, _folder() / COMMON)


def _compiled(schema: Any, path: Path) -> Callable[[Any], Any]:
    """A schema as a function that checks; Refused, with the schema's path, where it is none."""
    if not isinstance(schema, dict):
        raise Refused(f"{path}: is no schema but {schema!r}; {restore(path)}")
    try:
        common = definitions() | schema.get("definitions", {})
        validator: Callable[[Any], Any] = fastjsonschema.compile(
            {**schema, "definitions": common}, handlers=dict.fromkeys(SCHEMES, _elsewhere)
        )
    except Refused:
        raise
    except Exception as error:  # the compiler trusts a schema to be one
        if path.name != COMMON:
            for name in definitions():
                _defined(name)  # refused where it is a common definition that is wrong
        reason = " ".join(str(error).split())
        raise Refused(f"{path}: is no valid JSON schema: {reason}") from None
    return validator


def _elsewhere(address: str) -> None:
    """In the place of downloads: a schema's references are to definitions that are at hand."""
    raise ValueError(f"{address} is not among the definitions")
