"""The files of searches."""

import json
from typing import Any

from brainside.base import keys
from brainside.base.errors import Refused
from brainside.base.files import read_whole
from brainside.study.sweeps import Search


def read_search(search: Search) -> dict[str, Any]:
    """The file of a search; Refused when it is missing, unreadable or another search's."""
    blob = read_whole(search.path)
    try:
        content = json.loads(blob)
        stale = keys.key(content["spec"]) != search.key or not content["best"]
        if not all(float(b) > 0 and isinstance(s, dict) for b, s in content["best"].items()):
            raise ValueError
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Refused(f"{search.path}: unreadable; `git restore results` brings it back") from None
    if stale:
        raise Refused(
            f"{search.path}: not the search of this config; `git restore results` brings it back"
        )
    return content
