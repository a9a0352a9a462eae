"""General compressors around the parts of a coded file."""

import lzma

import zstandard

LZMA = [{"id": lzma.FILTER_LZMA2, "preset": 9, "dict_size": 1 << 22}]


def wrapped(part: bytes, wrap: str) -> bytes:
    """A part compressed by `zstd` or `lzma`, or as it is for `none`; ValueError for others."""
    if wrap == "zstd":
        return zstandard.ZstdCompressor(level=19).compress(part)
    if wrap == "lzma":
        return lzma.compress(part, lzma.FORMAT_RAW, filters=LZMA)
    if wrap != "none":
        raise ValueError("unknown wrapping")
    return part


def unwrapped(part: bytes, wrap: str, most: int) -> bytes:
    """A part as it was before `wrapped`; ValueError when it would be longer than `most` bytes."""
    if wrap == "none":
        return part
    if wrap == "zstd":
        if not 0 <= zstandard.frame_content_size(part) <= most:
            raise ValueError("a part is too large")
        return zstandard.ZstdDecompressor().decompress(part)
    if wrap != "lzma":
        raise ValueError("unknown wrapping")
    unpacker = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=LZMA)
    unpacked = unpacker.decompress(part, most)
    if not unpacker.eof:
        raise ValueError("a part is too large, or cut")
    return unpacked
