"""Values as sums of random numbers: the best of all subsets, which their bits alone bring back."""

from itertools import chain, combinations

import numpy as np
import pytest
import torch
from helpers.coded import coded, dense, pruned
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from brainside.base.errors import Refused
from brainside.coding import codec, subset_sums
from brainside.coding.matrices import layers_of
from brainside.coding.settings import Setting


def laplace(count: int) -> np.ndarray:
    """Values of another seed than the candidates', which those of one seed are correlated with."""
    return np.random.default_rng(5).laplace(0, 0.1, count).astype(np.float32)


def subsets(numbers):
    return chain.from_iterable(combinations(numbers, size) for size in range(len(numbers) + 1))


def test_each_value_is_the_nearest_of_all_sums_of_its_candidates():
    """Their numbers are drawn here by the format's text: the top 24 bits of PCG64's output."""
    values, count = laplace(40), 5
    blob = subset_sums.encode(values, count)
    scale = float(np.frombuffer(blob[:4], "<f4")[0])
    raw = np.random.PCG64(0).random_raw(40 * count)
    drawn = [(int(number) >> 40) / 2**23 - 1 for number in raw]
    found = subset_sums.decode(blob, 40)
    for number, value in enumerate(values):
        own = drawn[number * count : (number + 1) * count]
        sums = [scale * sum(members) for members in subsets(own)]
        best = min(sums, key=lambda total: abs(total - float(value)))
        assert found[number] == pytest.approx(best, rel=1e-6, abs=1e-9)


def test_the_first_candidates_are_those_that_files_were_written_with():
    ones = subset_sums.HEAD.pack(2.0**23, 1) + b"\xf0"  # each weight is its one candidate
    drawn = np.array([0.63696169, 0.26978671, 0.04097352, 0.01652764])  # numpy's documented first
    assert np.allclose(subset_sums.decode(ones, 4), (2 * drawn - 1) * 2**23, atol=1)


def test_more_candidates_come_nearer_and_take_as_many_more_bits():
    values = laplace(3000)
    errors = []
    for count in (1, 3, 5, 8, 12):
        blob = subset_sums.encode(values, count)
        assert len(blob) == subset_sums.HEAD.size + -(-3000 * count // 8)
        errors.append(float(np.square(subset_sums.decode(blob, 3000) - values).mean()))
    assert errors == sorted(errors, reverse=True) and errors[-1] < 1e-2 * errors[0]


@settings(deadline=None, max_examples=60)
@given(arrays(np.float32, st.integers(0, 30), elements=st.floats(-1e6, 1e6, width=32)),
       st.integers(1, 6))  # fmt: skip
def test_what_is_decoded_is_written_in_the_same_bytes_again(values, count):
    blob = subset_sums.encode(values, count)
    found = subset_sums.decode(blob, len(values))
    assert np.isfinite(found).all() and len(found) == len(values)
    assert np.abs(found).max(initial=0) <= 12 * 4 * np.abs(values).max(initial=0) + 1e-30
    assert subset_sums.encode(values, count) == blob


@pytest.mark.parametrize("made", [pruned(), pruned("conv"), dense("conv"), pruned(kept=0)])
def test_a_network_of_subset_sums_is_what_its_file_decodes_to(made):
    few, many = (Setting(values="subset-sum", value_bits=n, biases="small") for n in (3, 10))
    gaps = []
    for setting in (few, many):
        back = layers_of(codec.decode(coded(made, setting)))
        for before, after in zip(layers_of(made), back, strict=True):
            assert np.array_equal(before.positions, after.positions)
        pairs = zip(layers_of(made), back, strict=True)
        gaps.append(sum(float(np.square(a.dense() - b.dense()).sum()) for a, b in pairs))
    assert gaps[1] <= gaps[0] and (gaps[0] > 0 or not any(len(x.values) for x in layers_of(made)))


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        bytes(5),  # no candidates
        bytes(4) + b"\x0d" + bytes(99),  # too many
        b"\0\0\xc0\x7f\x03" + bytes(2),  # a scale that is not a number
        bytes(4) + b"\x03" + bytes(9),  # too long
    ],
)
def test_other_bytes_are_no_subset_sums(blob):
    with pytest.raises((ValueError, subset_sums.struct.error)):
        subset_sums.decode(blob, 5)


def test_a_weight_that_is_not_finite_is_refused():
    with pytest.raises(Refused, match="not finite"):
        subset_sums.encode(np.array([1.0, np.nan], np.float32), 3)
    network = pruned()
    torch.nn.init.constant_(next(iter(network.weights.values())), float("inf"))
    with pytest.raises(Refused, match="not finite"):
        coded(network, Setting(values="subset-sum"))
