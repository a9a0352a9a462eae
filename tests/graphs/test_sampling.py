"""Samples of exact size whose items come with the probabilities that were asked for."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from brainside.base.errors import Refused
from brainside.graphs.bipartite import laplacian
from brainside.graphs.resistance import leverages
from brainside.graphs.sampling import inclusion_probabilities, systematic

sizes = st.lists(st.sampled_from([0.0, 1e-9, 0.1, 1.0, 2.5, 1e6]), min_size=1, max_size=40)


vanishing = st.lists(st.sampled_from([0.0, 1e-17, 0.1, 1.0, 1e6]), min_size=1, max_size=40)


@given(sizes | vanishing, st.data())
def test_exactly_as_many_are_drawn_and_none_without_a_chance(values, data):
    given_sizes = torch.tensor(values, dtype=torch.float64)
    count = data.draw(st.integers(0, int((given_sizes > 0).sum())))
    probabilities = inclusion_probabilities(given_sizes, count)
    assert float(probabilities.sum()) == pytest.approx(count, abs=1e-9)
    drawn = systematic(probabilities, data.draw(st.integers(0, 10**6)))
    assert int(drawn.sum()) == count and not drawn[given_sizes == 0].any()


@given(sizes, st.data())
def test_chances_are_in_proportion_below_one(values, data):
    given_sizes = torch.tensor(values, dtype=torch.float64)
    count = data.draw(st.integers(1, max(1, int((given_sizes > 0).sum()))))
    if count >= int((given_sizes > 0).sum()):
        return
    found = inclusion_probabilities(given_sizes, count)
    ratios = found[(found < 1) & (given_sizes > 0)] / given_sizes[(found < 1) & (given_sizes > 0)]
    torch.testing.assert_close(ratios, ratios[:1].expand_as(ratios))
    capped = given_sizes[found >= 1]
    assert not len(capped) or not len(ratios) or capped.min() * ratios[0] >= 1 - 1e-9


def test_a_hand_example():
    """Three are drawn: 10 has more than its share, and so has 3 of what is left; 1, 1 share."""
    torch.testing.assert_close(inclusion_probabilities(torch.tensor([1, 10, 1, 3, 0.0]), 3),
                               torch.tensor([0.5, 1, 0.5, 1, 0]))  # fmt: skip


def test_sizes_that_vanish_beside_the_others_take_nothing_from_them():
    found = inclusion_probabilities(torch.tensor([1e-17, 1, 1e-17, 1.0]), 2)
    assert found.tolist() == [0, 1, 0, 1]
    assert systematic(found, 0).tolist() == [False, True, False, True]


def test_more_than_there_are_is_refused():
    with pytest.raises(Refused, match="^4 links are to be drawn, and only 3 have a score"):
        inclusion_probabilities(torch.tensor([1, 0.0, 2, 3]), 4)


def test_each_item_comes_with_its_probability():
    probabilities = inclusion_probabilities(torch.tensor([1.0, 2, 3, 4, 5, 30]).double(), 3)
    rounds = 4000
    shares = sum(systematic(probabilities, seed).double() for seed in range(rounds)) / rounds
    spread = (probabilities * (1 - probabilities) / rounds).sqrt()
    assert ((shares - probabilities).abs() <= 4 * spread + 1e-12).all()


def test_the_same_seed_draws_the_same():
    sizes = torch.rand(6, 9, generator=torch.Generator().manual_seed(0))
    probabilities = inclusion_probabilities(sizes, 20)
    assert systematic(probabilities, 3).equal(systematic(probabilities, 3))
    assert not systematic(probabilities, 3).equal(systematic(probabilities, 4))


def test_the_reweighted_laplacian_is_the_whole_one_on_average():
    conductances = torch.rand(5, 4, generator=torch.Generator().manual_seed(5)).double() ** 2
    probabilities = inclusion_probabilities(leverages(conductances), 11)
    rounds = 4000
    samples = torch.stack([
        torch.where(systematic(probabilities, seed), conductances / probabilities, 0)
        for seed in range(rounds)
    ])  # fmt: skip
    error = laplacian(samples.mean(0)) - laplacian(conductances)
    margin = 5 * laplacian(samples.var(0)).abs().sqrt() / rounds**0.5
    assert (error.abs() <= margin + 1e-9).all()
