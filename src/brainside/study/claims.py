"""The claims that a study judges: files of config/claims, one per paper."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from brainside.base import paths
from brainside.base.configs import line_of, read_valid
from brainside.base.errors import Refused
from brainside.study.study import Study

Claim = Mapping[str, Any]  # an entry of a file of config/claims, with its `paper`


def read(study: Study, folder: Path = paths.CLAIMS) -> list[Claim]:
    """The claims that a study judges, each with its paper, in the order of study.yaml.

    Raises Refused where a file is missing or does not fit its schema, or where two claims have the
    same id.
    """
    claims: dict[str, Claim] = {}
    for path in files(study, folder):
        part = read_valid(path, "claims")
        for number, claim in enumerate(part["claims"]):
            if claim["id"] in claims:
                place = line_of(path, ("claims", number, "id"))
                raise Refused(f"{place}: claim {claim['id']} is there twice; rename one")
            claims[claim["id"]] = {"paper": part["paper"], **claim}
    return list(claims.values())


def line(study: Study, name: str, folder: Path = paths.CLAIMS) -> str:
    """`path:line` of a claim by its id; the folder where no file of the study's has it."""
    for path in files(study, folder):
        for number, claim in enumerate(read_valid(path, "claims")["claims"]):
            if claim["id"] == name:
                return line_of(path, ("claims", number))
    return str(folder)


def files(study: Study, folder: Path = paths.CLAIMS) -> list[Path]:
    """The files of a study's claims, in the order of study.yaml."""
    return [folder / f"{name}.yaml" for name in study.config["claims"]]
