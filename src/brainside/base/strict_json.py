"""JSON with each mapping's keys once, and no numbers but numbers."""

import json
from typing import Any, NoReturn


def loads(text: str | bytes) -> Any:
    """What a JSON text says; ValueError where it is none, or leaves open which value is meant."""
    return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        raise ValueError("a key appears twice")
    return mapping


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")
