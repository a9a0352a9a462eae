"""Dark knowledge: a small network learns the outputs of a large one for every image.

Hinton, Vinyals, Dean (2015), "Distilling the knowledge in a neural network", section 2.
"""

from brainside.methods.contract import Run, each_budget
from brainside.methods.shared.dense import narrowed, train_dense
from brainside.methods.shared.distillation import objective
from brainside.representations.compressed import Compressed

VERSION = 1
PARAMS = {
    "sweep": {
        "needs": ["reference", "hidden units"],
        "mixing": "fraction",  # the part of the loss that the labels have
        "temperature": "positive",
    }
}


@each_budget
def sweep(run: Run, budget: float) -> Compressed:
    """Teach the dense network of equivalent size."""
    point = run.at(budget)
    spec = narrowed(run.task.network, point.weights)
    taught = objective(run.start_network.network(), run.task.data.train, point.settings)
    return train_dense(point, spec, objective=taught)
