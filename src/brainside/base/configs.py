"""Configs: YAML files, each with a schema."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import fastjsonschema
import yaml

from brainside.base.errors import Refused
from brainside.base.paths import SCHEMAS


def read_valid(path: Path, schema: str) -> dict[str, Any]:
    """The content of a YAML file; Refused, with file, place and reason, where it does not fit."""
    try:
        config = yaml.load(path.read_text(), yaml.CSafeLoader)
    except FileNotFoundError:
        raise Refused(f"{path}: no such {schema} config") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Refused(f"{path}: not readable as YAML: {' '.join(str(error).split())}") from None
    try:
        _validator(schema)(config)
    except fastjsonschema.JsonSchemaValueException as error:
        raise Refused(f"{path}: {error.message.replace('data.', '', 1)}") from None
    return config


@lru_cache
def _validator(schema: str) -> Callable[[Any], Any]:
    text = (SCHEMAS / f"{schema}.schema.yaml").read_text()
    return fastjsonschema.compile(yaml.load(text, yaml.CSafeLoader))
