"""What all parts of the RO-Crate are made of: entities, and references from one to another."""

from collections.abc import Iterable
from typing import Any

Entity = dict[str, Any]
AUTHORS = "#authors"


def refers(identifiers: Iterable[str]) -> Entity | list[Entity]:
    """References to entities; a single one is not in a list, as RO-Crate recommends."""
    references = [{"@id": identifier} for identifier in identifiers]
    return references[0] if len(references) == 1 else references
