"""Magnitude pruning: drop the weights of least |w| and retrain the survivors in place.

Han, Pool, Tran, Dally (2015), "Learning both weights and connections for efficient neural
networks", section 3. They choose a threshold a layer, a quality times the standard deviation of
the layer's weights; we keep an exact number of weights, so that the quality follows from it
(`ranking: threshold`), or rank over the whole network or in each layer. The regulariser (none, L1,
L2) is the recipe's `l1` and `weight_decay`; without retraining `epochs` is 0.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from brainside.base.errors import Refused
from brainside.base.progress import Progress
from brainside.methods.contract import Task
from brainside.methods.shared.pruning import magnitudes, prune_and_retrain
from brainside.representations.compressed import Compressed

VERSION = 1


def sweep(
    task: Task,
    budgets: Sequence[float],
    *,
    settings: Callable,
    seed: int,
    reference: Compressed,
    resume: Compressed | None,
    progress: Progress,
) -> Iterator[Compressed]:
    """Prune the reference by magnitude.

    Settings: `iterative`, `ranking` (`global`, `layer`, or `threshold` with `sensitivity`, factors
    of the layers' qualities), `scale_dropout`, `remove_dead`, and the recipe.
    """
    return prune_and_retrain(
        task,
        budgets,
        saliency,
        settings=settings,
        seed=seed,
        reference=reference,
        resume=resume,
        progress=progress,
    )


def saliency(network: nn.Module, chosen: Mapping[str, Any], budget: float) -> dict[str, Tensor]:
    """|w|, or with `ranking: threshold` the least quality at which a weight's layer drops it."""
    if chosen["ranking"] == "threshold":
        return qualities(magnitudes(network), chosen.get("sensitivity", {}))
    return magnitudes(network)


def qualities(
    sizes: dict[str, Tensor], sensitivity: Mapping[str | int, float]
) -> dict[str, Tensor]:
    """|w| in units of its layer's threshold: factor × standard deviation of the weights left.

    Whoever keeps the k largest of these over the whole network has found the one quality, common
    to all layers, whose thresholds keep k weights (section 3, before 3.1 on regularisation).
    `sensitivity` has factors, 1 where there is none, by a weight's name or place. Raises Refused
    for a name or place that the network lacks.
    """
    names = {key: name for place, name in enumerate(sizes) for key in (name, place, str(place))}
    unknown = [key for key in sensitivity if key not in names]
    if unknown:
        raise Refused(f"sensitivity: no layer {unknown[0]!r}; layers: {', '.join(sizes)}")
    factors = {names[key]: factor for key, factor in sensitivity.items()}
    return {name: s / (_spread(s) * factors.get(name, 1.0)) for name, s in sizes.items()}


def _spread(sizes: Tensor) -> float:
    """The standard deviation of the weights that are left, symmetric as they nearly are."""
    left = sizes[sizes > 0].double()
    return max(float(left.square().mean().sqrt()), 1e-30) if len(left) else 1.0
