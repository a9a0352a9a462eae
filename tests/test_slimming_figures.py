"""The figures of slimming, from made-up records: what is drawn and told is what stands there."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from brainside.figures import proxy, slimming_path
from brainside.figures.tables import Tables

TASKS = ["cifar10/slim", "fashion/slim-lenet5"]
TITLES = {"autoslim": "AutoSlim", "random-slim": "random widths"}


def tables(rows: list[dict], methods: list[str]) -> Tables:
    titles = {task: {m: TITLES[m] for m in methods} for task in TASKS}
    return Tables("paper", pd.DataFrame(rows), None, None, None, titles, methods, None, "")


def paths(seeds: int = 2) -> list[dict]:
    """Two layers of 24 and 48 channels; the first loses groups, then the second."""
    steps = [(24, 48), (22, 48), (20, 48), (20, 44), (20, 40)]
    return [
        {"task": TASKS[0], "method": "autoslim", "seed": seed, "budget": budget,
         "path": ";".join(f"{a} {b}" for a, b in steps[:n]),
         "path_multiply_adds": " ".join(str(a * b) for a, b in steps[:n])}
        for seed in range(seeds) for budget, n in ((0.9, 3), (0.7, 5))
    ]  # fmt: skip


def networks(n: int = 12) -> list[dict]:
    generator = np.random.default_rng(0)
    errors = generator.uniform(0.1, 0.3, (n, 2))
    return [
        {"task": TASKS[0], "method": "random-slim", "seed": i, "budget": [0.25, 0.249, 0.5][i % 3],
         "supernet_valid_error": a, "valid_error": b} for i, (a, b) in enumerate(errors)
    ]  # fmt: skip


def test_a_path_has_a_line_a_layer_with_the_channels_of_every_step():
    drawn = slimming_path.draw(tables(paths(), ["autoslim"]))
    first = {line.get_label(): line for line in drawn.axes[0].lines}
    second = first["AutoSlim, layer 2"]
    assert list(second.get_ydata()) == [48, 48, 48, 44, 40]
    assert second.get_xdata()[0] == 100
    assert second.get_xdata()[-1] == pytest.approx(100 * 20 * 40 / (24 * 48))
    targets = [line for line in drawn.axes[0].lines if len(set(line.get_xdata())) == 1]
    assert sorted(line.get_xdata()[0] for line in targets) == pytest.approx([70, 90])
    assert "AutoSlim (absent)" in drawn.axes[1].get_legend_handles_labels()[1]


def test_the_rank_correlation_told_is_that_of_the_networks_drawn():
    rows = networks()
    drawn = proxy.draw(tables(rows, ["random-slim"]), between=[0.24, 0.26])
    frame = pd.DataFrame(rows)
    near = frame[frame["budget"] < 0.3]
    columns = ["supernet_valid_error", "valid_error"]
    whole, part = (spearmanr(*each[columns].to_numpy().T).statistic for each in (frame, near))
    told = drawn.axes[0].get_title(loc="left").splitlines()
    assert told[1].startswith(f"random widths: ρ = {whole:.2f} [") and told[1].endswith("n = 12")
    assert told[2].strip().startswith(f"filled: ρ = {part:.2f} [") and told[2].endswith("n = 8")
    points = np.concatenate([c.get_offsets() for c in drawn.axes[0].collections])
    assert sorted(points[:, 1]) == pytest.approx(sorted(100 * frame["valid_error"]))
    assert "random widths (absent)" in drawn.axes[1].get_legend_handles_labels()[1]


def test_of_two_networks_no_correlation_is_told():
    drawn = proxy.draw(tables(networks(2), ["random-slim"]))
    assert drawn.axes[0].get_title(loc="left").splitlines()[1] == "random widths: n = 2"
