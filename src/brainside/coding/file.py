"""The coded file, which holds a coded network: magic, version, checksum, header and parts.

Layout: magic (4 bytes), version (u8), the first 8 bytes of the SHA-256 of the rest, then parts,
each after its length. The first part is the header, canonical JSON that is deflated with a
dictionary of its usual words; it says what the other parts are.
"""

import hashlib
import json
import struct
import zlib
from typing import Any

from brainside.base.errors import Refused
from brainside.base.keys import canonical
from brainside.coding import bits

MAGIC = b"BrIc"
VERSION = 1
PREFIX = struct.Struct("<4sB8s")
LARGEST = 1 << 28  # bytes of a file
LARGEST_HEADER = 1 << 20
MOST_PARTS = 1 << 12
# Part of the format: a change needs another VERSION.
WORDS = (
    b'{"activation":"tanh","channels":["convnet","classes":10,"dropout":0.0,"hidden":["image":'
    b'"kernel":5,"lenet5","output":"sigmoid","other":{"float16""bfloat16""huffman""fixed""list"'
    b'"bitmap""csr16""csr32""relative8-huffman""relative5-huffman""zeta""zstd""lzma"'
    b'{"biases":"float32","float16","small","check":,"entropy":"adaptive","other":[],"positions":'
    b'"adaptive","rebuild":"representations.dense""representations.sparse","spec":{"name":"mlp",'
    b'"sizes":[784,1000,300,100,10]},"values":"float32","shared","vectors":[["0.bias",[20]],'
    b'["1.bias",[300]],["3.bias",[100]],["5.bias",[10]]],"weights":[["1.weight",[300,784]],'
    b'["3.weight",[100,300]],["5.weight",[10,100]]],"wrap":"none"}'
)


def write(header: dict[str, Any], parts: list[bytes]) -> bytes:
    """The bytes of a coded file with this header and these parts."""
    deflate = zlib.compressobj(9, wbits=-15, zdict=WORDS)
    packed = deflate.compress(canonical(header).encode()) + deflate.flush()
    body = bits.join([packed, *parts])
    return PREFIX.pack(MAGIC, VERSION, hashlib.sha256(body).digest()[:8]) + body


def read(blob: bytes, where: str) -> tuple[dict[str, Any], list[bytes]]:
    """Header and parts of a coded file; Refused, naming `where`, when it is foreign or damaged."""
    if len(blob) < PREFIX.size or not blob.startswith(MAGIC):
        raise Refused(f"{where}: not a coded network of BraInside")
    _, version, digest = PREFIX.unpack_from(blob)
    if version != VERSION:
        raise Refused(f"{where}: coded format {version} is unknown, this version reads {VERSION}")
    body = blob[PREFIX.size :]
    if len(blob) > LARGEST or hashlib.sha256(body).digest()[:8] != digest:
        raise Refused(f"{where}: checksum differs, the file was cut or altered; code it again")
    try:
        packed, *parts = bits.split(body, MOST_PARTS)
        return _header(packed), parts
    except (ValueError, zlib.error, RecursionError):
        raise Refused(f"{where}: no header of a coded network; the file is foreign") from None


def _header(packed: bytes) -> dict[str, Any]:
    inflate = zlib.decompressobj(wbits=-15, zdict=WORDS)
    text = inflate.decompress(packed, LARGEST_HEADER)
    if not inflate.eof or inflate.unused_data:
        raise ValueError("the header does not end with its part")
    header = json.loads(text)
    if not isinstance(header, dict):
        raise ValueError("the header is not a mapping")
    return header
