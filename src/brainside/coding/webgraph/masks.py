"""Masks in the BV format: a layer as a bipartite graph, a list per unit or per input.

The part of a coded file is the parameters (three bytes) and the bits of .graph, without padding.
Offsets are not in it: the lists are read in turn. Node n is the nth unit and the nth input alike,
as in a matrix, and only lists of one kind are written.
"""

import struct

import numpy as np

from brainside.base.errors import Refused
from brainside.coding.webgraph import reading, writing
from brainside.coding.webgraph.codes import Reader
from brainside.coding.webgraph.format import Format
from brainside.coding.webgraph.lists import of_mask

PARAMETERS = struct.Struct("<BBB")
DIRECTIONS = ("inputs", "outputs")


def encode(mask: np.ndarray, form: Format, direction: str) -> bytes:
    """Write a mask, boolean (rows, columns): the inputs of each row, or the outputs of each column.

    The streams must have WebGraph's own codes: of the format only the numbers are stored.
    """
    way = DIRECTIONS.index(direction) << 3 | form.zeta_k
    parameters = PARAMETERS.pack(form.window, form.interval, way)
    return parameters + writing.encode(of_mask(directed(mask, direction)), form)[0]


def decode(blob: bytes, shape: tuple[int, int]) -> np.ndarray:
    """Read a mask that `encode` wrote; ValueError when the bytes are others."""
    form, direction = _parameters(blob)
    mask = np.zeros(shape, bool)
    listed = directed(mask, direction)
    reader = Reader(blob[PARAMETERS.size :])
    rows, columns = listed.shape
    for n, successors in enumerate(reading.decode(reader, rows, columns, form)):
        listed[n, successors] = True
    if len(reader.text) - reader.at >= 8 or "1" in reader.text[reader.at :]:
        raise ValueError("lists end elsewhere than their bytes")
    return mask


def directed(mask: np.ndarray, direction: str) -> np.ndarray:
    """The mask with a row per list, as a view."""
    return mask.T if direction == "outputs" else mask


def _parameters(blob: bytes) -> tuple[Format, str]:
    if len(blob) < PARAMETERS.size or blob[PARAMETERS.size - 1] >> 3 >= len(DIRECTIONS):
        raise ValueError("no parameters of the BV format")
    window, interval, way = PARAMETERS.unpack_from(blob)
    try:
        return Format(window=window, interval=interval, zeta_k=way & 7), DIRECTIONS[way >> 3]
    except Refused as refusal:
        raise ValueError(str(refusal)) from None
