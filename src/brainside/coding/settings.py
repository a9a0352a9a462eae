"""The settings of codecs, and how a config's entries are expanded into them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from itertools import product
from typing import Any

from brainside.base.errors import Refused
from brainside.coding.webgraph.format import Format

CHOICES = {
    "positions": ("list", "bitmap", "csr16", "csr32", "relative5", "relative8",
                  "relative5-huffman", "relative8-huffman", "zeta", "webgraph", "adaptive"),
    "direction": ("inputs", "outputs"),
    "values": ("float32", "float16", "bfloat16", "kmeans", "uniform", "subset-sum"),
    "entropy": ("fixed", "huffman", "adaptive"),
    "biases": ("float32", "float16", "bfloat16", "small"),
    "dead_biases": ("stored", "zero"),
    "order": ("stored", "degree", "first", "similarity", "bisection"),
    "wrap": ("none", "zstd", "lzma"),
    "scale": ("equal", "spread"),
    "levels": ("multiples", "means"),
}  # fmt: skip
MOST, MOST_EPOCHS = 1000, 100_000  # as the schema of recipes has them


@dataclass(frozen=True)
class Setting:
    """How our codec writes positions, values and biases.

    `entropy` is the code of shared values' symbols. k-means has 2^`value_bits` levels
    (2^`conv_bits` in convolutions), a subset sum `value_bits` candidates. Uniform levels are
    multiples of `step` (with the scale `spread`, of `step` times the layer's root mean square), or
    with `means` the means of the weights that share a multiple; `tradeoff` is λ of rate against
    distortion. Shared values are trained for `retrain` epochs at `rate`. With `dead_biases` zero,
    hidden units whose outputs no weight reads lose their bias; as this is done before quantising,
    units that coarse levels leave unread keep theirs. `order` sorts hidden units, and `wrap`
    compresses each part with a general compressor. Positions `webgraph` list the inputs of each
    unit, or the outputs of each input (`direction`), with the `window`, `chain`, `interval` and
    `zeta_k` of a `Format`. Raises Refused when a field does not fit.
    """

    positions: str = "adaptive"
    direction: str = "inputs"
    window: int = Format.window
    chain: int = Format.chain
    interval: int = Format.interval
    zeta_k: int = Format.zeta_k
    values: str = "float32"
    entropy: str = "adaptive"
    value_bits: int = 5
    conv_bits: int = 8
    step: float = 0.05
    scale: str = "equal"
    levels: str = "multiples"
    tradeoff: float = 0.0
    retrain: int = 0
    rate: float = 0.001
    biases: str = "float32"
    dead_biases: str = "stored"
    order: str = "stored"
    wrap: str = "none"

    def __post_init__(self) -> None:
        """Refuse values that do not fit."""
        for name, choices in CHOICES.items():
            if getattr(self, name) not in choices:
                raise Refused(f"{name} {getattr(self, name)!r} is not one of {', '.join(choices)}")
        if not (1 <= self.value_bits <= 12 and 1 <= self.conv_bits <= 12):
            raise Refused("value_bits and conv_bits must be from 1 to 12")
        if not (0 < self.step <= MOST and 0 < self.rate <= MOST and 0 <= self.tradeoff <= MOST):
            raise Refused(f"step and rate must be above 0, tradeoff at least 0, and {MOST} at most")
        if not 0 <= self.retrain <= MOST_EPOCHS:
            raise Refused(f"retrain must be from 0 to {MOST_EPOCHS:,}")
        if self.retrain and not self.shares:
            raise Refused(f"values {self.values} are not shared: there is nothing to retrain")
        self.form()  # refuses what is out of range

    def form(self) -> Format:
        """The BV format that positions `webgraph` are written in."""
        return Format(self.window, self.chain, self.interval, self.zeta_k)

    @property
    def shares(self) -> bool:
        """Whether weights share values."""
        return self.values in ("kmeans", "uniform")


@dataclass(frozen=True)
class Nnr:
    """How NNCodec writes a network.

    `qp` and `nonweight_qp` are its quantisation parameters of weights and of biases, `use_dq` says
    whether it quantises with a trellis. It gets the hidden units in `order`, as our codec does.
    Raises Refused when the order is unknown, or a parameter out of range.
    """

    qp: int = -32
    use_dq: bool = True
    nonweight_qp: int = -75
    order: str = "stored"

    def __post_init__(self) -> None:
        """Refuse values that do not fit."""
        if self.order not in CHOICES["order"]:
            raise Refused(f"order {self.order!r} is not one of {', '.join(CHOICES['order'])}")
        for name in ("qp", "nonweight_qp"):
            if not -128 <= getattr(self, name) <= 127:  # a byte of its stream
                raise Refused(f"{name} {getattr(self, name)} is not from -128 to 127")


KINDS: dict[str, type[Setting] | type[Nnr]] = {"ours": Setting, "nnr": Nnr}


def expanded(codec: str, entry: Mapping[str, Any]) -> Iterator[tuple[str, Setting | Nnr]]:
    """Expand a config's entry for a codec into settings; a list stands for each of its values.

    Yields every combination, after the text that tells it from the codec's others. Raises Refused,
    naming the codec, when a field is unknown or does not fit, or a list is empty or has a value
    twice.
    """
    given = {name: value for name, value in entry.items() if name != "kind"}
    varied = [name for name, value in given.items() if isinstance(value, list)]
    for name in varied:
        if not given[name]:
            raise Refused(f"codec {codec}: {name}: the list is empty; leave it out or give a value")
        if twice := [value for value in given[name] if given[name].count(value) > 1]:
            raise Refused(f"codec {codec}: {name}: {twice[0]!r} appears twice; keep one")
    for values in product(*(given[name] for name in varied)):
        chosen = dict(zip(varied, values, strict=True))
        try:
            setting = _setting(entry.get("kind", "ours"), {**given, **chosen})
        except Refused as error:
            raise Refused(f"codec {codec}: {error}") from None
        yield " ".join(f"{name}={value}" for name, value in chosen.items()), setting


def _setting(kind: str, given: Mapping[str, Any]) -> Setting | Nnr:
    if kind not in KINDS:
        raise Refused(f"kind {kind!r} is not one of {', '.join(KINDS)}")
    types = {field.name: type(field.default) for field in fields(KINDS[kind])}
    for name, value in given.items():
        if name not in types:
            raise Refused(f"unknown field {name!r}; known: {', '.join(types)}")
        if type(value) is not types[name] and (type(value), types[name]) != (int, float):
            raise Refused(f"{name}: {value!r} is not of type {types[name].__name__}")
    return KINDS[kind](**given)
