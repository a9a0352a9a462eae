"""Cells with several numbers as long tables: what stands in them, and nothing lost."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainside.analysis import long_tables

widths = st.integers(1, 500)
paths = st.integers(1, 4).flatmap(
    lambda layers: st.lists(st.tuples(*[widths] * layers), min_size=1, max_size=5)
)


@given(paths)
def test_every_step_of_a_path_has_the_channels_of_every_layer(steps):
    costs = [int(np.prod(step)) for step in steps]
    record = {"seed": 3, "path": ";".join(" ".join(map(str, step)) for step in steps),
              "path_multiply_adds": " ".join(map(str, costs))}  # fmt: skip
    table = long_tables.slimming_steps(pd.DataFrame([record]))
    assert set(table["seed"]) == {3}
    channels = table.pivot(index="step", columns="layer", values="channels")
    assert channels.to_numpy().tolist() == [list(step) for step in steps]
    assert table.groupby("step")["multiply_adds"].first().tolist() == costs


def test_a_path_with_fewer_costs_than_steps_is_an_error():
    record = {"seed": 0, "path": "2 4;1 4", "path_multiply_adds": "8"}
    with pytest.raises(ValueError):
        long_tables.slimming_steps(pd.DataFrame([record]))


def test_a_coding_has_a_row_per_layer_and_none_if_its_codec_tells_none_apart():
    sizes = {f"layer_{name}": "1 2" for name in long_tables.OF_LAYERS}
    nothing = dict.fromkeys(long_tables.LAYER_CELLS, "")
    codings = pd.DataFrame([
        {"codec": "a", "layer_names": "1.weight 3.weight", **sizes}, {"codec": "b", **nothing},
    ])  # fmt: skip
    table = long_tables.layers(codings, ["codec"])
    assert table["codec"].tolist() == ["a", "a"]
    assert table["layer"].tolist() == ["1.weight", "3.weight"]
    assert all(table[name].tolist() == [1.0, 2.0] for name in long_tables.OF_LAYERS)


def test_a_picture_is_in_units_row_by_row():
    row = {"values": "0 1 2 3 4 5", "unit": 0.5, "height": 2, "width": 3.0}
    assert long_tables.picture(row).tolist() == [[0, 0.5, 1], [1.5, 2, 2.5]]
