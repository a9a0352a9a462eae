"""Mutated files by the thousand: refused in one line, or the network that was put in; never else.

Checksums are put right again after a mutation, so that it reaches what lies behind them.
"""

import json
import random
import resource
import signal
from collections.abc import Callable
from functools import partial

import pytest
import torch
from helpers.coded import coded, dense, pruned, resealed, same, ticket

from brainside.base.errors import Refused
from brainside.coding import bits, codec
from brainside.coding import file as coded_file
from brainside.coding.settings import CHOICES, Setting
from brainside.representations import checkpoint
from brainside.representations.compressed import Compressed

SECONDS = 5  # that one file may take; the usual is a thousandth of it
GROWTH = 256 << 10  # KiB by which the process may grow while it reads files of a kilobyte
NETWORKS = [pruned(kept=0.2), pruned("conv"), dense("tanh"), pruned("hubs"), ticket()]
SETTINGS = [
    *(Setting(positions=p) for p in CHOICES["positions"]),
    Setting(positions="webgraph", direction="outputs", window=0, interval=0, zeta_k=1),
    *(Setting(positions="bitmap", wrap=w) for w in ("zstd", "lzma")),
    *(Setting(values=v, biases="float16") for v in ("float16", "bfloat16")),
    Setting(values="uniform", biases="small", order="similarity"),
    Setting(values="uniform", levels="means", entropy="huffman", positions="zeta"),
    Setting(values="kmeans", entropy="huffman", positions="relative5", value_bits=3),
    Setting(values="kmeans", entropy="fixed", value_bits=3),
    Setting(values="kmeans"),
    Setting(values="subset-sum", value_bits=4),
]


def changed(blob: bytes, draw: random.Random, others: list[bytes]) -> bytes:
    """Bytes altered, cut, put in, left out, doubled, or continued with another file's."""
    at = draw.randrange(len(blob) + 1)
    length = draw.randrange(1, 9)
    other = draw.choice(others)
    return draw.choice([
        blob[:at] + bytes([draw.randrange(256)]) + blob[at + 1 :],
        blob[: max(0, at - 1)] + bytes([(blob + b"\0")[at] ^ (1 << draw.randrange(8))]) + blob[at:],
        blob[:at],
        blob[:at] + draw.randbytes(length) + blob[at:],
        blob[:at] + blob[at + length :],
        blob[:at] + blob[at : at + 4 * length] + blob[at:],
        blob[:at] + other[draw.randrange(len(other) + 1) :],
        blob[:at] + draw.choice([b"\0", b"\x7f", b"\xff"]) * length + blob[at + length :],
    ])  # fmt: skip


def lied(value, draw: random.Random):
    """JSON with one of its numbers, words or lists replaced."""
    if isinstance(value, dict) and value:
        key = draw.choice(sorted(value))
        return {**value, key: lied(value[key], draw)}
    if isinstance(value, list) and value and draw.random() < 0.8:
        at = draw.randrange(len(value))
        return [*value[:at], lied(value[at], draw), *value[at + 1 :]]
    words = [w for choices in CHOICES.values() for w in choices]
    return draw.choice([0, 1, -1, 7, 255, 1 << 16, 1 << 23, 1 << 31, 1 << 70, 0.5, None, True, [],
                        {}, "", *words, [value], [value, value]])  # fmt: skip


def any_bytes(blob: bytes, draw: random.Random, others: list[bytes]) -> bytes:
    """A coded file altered anywhere behind its checksum: lengths of parts may lie."""
    return resealed(blob[:13] + changed(blob[13:], draw, [other[13:] for other in others]))


def one_part(blob: bytes, draw: random.Random, others: list[bytes]) -> bytes:
    """A coded file with one part altered, or another file's, and all lengths right."""
    header, parts = coded_file.read(blob, "example")
    at = draw.randrange(len(parts))
    others = [b for other in others for b in coded_file.read(other, "other")[1]]
    parts[at] = changed(parts[at], draw, others) if draw.random() < 0.9 else draw.choice(others)
    return coded_file.write(header, parts)


def header_only(blob: bytes, draw: random.Random, others: list[bytes]) -> bytes:
    """A coded file whose header says something else."""
    header, parts = coded_file.read(blob, "example")
    return coded_file.write(lied(header, draw), parts)


def altered_checkpoint(blob: bytes, draw: random.Random, others: list[bytes]) -> bytes:
    """A checkpoint altered, its checksum right, its lengths right or lies."""
    size = checkpoint.PREFIX.size
    _, _, n, m, _ = checkpoint.PREFIX.unpack_from(blob)
    header, payload = blob[size : size + n], blob[size + n :]
    kind = draw.randrange(4)
    if kind == 0:
        header = changed(header, draw, [other[size : size + 200] for other in others])
    elif kind == 1:
        header = json.dumps(lied(json.loads(header), draw)).encode()
    elif kind == 2:
        payload = changed(payload, draw, others)
    n, m = (len(header), len(payload)) if draw.random() < 0.8 else (n, m)
    body = header + payload
    digest = checkpoint.hashlib.sha256(body).digest()
    return checkpoint.PREFIX.pack(checkpoint.MAGIC, checkpoint.FORMAT, n, m, digest) + body


class Anything:
    """Differs from nothing."""

    def __ne__(self, other: object) -> bool:
        return False


def late(*_):
    raise TimeoutError(f"a file took {SECONDS} seconds")


def fuzz(
    count: int, seed: int, forge: Callable, read: Callable, blobs: list[bytes], allowed: Callable
) -> int:
    """Read mutated files and return how many were refused; the others must be `allowed`."""
    draw, refused = random.Random(seed), 0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    signal.signal(signal.SIGPROF, late)
    for n in range(count):
        forged = forge(blobs[n % len(blobs)], draw, draw.sample(blobs, 2))
        signal.setitimer(signal.ITIMER_PROF, SECONDS)  # processor time: a busy machine is no hang
        try:
            network = read(forged)
        except Refused as refusal:
            refused += 1
            assert "\n" not in str(refusal)
        else:
            assert allowed(network, n % len(blobs))
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < GROWTH
    return refused


def a_network_or_refused(stored: Compressed, n: int) -> bool:
    try:
        return isinstance(stored.network(), torch.nn.Module)
    except Refused as refusal:
        return "\n" not in str(refusal)


def examples() -> list[bytes]:
    return [coded(network, s) for s in SETTINGS for network in NETWORKS]


def coded_files(count: int, seed: int) -> int:
    """Bytes, parts and headers of coded files in turn; only networks that were coded come out."""
    blobs = examples()
    originals = [codec.decode(blob) for blob in blobs]

    def one_of_them(network: Compressed, n: int) -> bool:
        return same(network, originals[n]) or any(same(network, other) for other in originals)

    forgers = (any_bytes, one_part, header_only)
    return sum(
        fuzz(count // 3, seed + n, forge, codec.decode, blobs, one_of_them)
        for n, forge in enumerate(forgers)
    )


def checkpoints(count: int, seed: int) -> int:
    """Checkpoints: whoever puts the checksum right may say what he likes, if it is a network."""
    blobs = [checkpoint.encode(network) for network in NETWORKS]

    return fuzz(count, seed, altered_checkpoint, checkpoint.decode, blobs, a_network_or_refused)


def test_forged_coded_files_are_refused_or_are_a_network_that_was_coded():
    assert coded_files(1_500, seed=0) > 1_200


def test_forged_coded_files_with_a_content_that_fits_do_not_crash():
    """As above by a forger who also puts right what the header says of the content."""
    blobs = examples()
    decode = partial(codec.decode, check=lambda *_: Anything())
    for seed, forge in enumerate((one_part, header_only)):
        assert fuzz(400, seed, forge, decode, blobs, a_network_or_refused) > 100


def test_forged_checkpoints_are_refused_or_are_networks():
    assert checkpoints(600, seed=0) > 200


def test_the_examples_are_what_they_were_before_any_mutation():
    for blob in examples():
        header, parts = coded_file.read(blob, "example")
        assert coded_file.write(header, parts) == blob == resealed(blob)
        assert bits.split(bits.join(parts), 1000) == parts


@pytest.mark.slow
def test_forged_files_by_the_ten_thousand():
    assert coded_files(15_000, seed=1) > 12_000
    assert checkpoints(5_000, seed=1) > 2_000
