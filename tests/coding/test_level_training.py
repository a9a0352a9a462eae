"""Shared values trained on: gradients by definition, sharing kept, loss lower."""

import numpy as np
import pytest
import torch
from helpers.tiny import recipe, tiny_task
from torch.nn import functional

from brainside.base.errors import Refused
from brainside.coding import codec, quantising
from brainside.coding.level_training import Shared, retrained
from brainside.coding.matrices import layers_of
from brainside.coding.settings import Setting
from brainside.networks import architectures
from brainside.networks.parameters import split
from brainside.representations.compressed import Compressed
from brainside.representations.plain import of_sparse
from brainside.training.evaluation import evaluate

CONV = {"name": "convnet", "image": [1, 4, 4], "channels": [3], "kernel": 3, "hidden": [6],
        "classes": 3}  # fmt: skip
MLP = {"name": "mlp", "sizes": [16, 8, 3]}
SETTING = Setting(values="kmeans", value_bits=2, conv_bits=2, retrain=6, rate=0.02)


def stored(spec) -> Compressed:
    """Half of the weights of a network that is not trained."""
    network = architectures.build(spec, seed=0)
    generator = torch.Generator().manual_seed(0)
    masks = {n: torch.rand(w.shape, generator=generator) < 0.5
             for n, w in split(network)[0].items()}  # fmt: skip
    return of_sparse(network, spec, masks, budget=0.5)


def run(spec, quiet):
    compressed, layers = quantising.prepared(stored(spec), SETTING)
    task = tiny_task(spec)
    after = retrained(compressed, layers, SETTING, task.data, recipe(), seed=0, progress=quiet)
    return task, (compressed, layers), after


@pytest.mark.parametrize("spec", [MLP, CONV])
def test_a_levels_gradient_is_the_sum_of_its_weights_gradients(spec):
    compressed, layers = quantising.prepared(stored(spec), SETTING)
    data, shared = tiny_task(spec).data.train, Shared(compressed.network(), layers)
    functional.cross_entropy(shared(data.images), data.labels).backward()
    plain = codec.decode(codec.encode(compressed, layers, SETTING)).network()
    functional.cross_entropy(plain(data.images), data.labels).backward()
    weights = dict(plain.named_parameters())
    for layer, levels in zip(layers, shared.levels, strict=True):
        flat = weights[layer.name].grad.flatten().numpy()[layer.positions]
        for symbol, gradient in enumerate(levels.grad):
            assert float(gradient) == pytest.approx(flat[layer.symbols == symbol].sum(), abs=1e-5)


@pytest.mark.parametrize("spec", [MLP, CONV])
def test_training_lowers_the_loss_and_keeps_who_shares_with_whom(spec, quiet):
    task, before, after = run(spec, quiet)
    losses = [
        evaluate(
            codec.decode(codec.encode(*network, SETTING)).network(),
            task.data.train,
            "cross-entropy",
        ).loss
        for network in (before, after)
    ]
    assert losses[1] < 0.95 * losses[0]
    for old, new in zip(before[1], after[1], strict=True):
        assert np.array_equal(old.positions, new.positions) and len(new.levels) <= 4
        for symbol in range(len(old.levels)):
            assert len(set(new.values[old.symbols == symbol])) == 1


def test_training_again_gives_the_same_bytes(quiet):
    blobs = [codec.encode(*run(MLP, quiet)[2], SETTING) for _ in range(2)]
    assert blobs[0] == blobs[1]


def test_biases_are_trained_too(quiet):
    _, before, after = run(MLP, quiet)
    assert set(before[0].biases) == set(after[0].biases)
    assert not torch.equal(before[0].biases["1.bias"], after[0].biases["1.bias"])


def test_what_is_not_stored_by_its_own_weights_is_refused(quiet):
    made = Compressed(0.1, "methods.none.rebuild", {}, {"w": torch.randn(40)}, {})
    layers = quantising.quantised(layers_of(made), SETTING)
    with pytest.raises(Refused, match="own weights"):
        retrained(made, layers, SETTING, tiny_task().data, recipe(), seed=0, progress=quiet)
