"""The metric: recomputed in numpy, never fooled by what is not finite, the same in chunks."""

import numpy as np
import pytest
import torch
from helpers.tiny import tiny_split
from torch import nn

from brainside.data.datasets import Split
from brainside.networks import architectures
from brainside.training import evaluation
from brainside.training.evaluation import evaluate, loss_of


class Fixed(nn.Module):
    """Gives outputs prepared beforehand: image n holds the number n."""

    def __init__(self, outputs):
        super().__init__()
        self.outputs = outputs

    def forward(self, images):
        return self.outputs[images[:, 0, 0, 0].long()]


def split_of(labels) -> Split:
    numbers = torch.arange(len(labels), dtype=torch.float32)
    return Split(numbers[:, None, None, None], torch.as_tensor(labels))


@pytest.fixture
def random_outputs():
    generator = torch.Generator().manual_seed(0)
    outputs = torch.randn(2500, 4, generator=generator)
    return outputs, torch.randint(0, 4, (2500,), generator=generator)


@pytest.mark.parametrize("loss", ["cross-entropy", "mse"])
def test_error_and_loss_are_those_of_numpy(random_outputs, loss):
    outputs, labels = random_outputs
    found = evaluate(Fixed(outputs), split_of(labels), loss)
    x, y = outputs.double().numpy(), labels.numpy()
    assert np.array_equal(found.mistakes.numpy(), x.argmax(1) != y)
    assert found.error == np.mean(x.argmax(1) != y)
    if loss == "mse":
        expected = ((x - np.eye(4)[y]) ** 2).sum(1).mean()
    else:
        expected = np.mean(np.log(np.exp(x).sum(1)) - x[np.arange(len(y)), y])
    assert found.loss == pytest.approx(expected, rel=1e-5)


def test_the_squared_error_by_hand():
    outputs, labels = torch.tensor([[1.0, 0.0], [0.5, 0.5]]), torch.tensor([0, 1])
    assert float(loss_of("mse")(outputs, labels)) == (0 + 0.5) / 2


@pytest.mark.parametrize("chunk", [1, 7, 60, 61])
def test_chunks_give_the_same_mistakes_and_loss(monkeypatch, chunk):
    network, split = architectures.build({"name": "mlp", "sizes": [16, 8, 3]}, seed=0), tiny_split(
        60, seed=0)  # fmt: skip
    whole = evaluate(network, split, "cross-entropy")
    monkeypatch.setattr(evaluation, "CHUNK", chunk)
    parts = evaluate(network, split, "cross-entropy")
    assert torch.equal(parts.mistakes, whole.mistakes)
    assert parts.loss == pytest.approx(whole.loss, rel=1e-6)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("label", [0, 1, 2])
def test_outputs_that_are_not_finite_are_wrong_whatever_the_label(value, label):
    outputs = torch.zeros(3, 3)
    outputs[:, label] = 1.0
    outputs[1, 0] = value
    found = evaluate(Fixed(outputs), split_of([label] * 3), "cross-entropy")
    assert found.mistakes.tolist() == [False, True, False]
    assert found.error == 1 / 3


def test_evaluation_leaves_dropout_out_and_the_weights_as_they_are():
    network = architectures.build(
        {"name": "mlp", "sizes": [16, 8, 3], "dropout": 0.9}, seed=0
    ).train()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    split = tiny_split(30, seed=0)
    first, second = (evaluate(network, split, "mse") for _ in range(2))
    assert first.loss == second.loss
    assert all(torch.equal(before[name], t) for name, t in network.state_dict().items())
