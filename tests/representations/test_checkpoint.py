"""The checkpoint file: exact, frozen, and refused whenever it is not what was written."""

import errno
import hashlib
import json
import math
import os
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from brainside.base.errors import Refused
from brainside.networks import architectures
from brainside.networks.parameters import split
from brainside.representations import checkpoint
from brainside.representations.compressed import Compressed
from brainside.representations.plain import of_dense, of_sparse

DTYPES = [torch.float32, torch.int32, torch.int64, torch.uint8]
MLP = {"name": "mlp", "sizes": [6, 4, 3]}
CONVNET = {"name": "convnet", "image": [1, 6, 6], "channels": [2], "kernel": 3, "hidden": [4],
           "classes": 3}  # fmt: skip


@st.composite
def tensors(draw):
    """Any bits at all (NaNs and negative zeros too) in any shape, scalars and empty ones too."""
    shape = draw(st.lists(st.integers(0, 4), max_size=3))
    dtype = draw(st.sampled_from(DTYPES))
    size = math.prod(shape) * dtype.itemsize
    raw = draw(st.binary(min_size=size, max_size=size))
    flat = torch.frombuffer(bytearray(raw), dtype=dtype) if raw else torch.empty(0, dtype=dtype)
    return flat.reshape(shape)


@st.composite
def compressed(draw):
    roles = [draw(st.dictionaries(st.text(max_size=4), tensors(), max_size=3)) for _ in range(3)]
    spec = draw(st.dictionaries(st.text(max_size=3), st.integers() | st.text(), max_size=3))
    return Compressed(0.5, "representations.dense", spec, *roles)


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    def bits(tensor):
        return tensor.dtype, tensor.shape, tensor.numpy().tobytes()

    return {n: bits(t) for n, t in first.items()} == {n: bits(t) for n, t in second.items()}


def sparse(spec=MLP, seed=0) -> tuple[torch.nn.Module, Compressed]:
    """A network with a third of its weights, and what is stored of it."""
    network = architectures.build(spec, seed=seed)
    generator = torch.Generator().manual_seed(seed)
    weights = split(network)[0]
    masks = {n: torch.rand(w.shape, generator=generator) < 1 / 3 for n, w in weights.items()}
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            drawn = torch.rand(parameter.shape, generator=generator)
            parameter.copy_(torch.where(masks[name], parameter, 0) if name in masks else drawn)
    return network, of_sparse(network, spec, masks, budget=1 / 3)


def crafted(payload: bytes = b"", **fields) -> bytes:
    """A file with a header of one's own and a valid checksum."""
    header = {"rebuild": "representations.dense", "spec": MLP, "tensors": []} | fields
    return sealed(json.dumps(header).encode(), payload)


def sealed(header: bytes, payload: bytes = b"") -> bytes:
    digest = hashlib.sha256(header + payload).digest()
    prefix = checkpoint.PREFIX.pack(
        checkpoint.MAGIC, checkpoint.FORMAT, len(header), len(payload), digest
    )
    return prefix + header + payload


def entry(**changes) -> dict:
    return {"role": "weights", "name": "w", "dtype": "float32", "shape": [1]} | changes


@given(compressed())
def test_decoding_gives_back_what_was_encoded_bit_by_bit(stored):
    found = checkpoint.decode(checkpoint.encode(stored), budget=0.5)
    assert (found.rebuild, found.spec, found.budget) == (stored.rebuild, stored.spec, 0.5)
    for role in checkpoint.ROLES:
        assert same(getattr(found, role), getattr(stored, role))


@given(compressed(), st.randoms())
@settings(max_examples=30)
def test_the_same_network_gives_the_same_bytes_in_whichever_order_it_is_built(stored, random):
    def shuffled(mapping):
        return dict(random.sample(list(mapping.items()), len(mapping)))

    roles = {role: shuffled(getattr(stored, role)) for role in checkpoint.ROLES}
    again = Compressed(0.25, stored.rebuild, shuffled(stored.spec), **roles, columns={"x": 1})
    assert checkpoint.encode(again) == checkpoint.encode(stored)


@pytest.mark.parametrize("spec", [MLP, CONVNET, {**MLP, "dropout": 0.5}],
                         ids=["mlp", "convnet", "dropout"])  # fmt: skip
@pytest.mark.parametrize("kind", ["dense", "sparse"])
def test_a_decoded_file_is_exactly_the_network_that_was_stored(tmp_path, spec, kind):
    network, stored = sparse(spec)
    if kind == "dense":
        stored = of_dense(network, spec, budget=1)
    digest = checkpoint.write(stored, tmp_path / "a/b.brain")
    assert digest == hashlib.sha256((tmp_path / "a/b.brain").read_bytes()).hexdigest()
    rebuilt = checkpoint.read(tmp_path / "a/b.brain").network()
    assert same(rebuilt.state_dict(), network.state_dict())
    images = torch.randn(5, *spec.get("image", [1, 2, 3]))
    assert torch.equal(rebuilt(images), network.eval()(images))


def test_a_sparse_file_is_smaller_than_the_dense_one_by_what_it_leaves_out():
    network, stored = sparse({"name": "mlp", "sizes": [60, 40, 30]})
    dense = checkpoint.encode(of_dense(network, stored.spec, budget=1))
    assert len(checkpoint.encode(stored)) < len(dense)
    kept = sum(w.numel() for w in stored.weights.values())
    assert len(checkpoint.encode(stored)) >= 8 * kept  # a value and a position each


def test_every_altered_byte_is_refused():
    blob = checkpoint.encode(sparse()[1])
    for place in range(len(blob)):
        for change in (1, 0x80, 0xFF):
            altered = bytearray(blob)
            altered[place] ^= change
            with pytest.raises(Refused):
                checkpoint.decode(bytes(altered))


def test_every_truncation_and_extension_is_refused():
    blob = checkpoint.encode(sparse()[1])
    for cut in range(len(blob)):
        with pytest.raises(Refused):
            checkpoint.decode(blob[:cut])
    for tail in (b"\0", b" ", b"\n", blob):
        with pytest.raises(Refused):
            checkpoint.decode(blob + tail)


def test_moving_the_border_between_header_and_payload_is_refused():
    whole = checkpoint.encode(sparse()[1])
    body = whole[checkpoint.PREFIX.size :]
    for cut in range(len(body) + 1):
        blob = sealed(body[:cut], body[cut:])
        if blob != whole:
            with pytest.raises(Refused):
                checkpoint.decode(blob)


def test_an_unknown_format_is_refused_by_its_number_and_a_missing_file_by_its_name(tmp_path):
    blob = bytearray(checkpoint.encode(sparse()[1]))
    blob[8:12] = (77).to_bytes(4, "little")
    (tmp_path / "x.brain").write_bytes(blob)
    with pytest.raises(Refused, match=r"x\.brain: checkpoint format 77 is unknown"):
        checkpoint.read(tmp_path / "x.brain")
    with pytest.raises(Refused, match=r"gone\.brain"):
        checkpoint.read(tmp_path / "gone.brain")


@pytest.mark.parametrize("name", ["os.system", "representations.split", "runs.run", "shutil.rmtree",
                                  "methods.pruning.keep", "methods.x.y.rebuild", "methods..rebuild",
                                  "representations.dense\n", "methods.nobody2030.rebuild", "", 5,
                                  None, ["representations.dense"]], ids=repr)  # fmt: skip
def test_a_file_cannot_name_a_function_that_is_no_rebuilding_of_ours(name):
    with pytest.raises(Refused):
        checkpoint.decode(crafted(rebuild=name)).network()


BOMBS = {
    "more than there is": crafted(tensors=[entry(shape=[1 << 40])]),
    "more than can be addressed": crafted(tensors=[entry(shape=[1 << 62, 1 << 62])]),
    "beyond every number": crafted(tensors=[entry(shape=[10**400])]),
    "empty but huge": crafted(tensors=[entry(shape=[0, 1 << 62, 9])]),
    "negative": crafted(b"\0" * 4, tensors=[entry(shape=[-1, -1])]),
    "many dimensions": crafted(b"\0" * 4, tensors=[entry(shape=[1] * 1000)]),
    "unknown type": crafted(b"\0" * 4, tensors=[entry(dtype="object")]),
    "unknown role": crafted(b"\0" * 4, tensors=[entry(role="__class__")]),
    "listed name": crafted(b"\0" * 4, tensors=[entry(name=["w"])]),
    "unclaimed payload": crafted(b"\0" * 8, tensors=[entry()]),
    "deep": sealed(b"[" * 200_000),
    "no text": sealed(b"\xff\xfe"),
}


@pytest.mark.parametrize("blob", BOMBS.values(), ids=BOMBS)
def test_a_header_that_lies_is_refused_though_its_checksum_is_right(blob):
    with pytest.raises(Refused):
        checkpoint.decode(blob, where="bomb")


FOREIGN = {
    "spec is no object": lambda c: replace(c, spec=5),
    "unknown architecture": lambda c: replace(c, spec={"name": "transformer"}),
    "missing tensor": lambda c: replace(c, biases={}),
    "wrong shape": lambda c: replace(c, biases={n: b[:1] for n, b in c.biases.items()}),
    "position out of range": lambda c: moved(c, 10_000),
    "negative position": lambda c: moved(c, -1),
    "no network that fits in memory": lambda c: replace(
        c, spec={"name": "mlp", "sizes": [1 << 40, 1 << 20, 3]}
    ),
}


def moved(stored: Compressed, position: int) -> Compressed:
    return replace(stored, structure={n: s * 0 + position for n, s in stored.structure.items()})


@pytest.mark.parametrize("change", FOREIGN.values(), ids=FOREIGN)
def test_an_intact_file_that_describes_no_network_is_refused(change):
    with pytest.raises(Refused):
        checkpoint.decode(checkpoint.encode(change(sparse()[1]))).network()


def test_a_dtype_that_the_format_lacks_cannot_be_written():
    double = Compressed(1, "representations.dense", MLP, {"w": torch.ones(1).double()}, {})
    with pytest.raises(TypeError, match="float64"):
        checkpoint.encode(double)


@pytest.mark.parametrize("failing", ["write", "replace"])
@pytest.mark.parametrize("before", [b"what was there", None])
def test_a_write_that_fails_leaves_what_was_there_and_names_the_path(
    tmp_path, monkeypatch, failing, before
):
    path = tmp_path / "kept.brain"
    if before:
        path.write_bytes(before)

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    def half(self, blob):
        with self.open("wb") as file:
            file.write(blob[: len(blob) // 2])
        full()

    if failing == "write":
        monkeypatch.setattr(Path, "write_bytes", half)
    else:
        monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space left") as error:
        checkpoint.write(sparse()[1], path)
    assert error.value.filename == str(path)
    left = [p.name for p in tmp_path.iterdir()]
    assert left == (["kept.brain"] if before else [])
    assert not before or path.read_bytes() == before


def test_a_foreign_file_is_refused_by_name_but_a_fault_of_ours_is_raised_as_it_is():
    network = of_dense(architectures.build(MLP, seed=0), MLP, budget=1.0)
    broken = replace(network, weights={"1.weight": network.weights["1.weight"]})
    with pytest.raises(RuntimeError, match="Missing key"):
        broken.network()
    decoded = checkpoint.decode(checkpoint.encode(broken), where="a/file.brain")
    with pytest.raises(Refused, match=r"a/file\.brain: does not describe a network \(RuntimeError"):
        decoded.network()
