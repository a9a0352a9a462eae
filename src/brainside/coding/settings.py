"""What a codec is asked to do, as a config says it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from brainside.base.errors import Refused

CHOICES = {
    "positions": ("list", "bitmap", "csr16", "csr32", "relative5", "relative8",
                  "relative5-huffman", "relative8-huffman", "zeta", "adaptive"),
    "values": ("float32", "float16", "bfloat16", "kmeans", "uniform"),
    "entropy": ("fixed", "huffman", "adaptive"),
    "biases": ("float32", "float16", "bfloat16", "small"),
    "order": ("stored", "degree", "first", "similarity"),
    "wrap": ("none", "zstd", "lzma"),
    "scale": ("equal", "spread"),
    "levels": ("multiples", "means"),
}  # fmt: skip


@dataclass(frozen=True)
class Setting:
    """How positions, values and biases are coded.

    `entropy` codes the symbols of shared values. k-means shares among 2^`value_bits` levels
    (2^`conv_bits` in convolutions). Uniform values are multiples of `step` (`spread`: of `step`
    times the layer's root mean square), or the `means` of the weights that would get one;
    `tradeoff` is λ of the rate against the distortion. `retrain` is how many epochs shared values
    are trained, at `rate`; `order` sorts hidden units, `wrap` compresses each part with a general
    compressor. Raises Refused where a field does not fit.
    """

    positions: str = "adaptive"
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
    order: str = "stored"
    wrap: str = "none"

    def __post_init__(self) -> None:
        """Refuse what does not fit."""
        for name, choices in CHOICES.items():
            if getattr(self, name) not in choices:
                raise Refused(f"{name} {getattr(self, name)!r} is none of {', '.join(choices)}")
        if not (1 <= self.value_bits <= 12 and 1 <= self.conv_bits <= 12):
            raise Refused("value_bits and conv_bits are from 1 to 12")
        if not (self.step > 0 and self.rate > 0 and self.tradeoff >= 0 and self.retrain >= 0):
            raise Refused("step and rate are above 0, tradeoff and retrain not below")
        if self.retrain and not self.shares:
            raise Refused(f"values {self.values} are not shared: there is nothing to retrain")

    @property
    def shares(self) -> bool:
        """Whether values are shared."""
        return self.values in ("kmeans", "uniform")


@dataclass(frozen=True)
class Nnr:
    """NNCodec's quantisation parameters of weights and of biases, and whether it takes a trellis.

    It gets the network with its hidden units in `order`, which is as free to it as to us. Raises
    Refused where the order is unknown.
    """

    qp: int = -32
    use_dq: bool = True
    nonweight_qp: int = -75
    order: str = "stored"

    def __post_init__(self) -> None:
        """Refuse what does not fit."""
        if self.order not in CHOICES["order"]:
            raise Refused(f"order {self.order!r} is none of {', '.join(CHOICES['order'])}")


KINDS = {"ours": Setting, "nnr": Nnr}


def expanded(codec: str, entry: Mapping[str, Any]) -> Iterator[tuple[str, Setting | Nnr]]:
    """The settings of a config's codec: a list stands for each of its values, all combined.

    Yields the text that tells a setting from the codec's others, and the setting. Raises Refused,
    naming the codec, where a field is unknown or does not fit.
    """
    given = {name: value for name, value in entry.items() if name != "kind"}
    varied = [name for name, value in given.items() if isinstance(value, list)]
    for values in product(*(given[name] for name in varied)):
        chosen = dict(zip(varied, values, strict=True))
        try:
            setting = KINDS[entry.get("kind", "ours")](**{**given, **chosen})
        except (Refused, TypeError, KeyError) as error:
            raise Refused(f"codec {codec}: {error}") from None
        yield " ".join(f"{name}={value}" for name, value in chosen.items()), setting
