"""Networks coded to files: exact where nothing is lost, refused where anything is wrong."""

import zlib

import numpy as np
import pytest
import torch
from helpers.coded import SPECS, coded, dense, pruned, resealed, same
from hypothesis import given, settings
from hypothesis import strategies as st

from brainside.base.errors import Refused
from brainside.coding import codec, logistic, quantisers, quantising
from brainside.coding import file as coded_file
from brainside.coding.matrices import Layer, layers_of
from brainside.coding.order import reordered
from brainside.coding.settings import CHOICES, Setting, expanded
from brainside.coding.wrapping import unwrapped, wrapped
from brainside.representations.compressed import Compressed


def outputs(compressed: Compressed) -> torch.Tensor:
    side = 8 if compressed.spec["name"] in ("convnet", "slimnet") else 4
    images = torch.randn(50, 1, side, side, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        return compressed.network()(images)


@pytest.mark.parametrize("wrap", CHOICES["wrap"])
@pytest.mark.parametrize("code", CHOICES["positions"])
def test_float32_comes_back_bit_for_bit(code, wrap):
    setting = Setting(positions=code, wrap=wrap)
    for compressed in (pruned(), pruned("conv"), pruned(kept=0), pruned(kept=1), dense("conv")):
        assert same(codec.decode(coded(compressed, setting)), compressed)


def test_any_stored_network_comes_back_with_what_else_it_stores():
    weights = {"buckets": torch.randn(7), "table": torch.randn(3, 5)}
    structure = {"index": torch.arange(6, dtype=torch.int32).reshape(2, 3),
                 "seed": torch.tensor(3), "signs": torch.ones(2, dtype=torch.uint8)}  # fmt: skip
    biases = {"0.bias": torch.randn(4), "scale": torch.tensor(0.5)}
    made = Compressed(0.1, "methods.none.rebuild", {"name": "x"}, weights, biases, structure)
    assert same(codec.decode(coded(made, Setting())), made)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_shorter_floats_are_the_rounded_ones(dtype):
    decoded = codec.decode(coded(pruned(), Setting(values=dtype, biases=dtype)))
    for role in ("weights", "biases"):
        for name, tensor in getattr(pruned(), role).items():
            expected = tensor.to(getattr(torch, dtype)).float()
            assert torch.equal(getattr(decoded, role)[name], expected)


@pytest.mark.parametrize("entropy", CHOICES["entropy"])
@pytest.mark.parametrize("values", ["kmeans", "uniform"])
@pytest.mark.parametrize("name", SPECS)
def test_shared_values_come_back_as_they_were_quantised(name, values, entropy):
    setting = Setting(values=values, entropy=entropy, step=0.1, value_bits=3)
    for compressed in (pruned(name), dense(name), pruned(name, kept=0)):
        layers = quantising.quantised(layers_of(compressed), setting)
        decoded = layers_of(codec.decode(coded(compressed, setting)))
        for before, after in zip(layers, decoded, strict=True):
            assert np.array_equal(before.dense(), after.dense())


def test_uniform_levels_are_the_nearest_multiples_and_zeros_are_not_kept():
    layer = Layer("w", (2, 3), np.array([0, 1, 3, 5]), np.array([0.26, -0.04, 1.0, -0.16], "f4"))
    quantised = quantisers.uniform(layer, 0.1, 0.0)
    assert quantised.positions.tolist() == [0, 3, 5]
    assert np.allclose(quantised.values, [0.3, 1.0, -0.2]) and len(quantised.levels) == 3


def test_a_trade_off_costs_error_and_saves_bits():
    values = np.random.default_rng(0).laplace(0, 0.1, 5000).astype(np.float32)
    layer = Layer("w", (50, 1000), np.arange(0, 50_000, 10), values)
    lengths, errors = [], []
    for tradeoff in (0.0, 0.05, 0.2):
        quantised = quantisers.uniform(layer, 0.1, tradeoff)
        setting = Setting(values="uniform")
        shell = Compressed(0.1, "methods.none.rebuild", {}, {"w": torch.zeros(1)}, {})
        lengths.append(len(codec.encode(shell, [quantised], setting)))
        errors.append(np.square(quantised.dense() - layer.dense()).sum())
    assert lengths == sorted(lengths, reverse=True) and errors == sorted(errors)
    assert lengths[0] > 1.1 * lengths[2] and errors[2] > errors[0]


def test_means_in_the_place_of_multiples_have_less_distortion_and_the_same_weights():
    values = np.random.default_rng(0).laplace(0, 1, 5000).astype(np.float32)
    layer = Layer("w", (100, 50), np.arange(5000), values)
    for tradeoff in (0.0, 0.1):
        plain, means = (quantisers.uniform(layer, 0.8, tradeoff, means=m) for m in (False, True))
        assert np.array_equal(plain.positions, means.positions)
        assert np.array_equal(plain.symbols, means.symbols)
        for symbol, level in enumerate(means.levels):
            own = values[means.positions][means.symbols == symbol]
            assert level == np.float16(own.astype(np.float64).mean())
        errors = [np.square(x.dense() - layer.dense()).sum() for x in (plain, means)]
        assert errors[1] < errors[0]


def test_k_means_starts_linear_and_ends_where_no_centroid_moves():
    values = np.random.default_rng(0).normal(0, 1, 500).astype(np.float32)
    quantised = quantisers.k_means(Layer("w", (500,), np.arange(500), values), 8)
    for symbol, level in enumerate(quantised.levels):
        own = values[quantised.symbols == symbol]
        assert abs(own.mean() - level) < 1e-3
    nearest = np.abs(values[:, None] - quantised.levels).argmin(1)
    assert np.array_equal(nearest, quantised.symbols) and len(quantised.levels) == 8


def test_k_means_with_fewer_distinct_values_than_clusters_is_exact():
    values = np.array([0.5, -0.25, 0.5, 1.0], np.float32)
    quantised = quantisers.k_means(Layer("w", (4,), np.arange(4), values), 16)
    assert np.array_equal(quantised.values, values) and len(quantised.levels) == 3


@pytest.mark.parametrize("order", CHOICES["order"][1:])
@pytest.mark.parametrize("name", SPECS)
def test_units_in_another_order_compute_the_same(name, order):
    for compressed in (pruned(name), dense(name)):
        changed = reordered(compressed, order)
        assert torch.allclose(outputs(changed), outputs(compressed), atol=1e-5)
        decoded = codec.decode(coded(compressed, Setting(order=order)))
        assert torch.equal(outputs(decoded), outputs(changed))
    pairs = zip(layers_of(reordered(pruned(name), order)), layers_of(pruned(name)), strict=True)
    assert not all(np.array_equal(after.mask(), before.mask()) for after, before in pairs)


@pytest.mark.parametrize("name", SPECS)
def test_units_that_nothing_reads_need_no_bias(name):
    setting = Setting(dead_biases="zero")
    for compressed in (pruned(name, kept=0.05), pruned(name, kept=0.05, seed=1)):
        decoded = codec.decode(coded(compressed, setting))
        assert torch.equal(outputs(decoded), outputs(compressed))
        layers, zeros = layers_of(compressed), 0
        for before, after in zip(layers, layers[1:], strict=False):
            units = before.shape[0]
            read = after.mask().reshape(len(after.mask()), units, -1).any((0, 2))
            for bias in (b for n, b in decoded.biases.items() if n == before.name[:-6] + "bias"):
                assert np.array_equal(bias.numpy() != 0, read)
                zeros += int((~read).sum())
        last = layers[-1].name.replace("weight", "bias")
        assert zeros and torch.equal(decoded.biases[last], compressed.biases[last])
        assert same(codec.decode(coded(compressed, Setting())), compressed)


def test_the_order_by_degree_is_one_of_falling_degrees():
    first = layers_of(reordered(pruned(), "degree"))[0].mask().sum(1)
    assert (np.diff(first) <= 0).all() and len(set(first)) > 2


def test_the_parts_add_up_to_the_file():
    for setting in (Setting(), Setting(values="kmeans"), Setting(values="uniform", wrap="lzma")):
        blob = coded(pruned(), setting)
        sizes = codec.sizes(blob)
        assert sizes["bytes"] == len(blob) > sizes["position_bytes"] + sizes["value_bytes"]
    assert codec.sizes(coded(dense(), Setting()))["position_bytes"] == 0


def test_coding_is_deterministic():
    setting = Setting(values="uniform", order="similarity", tradeoff=0.05)
    assert coded(pruned(), setting) == coded(pruned(), setting)


@pytest.mark.parametrize(
    ("entry", "reason"),
    [({"kind": "zip"}, "kind 'zip' is not one of ours, nnr"),
     ({"steps": 1}, "unknown field 'steps'; known: positions"),
     ({"step": "small"}, "step: 'small' is not of type float"),
     ({"kind": "nnr", "use_dq": 1}, "use_dq: 1 is not of type bool"),
     ({"values": ["kmeans", "int8"]}, "values 'int8' is not one of"),
     ({"value_bits": []}, "value_bits: the list is empty; leave it out or give a value"),
     ({"values": "kmeans", "value_bits": [4, 5, 4]}, "value_bits: 4 appears twice; keep one"),
     ({"kind": "nnr", "qp": [-32, -2400]}, "qp -2400 is not from -128 to 127"),
     ({"kind": "nnr", "nonweight_qp": 128}, "nonweight_qp 128 is not from -128 to 127")],
)  # fmt: skip
def test_an_entry_that_does_not_fit_is_refused_with_the_codecs_name(entry, reason):
    with pytest.raises(Refused, match=f"^codec mine: {reason}"):
        list(expanded("mine", entry))


@pytest.mark.parametrize(
    "fields",
    [{"positions": "none"}, {"values": "int8"}, {"step": 0.0}, {"tradeoff": -1.0},
     {"value_bits": 0}, {"retrain": 2}, {"step": 1e300}, {"tradeoff": 10**400},
     {"rate": float("nan")}, {"values": "kmeans", "retrain": 10**9}],
)  # fmt: skip
def test_settings_that_do_not_fit_are_refused(fields):
    with pytest.raises(Refused):
        Setting(**fields)


# Files that are not ours.

EXAMPLES = [
    coded(pruned(kept=0.2), setting)
    for setting in (
        *(Setting(positions=p) for p in ("list", "csr16", "zeta", "relative5-huffman")),
        Setting(positions="bitmap", wrap="lzma"),
        Setting(positions="bitmap", wrap="zstd"),
        Setting(values="uniform", biases="small"),
        Setting(values="kmeans", entropy="huffman", positions="relative5"),
        Setting(values="kmeans", entropy="fixed", value_bits=3),
    )
]


@given(st.binary(max_size=200))
@settings(max_examples=300)
def test_any_bytes_are_refused(blob):
    for whole in (blob, coded_file.MAGIC + blob, resealed(b"\0" * coded_file.PREFIX.size + blob)):
        with pytest.raises(Refused):
            codec.decode(whole)


@pytest.mark.parametrize("cut", [0, 3, 12, 40, -1])
def test_a_cut_or_altered_file_is_refused_by_its_checksum(cut):
    with pytest.raises(Refused, match="not a coded network|checksum"):
        codec.decode(EXAMPLES[0][:cut])
    altered = bytearray(EXAMPLES[0])
    altered[-1] ^= 1
    with pytest.raises(Refused, match="checksum"):
        codec.decode(bytes(altered))


def test_a_file_of_another_version_is_refused():
    blob = EXAMPLES[0]
    with pytest.raises(Refused, match="format 2"):
        codec.decode(blob[:4] + b"\2" + blob[5:])


def forged(**changes) -> bytes:
    """A file whose header says something else."""
    header, parts = coded_file.read(EXAMPLES[0], "example")
    return coded_file.write({**header, **changes}, parts)


@pytest.mark.parametrize(
    "changes",
    [
        {"weights": [["1.weight", [1 << 40, 1 << 40]]]},
        {"weights": [["1.weight", [-1, 16]]]},
        {"weights": [["1.weight", [True, 16]]]},
        {"weights": 3},
        {"weights": [["1.weight"]]},
        {"positions": "unknown"},
        {"values": "float8"},
        {"biases": None},
        {"wrap": "gzip"},
        {"check": 0},
        {"spec": {"name": "mlp"}, "rebuild": 7},
        {"vectors": [["1.bias", [1 << 23]]] * 3},
    ],
)
def test_headers_that_promise_something_else_are_refused(changes):
    with pytest.raises(Refused, match="foreign"):
        codec.decode(forged(**changes))


def test_a_header_that_unpacks_without_end_is_refused():
    deflate = zlib.compressobj(9, wbits=-15, zdict=coded_file.WORDS)
    bomb = deflate.compress(b" " * (1 << 26)) + deflate.flush()
    body = coded_file.bits.join([bomb])
    with pytest.raises(Refused, match="header"):
        codec.decode(resealed(b"\0" * coded_file.PREFIX.size + body))


@pytest.mark.parametrize("wrap", ["zstd", "lzma"])
def test_a_part_that_unpacks_without_end_is_refused(wrap):
    blob = coded(pruned(), Setting(positions="bitmap", wrap=wrap))
    with pytest.raises(Refused, match="too large"):
        codec.decode(blob, most_wrapped=8)


@pytest.mark.parametrize("wrap", ["zstd", "lzma"])
def test_parts_that_together_unpack_to_too_much_are_refused(wrap):
    header, parts = coded_file.read(coded(pruned(), Setting(positions="bitmap", wrap=wrap)), "x")
    with pytest.raises(Refused, match="foreign"):
        codec.decode(coded_file.write(header, [*parts, wrapped(b"", wrap)]))
    sizes = [len(unwrapped(part, wrap, 10_000)) for part in parts]
    whole = coded_file.write(header, parts)
    assert same(codec.decode(whole, most_wrapped=sum(sizes)), pruned())
    with pytest.raises(Refused, match="foreign"):
        codec.decode(whole, most_wrapped=sum(sizes) - 1)


def test_a_content_that_another_arithmetic_would_give_is_refused(monkeypatch):
    blob = coded(pruned(kept=0.5), Setting())
    monkeypatch.setattr(logistic, "PROBABILITIES", np.roll(logistic.PROBABILITIES, 9))
    with pytest.raises(Refused, match="foreign"):
        codec.decode(blob)
