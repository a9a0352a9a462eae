"""A coding job: checkpoints encoded with every codec, decoded again, and evaluated."""

import csv
import io
import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from brainside.archive import records
from brainside.archive.checkpoints import checked_bytes
from brainside.base import keys
from brainside.base.budgets import tag
from brainside.base.files import write_whole
from brainside.base.paths import STATE
from brainside.base.progress import Progress
from brainside.base.seeds import derive
from brainside.coding import bounds, codec, nnr, quantising
from brainside.coding.level_training import retrained
from brainside.coding.matrices import Layer
from brainside.coding.order import reordered
from brainside.coding.settings import Nnr, Setting
from brainside.jobs.inputs import settings_of_sweep
from brainside.methods.contract import Task, open_task
from brainside.representations import checkpoint
from brainside.representations.compressed import Compressed
from brainside.study.codings import Coding
from brainside.training.evaluation import evaluate
from brainside.training.machine import prepare

COLUMNS = (
    "study", "task", "method", "budget", "seed", "key", "row_key", "codec", "setting",
    "bytes", "position_bytes", "value_bytes", "weights", "reference_weights", "bits_per_weight",
    "density_bound_bytes", "margins_bound_bytes", "symbols_bound_bytes",
    "valid_error", "test_error", "valid_loss", "test_loss", "checkpoint_sha256",
    "layer_names", "layer_entries", "layer_weights", "layer_position_bytes", "layer_value_bytes",
)  # fmt: skip
OF_WEBGRAPH = ("streams_bound_bytes",)  # last, and only where a codec has it


def run(coding: Coding) -> None:
    """Encode the checkpoints of a sweep and write one row per checkpoint, codec and setting.

    Raises Refused where a checkpoint is missing, or is not the one of its record.
    """
    prepare()
    write_whole(coding.path, _csv(list(rows_of(coding))))


def rows_of(coding: Coding, *, retraining: bool = True) -> Iterator[dict[str, Any]]:
    """The rows of a coding; without `retraining`, only those of settings that train nothing."""
    sweep = coding.sweep
    task = open_task(sweep.spec["task"], "cpu", coding.inputs()["data"])
    digests = {row["budget"]: row["checkpoint_sha256"] for row in records.read(sweep.path)}
    for budget in coding.budgets:
        compressed = _checkpoint(coding, budget, digests[budget])
        settings = settings_of_sweep(sweep)(budget)
        beside = {
            "study": sweep.study, "task": sweep.task, "method": sweep.method, "budget": budget,
            "seed": sweep.seed, "key": coding.key, "row_key": sweep.row_key(budget),
            "checkpoint_sha256": digests[budget],
        }  # fmt: skip
        for name, text, setting in coding.settings():
            if retraining or not getattr(setting, "retrain", 0):
                row = _row(coding, compressed, task, settings, setting)
                yield {**beside, "codec": name, "setting": text, **row}


def _row(
    coding: Coding,
    compressed: Compressed,
    task: Task,
    settings: dict[str, Any],
    setting: Setting | Nnr,
) -> dict[str, Any]:
    if isinstance(setting, Nnr):
        sizes, decoded = _nnr(compressed, setting)
    else:
        network = quantising.prepared(compressed, setting)
        if setting.retrain:
            network = _retrained(coding, *network, setting, task, settings)
        sizes, decoded = _ours(*network, setting)
    per_weight = 8 * sizes["bytes"] / task.reference_weights
    return {
        **sizes, "bits_per_weight": per_weight,
        "reference_weights": task.reference_weights, **_errors(decoded, task, settings["loss"]),
    }  # fmt: skip


def _ours(
    compressed: Compressed, layers: list[Layer], setting: Setting
) -> tuple[dict[str, Any], Compressed]:
    """Sizes with their bounds, and the network that the bytes decode to."""
    blob = codec.encode(compressed, layers, setting)
    columns = {**codec.sizes(blob), **_kept(layers), **_by_layer(blob, layers)}
    if setting.positions == "webgraph":
        columns["streams_bound_bytes"] = _streams_bound(layers, setting)
    return columns, codec.decode(blob)


def _retrained(
    coding: Coding,
    compressed: Compressed,
    layers: list[Layer],
    setting: Setting,
    task: Task,
    settings: dict[str, Any],
) -> tuple[Compressed, list[Layer]]:
    sweep = coding.sweep
    label = f"{sweep.task} {sweep.method} seed {sweep.seed}, levels"
    seed = derive(sweep.seed, "shared values", tag(compressed.budget))
    progress = Progress(label, STATE / keys.key([coding.key, compressed.budget, asdict(setting)]))
    return retrained(compressed, layers, setting, task.data, settings, seed=seed, progress=progress)


def _nnr(compressed: Compressed, setting: Nnr) -> tuple[dict[str, Any], Compressed]:
    """Sizes and decoded network of NNCodec, whose stream does not tell positions from values."""
    ordered = reordered(compressed, setting.order)
    blob = nnr.encode(ordered, setting)
    decoded = nnr.decode(blob, ordered)
    kept = sum(int(weight.count_nonzero()) for weight in decoded.weights.values())
    return {"bytes": len(blob), "weights": kept}, decoded


def _kept(layers: list[Layer]) -> dict[str, Any]:
    masks = [layer.mask() for layer in layers]
    symbols = sum(bounds.of_symbols(layer) for layer in layers)
    return {
        "weights": sum(len(layer.values) for layer in layers),
        "density_bound_bytes": sum(bounds.of_density(mask) for mask in masks) / 8,
        "margins_bound_bytes": sum(bounds.of_margins(mask) for mask in masks) / 8,
        "symbols_bound_bytes": "" if math.isnan(symbols) else symbols / 8,
    }


def _streams_bound(layers: list[Layer], setting: Setting) -> float:
    """Bytes of WebGraph's own numbers at their entropy; layers that keep everything have none."""
    masks = [mask for mask in (layer.mask() for layer in layers) if not mask.all()]
    return sum(bounds.of_streams(mask, setting.form(), setting.direction) for mask in masks) / 8


def _by_layer(blob: bytes, layers: list[Layer]) -> dict[str, str]:
    """Columns with one number per layer, separated by spaces."""
    sizes = codec.sizes_by_layer(blob)
    columns: dict[str, list[Any]] = {
        "names": [layer.name for layer in layers],
        "entries": [math.prod(layer.shape) for layer in layers],
        "weights": [len(layer.values) for layer in layers],
        "position_bytes": [places for places, _ in sizes],
        "value_bytes": [values for _, values in sizes],
    }
    return {f"layer_{name}": " ".join(map(str, values)) for name, values in columns.items()}


def _errors(decoded: Compressed, task: Task, loss: str) -> dict[str, float]:
    network = decoded.network()
    row: dict[str, float] = {}
    for name in ("valid", "test"):
        found = evaluate(network, getattr(task.data, name), loss)
        row |= {f"{name}_error": found.error, f"{name}_loss": found.loss}
    return row


def _checkpoint(coding: Coding, budget: float, digest: str) -> Compressed:
    """A checkpoint, or the gallery's copy of it."""
    blob = checked_bytes(coding.sweep, budget, digest)
    return checkpoint.decode(blob, budget=budget, where=str(coding.sweep.checkpoint(budget)))


def _csv(rows: list[dict[str, Any]]) -> bytes:
    text = io.StringIO()
    further = [name for name in OF_WEBGRAPH if any(name in row for row in rows)]
    writer = csv.DictWriter(text, [*COLUMNS, *further], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
