"""Content keys: a sweep is named by the hash of everything that determines its result.

The file exists if and only if the run is current, so a clone, a `touch` or a `git switch` retrains
nothing, and a change of config retrains exactly what it touches.
"""

import hashlib
import json
from typing import Any


def canonical(spec: Any) -> str:
    """The one JSON text of a spec: sorted names, no spaces, ASCII, no NaN."""
    return json.dumps(spec, sort_keys=True, separators=(",", ":"), allow_nan=False)


def key(spec: Any) -> str:
    """The first eight hex digits of the SHA-256 of the canonical JSON."""
    return hashlib.sha256(canonical(spec).encode()).hexdigest()[:8]
