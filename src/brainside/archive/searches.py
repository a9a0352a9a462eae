"""The files of searches."""

from typing import Any

from brainside.archive.specs import read_json
from brainside.base import keys
from brainside.base.errors import Refused
from brainside.base.files import restore
from brainside.study.sweeps import Search


def read_search(search: Search) -> dict[str, Any]:
    """The file of a search; Refused when it is missing, unreadable or another search's."""
    content = read_json(search.path)
    try:
        stale = keys.key(content["spec"]) != search.key or not content["best"]
        if not all(float(b) > 0 and isinstance(s, dict) for b, s in content["best"].items()):
            raise ValueError
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Refused(f"{search.path}: unreadable; {restore(search.path)}") from None
    if stale:
        raise Refused(f"{search.path}: not the search of this config; {restore(search.path)}")
    return content
