"""Bit strings, Huffman and ζ codes, positions, contexts and bounds, against their definitions."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from brainside.coding import adaptive, bits, bounds, huffman, logistic, positions

NUMBERS = st.lists(st.integers(0, bits.LARGEST - 1), max_size=60)
MASKS = hnp.arrays(bool, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=20))


def zeta_by_hand(n: int, k: int) -> str:
    """ζ_k as Boldi and Vigna define it, as a text of bits."""
    h = int(math.log2(n + 1) // k)
    least, size = 1 << (h * k), (1 << ((h + 1) * k)) - (1 << (h * k))
    width = math.ceil(math.log2(size)) if size > 1 else 0
    x, short = n + 1 - least, (1 << width) - size
    tail = format(x, f"0{width - 1}b") if x < short else format(x + short, f"0{width}b")
    return "0" * h + "1" + (tail if width > 1 or x >= short else "")


@pytest.mark.parametrize("k", range(1, 7))
def test_zeta_codewords_are_those_of_the_definition(k):
    for n in [*range(70), 255, 256, 1000]:
        text = zeta_by_hand(n, k)
        blob = bits.zeta(np.array([n]), parameters=[k])
        packed = "".join(format(byte, "08b") for byte in blob[1:])
        assert packed == text.ljust(len(packed), "0") and len(packed) - len(text) < 8, (n, text)


@given(NUMBERS)
def test_zeta_codes_come_back(numbers):
    assert bits.unzeta(bits.zeta(np.array(numbers, np.int64)), len(numbers)).tolist() == numbers


def test_codewords_beyond_a_chunk_come_back():
    numbers = np.random.default_rng(0).integers(0, 1000, 300)
    assert np.array_equal(bits.unzeta(bits.zeta(numbers), 300, chunk=40), numbers)


@given(st.lists(st.integers(-(10**6), 10**6)))
def test_zigzag_is_a_bijection_onto_the_naturals(numbers):
    folded = bits.zigzag(np.array(numbers, np.int64))
    assert (folded >= 0).all() and bits.unzigzag(folded).tolist() == numbers
    assert bits.zigzag(np.arange(-3, 4)).tolist() == [5, 3, 1, 0, 2, 4, 6]


@given(st.lists(st.binary(max_size=300), max_size=6))
def test_parts_come_back(parts):
    assert bits.split(bits.join(parts), len(parts)) == parts


@given(st.lists(st.integers(0, 9), min_size=1, max_size=200))
def test_huffman_codes_come_back_and_none_is_shorter(symbols):
    array = np.array(symbols)
    blob = huffman.encode(array, 10)
    assert huffman.decode(blob, len(symbols), 10).tolist() == symbols
    counts = np.bincount(array, minlength=10)
    lengths = huffman.code_lengths(counts)
    entropy = -sum(c * math.log2(c / len(symbols)) for c in counts if c)
    assert entropy <= (counts * lengths).sum() + 1e-9 and sum(2.0 ** -lengths[counts > 0]) <= 1
    assert (counts * lengths).sum() < entropy + len(symbols) + 1e-9


def test_huffman_is_optimal_for_small_alphabets():
    for counts in itertools.product([1, 2, 5, 20], repeat=4):
        ours = int(huffman.code_lengths(np.array(counts)) @ counts)
        trees = [(2, 2, 2, 2), *set(itertools.permutations((1, 2, 3, 3)))]
        assert ours == min(int(np.dot(tree, counts)) for tree in trees)


def test_huffman_codewords_never_exceed_32_bits():
    fibonacci = [1, 1]
    while len(fibonacci) < 50:
        fibonacci.append(fibonacci[-1] + fibonacci[-2])
    lengths = huffman.code_lengths(np.array(fibonacci))
    assert lengths.max() <= huffman.LONGEST and sum(2.0**-lengths) <= 1


@pytest.mark.parametrize("code", sorted(positions.CODES))
@given(MASKS)
def test_every_position_code_gives_the_mask_back(code, mask):
    encode, decode = positions.CODES[code]
    assert np.array_equal(decode(encode(mask), mask.shape), mask)


@given(MASKS, st.integers(1, 5))
def test_adaptive_positions_come_back_with_and_without_a_layer_before(mask, units):
    degrees = np.arange(units) if mask.shape[1] % units == 0 else None
    blob = adaptive.encode_positions(mask, degrees)
    assert np.array_equal(adaptive.decode_positions(blob, mask.shape, degrees), mask)


@given(MASKS, st.integers(1, 6), st.integers(0, 6), st.randoms(use_true_random=False))
def test_adaptive_symbols_come_back(mask, negative, others, random):
    levels = np.arange(-negative, others, dtype=np.float32)
    symbols = np.array([random.randrange(len(levels)) for _ in range(mask.sum())], np.int64)
    blob = adaptive.encode_symbols(symbols, levels, mask, None)
    assert np.array_equal(adaptive.decode_symbols(blob, levels, mask, None), symbols)


def test_relative_gaps_longer_than_their_bits_take_fillers():
    mask = np.zeros((1, 200), bool)
    mask[0, [0, 31, 63, 199]] = True
    blob = positions.encode_relative(mask, width=5, entropy=False)
    count = positions.COUNTS.unpack_from(blob)[0]
    # Gaps 0, 30, 31 = filler + 0, and 135 = four fillers + 11.
    assert bits.unfix(blob[4:], count, 5).tolist() == [0, 30, 31, 0, 31, 31, 31, 31, 11]


def test_a_code_of_narrow_columns_refuses_wide_layers():
    with pytest.raises(Exception, match="csr32"):
        positions.CODES["csr16"][0](np.ones((1, (1 << 16) + 1), bool))


def structured(rows=200, side=20, seed=0) -> np.ndarray:
    """A mask whose columns are dense in the middle of an image, in patches."""
    generator = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side] / side - 0.5
    centres = generator.normal(0, 0.15, (rows, 2))
    distance = (y[None] - centres[:, :1, None]) ** 2 + (x[None] - centres[:, 1:, None]) ** 2
    chance = 0.6 * np.exp(-distance / 0.02)
    return (generator.random((rows, side, side)) < chance).reshape(rows, -1)


def test_structure_goes_below_the_bound_of_a_random_mask_and_of_its_margins():
    mask = structured()
    ours = 8 * len(adaptive.encode_positions(mask, None))
    assert ours < bounds.of_margins(mask) < bounds.of_density(mask)


def test_a_random_mask_costs_little_more_than_its_entropy():
    mask = np.random.default_rng(0).random((300, 400)) < 0.1
    ours = 8 * len(adaptive.encode_positions(mask, None))
    assert bounds.of_density(mask) * 0.99 < ours < bounds.of_density(mask) * 1.02 + 400


def test_arithmetic_coding_is_as_short_as_its_probabilities_say():
    generator = np.random.default_rng(0)
    chances = generator.choice(logistic.PROBABILITIES, 50_000)
    drawn = generator.random(50_000) < chances
    bits_needed = -np.log2(np.where(drawn, chances, 1 - chances)).sum()
    assert bits_needed < 8 * len(logistic.encode(drawn, chances)) < 1.002 * bits_needed + 64


def test_a_fit_finds_the_model_that_bits_were_drawn_from():
    generator = np.random.default_rng(0)
    x = np.stack([np.ones(40_000), generator.normal(0, 1, 40_000), np.zeros(40_000)], 1)
    drawn = generator.random(40_000) < 1 / (1 + np.exp(-(x @ [-1, 2, 5])))
    weights = logistic.fit(np.rint(x * logistic.UNIT), drawn) / logistic.UNIT
    assert np.allclose(weights, [-1, 2, 0], atol=0.1)


def test_bounds_of_masks_counted_by_hand():
    assert bounds.of_density(np.eye(4, dtype=bool)) == pytest.approx(
        16 * (0.25 * 2 + 0.75 * math.log2(4 / 3))
    )
    assert bounds.of_density(np.ones((3, 3), bool)) == bounds.of_density(np.zeros((3, 3))) == 0
    # Rows or columns that are full or empty are known from their densities.
    striped = np.array([[1, 0, 1], [1, 0, 1]], bool)
    assert bounds.of_margins(striped) == 0
    assert bounds.of_margins(np.eye(4, dtype=bool)) == pytest.approx(
        bounds.of_density(np.eye(4, dtype=bool))
    )


@given(MASKS)
def test_knowing_the_margins_never_costs(mask):
    assert bounds.of_margins(mask) <= bounds.of_density(mask) + 1e-6
