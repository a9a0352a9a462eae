"""Layers through linear hubs: W = B A, where the units of A, the hubs, have no activation."""

from collections.abc import Mapping

from torch import Tensor, nn

from brainside.base.errors import Refused
from brainside.networks.layers import without_values


def through_hubs(network: nn.Sequential, hubs: Mapping[str, int]) -> nn.Sequential:
    """The network, a sequence of layers, with two layers in the place of each that `hubs` names.

    `hubs` has numbers of hubs by the name of the weight ("1.weight"). Of a convolution the first
    factor has its kernel, the second one is 1×1. Values are not taken over. Raises Refused for a
    weight that is not a matrix of the network, no hub, or more hubs than inputs or units.
    """
    known = {f"{path}.weight": layer for path, layer in network.named_children()}
    for name, count in hubs.items():
        _check(name, known.get(name), count)
    layers: list[nn.Module] = []
    for name, layer in known.items():
        layers += _pair(layer, hubs[name]) if name in hubs else [layer]
    return nn.Sequential(*layers)


def places(network: nn.Sequential, hubs: Mapping[str, int]) -> dict[str, list[int]]:
    """Where the plain network's layers, by their names, are in the one through hubs: A, then B."""
    found, index = {}, 0
    for path, _ in network.named_children():
        found[path] = list(range(index, index + 1 + (f"{path}.weight" in hubs)))
        index = found[path][-1] + 1
    return found


def factorised(
    network: nn.Sequential, factors: Mapping[str, tuple[Tensor, Tensor]]
) -> nn.Sequential:
    """A network through hubs that has the values of a plain one, but for some layers' factors.

    `factors` has A (hubs, inputs) and B (units, hubs) by the weight's name; biases go to B.
    """
    hubs = {name: len(first) for name, (first, _) in factors.items()}
    made, indices = through_hubs(network, hubs), places(network, hubs)
    state: dict[str, Tensor] = {}
    for name, value in network.state_dict().items():
        path, _, part = name.partition(".")
        if name in factors:
            values = zip(indices[path], factors[name], strict=True)
            state |= {f"{index}.weight": factor for index, factor in values}
        else:
            state[f"{indices[path][-1]}.{part}"] = value
    shapes = {name: value.shape for name, value in made.state_dict().items()}
    made.load_state_dict({name: value.reshape(shapes[name]) for name, value in state.items()})
    return made


def multiplied(
    network: nn.Sequential, plain: nn.Sequential, hubs: Mapping[str, int]
) -> nn.Sequential:
    """Fill the plain network with the values of one through hubs, and the products of factors."""
    indices, values = places(plain, hubs), network.state_dict()
    state: dict[str, Tensor] = {}
    for name, old in plain.state_dict().items():
        path, _, part = name.partition(".")
        if name in hubs:
            first, second = (values[f"{index}.weight"].flatten(1) for index in indices[path])
            state[name] = (second @ first).view(old.shape)
        else:
            state[name] = values[f"{indices[path][-1]}.{part}"]
    plain.load_state_dict(state)
    return plain


def _check(name: str, layer: nn.Module | None, count: int) -> None:
    if not isinstance(layer, nn.Linear | nn.Conv2d) or getattr(layer, "groups", 1) > 1:
        raise Refused(f"hubs: {name} is not a fully connected layer or convolution of the sequence")
    units, inputs = layer.weight.shape[0], layer.weight[0].numel()
    if not (type(count) is int and count > 0):
        raise Refused(f"hubs: {count!r} of layer {name} is not a whole number above zero")
    for most, what in ((inputs, "inputs"), (units, "units")):
        if count > most:
            raise Refused(f"hubs: layer {name} has {most} {what}, fewer than {count} hubs")


def _pair(layer: nn.Module, count: int) -> list[nn.Module]:
    """The two factors of a layer, without initial values: inputs to hubs, hubs to units."""
    if isinstance(layer, nn.Linear):
        first = without_values(nn.Linear, layer.in_features, count, bias=False)
        return [first, without_values(nn.Linear, count, layer.out_features)]
    assert isinstance(layer, nn.Conv2d)
    kernel = without_values(
        nn.Conv2d,
        layer.in_channels,
        count,
        layer.kernel_size,
        stride=layer.stride,
        padding=layer.padding,
        bias=False,
    )
    return [kernel, without_values(nn.Conv2d, count, layer.out_channels, 1)]
