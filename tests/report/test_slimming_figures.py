"""The figures of slimming, from made-up records: what is drawn and told is what stands there."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from brainside.analysis.readings import Tables
from brainside.report.figures import error_by_size, proxy, slimming_path

TASKS = ["cifar10/slim", "fashion/slim-lenet5"]
TITLES = {"autoslim": "AutoSlim", "random-slim": "random widths"}


def tables(rows: list[dict], methods: list[str]) -> Tables:
    titles = {task: {m: TITLES[m] for m in methods} for task in TASKS}
    return Tables("paper", titles, methods, methods, {"rows": pd.DataFrame(rows)})


def paths(seeds: int = 2) -> list[dict]:
    """Two layers of 24 and 48 channels; the first loses groups, then the second."""
    steps = [(24, 48), (22, 48), (20, 48), (20, 44), (20, 40)]
    return [
        {"task": TASKS[0], "method": "autoslim", "seed": seed, "budget": budget,
         "path": ";".join(f"{a} {b}" for a, b in steps[:n]),
         "path_multiply_adds": " ".join(str(a * b) for a, b in steps[:n])}
        for seed in range(seeds) for budget, n in ((0.9, 3), (0.7, 5))
    ]  # fmt: skip


NEAR = [0.25, 0.249, 0.248, 0.5]


def networks(n: int = 12) -> list[dict]:
    """Three supernets of very different losses, with networks at three near budgets and another."""
    generator = np.random.default_rng(0)
    return [
        {"task": TASKS[0], "method": "random-slim", "seed": i // 4, "budget": NEAR[i % 4],
         "supernet_loss": i // 4 + loss, "valid_error": error}
        for i, (loss, error) in enumerate(generator.uniform(0.1, 0.3, (n, 2)))
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


def test_the_rank_correlation_told_is_that_within_supernets_of_the_networks_drawn():
    frame = pd.DataFrame(networks())
    drawn = proxy.draw(tables(networks(), ["random-slim"]), between=[0.24, 0.26])
    near = frame[frame["budget"] < 0.3]
    columns = ["supernet_loss", "valid_error"]
    each = [spearmanr(*rows[columns].to_numpy().T).statistic for _, rows in near.groupby("seed")]
    told = drawn.axes[0].get_title(loc="left").splitlines()
    assert told[1] == "random widths, n = 9:"
    assert told[2].startswith(f"ρ = {np.mean(each):.2f} [")
    marks = [c for c in drawn.axes[0].collections if len(c.get_offsets())]
    points = np.concatenate([c.get_offsets() for c in marks])
    assert sorted(points[:, 1]) == pytest.approx(sorted(100 * near["valid_error"]))
    assert len({tuple(c.get_facecolor()[0]) for c in marks}) == 3
    named = drawn.axes[0].get_legend_handles_labels()[1]
    assert {f"supernet of seed {seed}" for seed in range(3)} <= set(named)
    assert "random widths (absent)" in drawn.axes[1].get_legend_handles_labels()[1]


def test_of_two_networks_no_correlation_is_told():
    drawn = proxy.draw(tables(networks(2), ["random-slim"]))
    assert drawn.axes[0].get_title(loc="left") == TASKS[0]


def test_networks_of_a_method_that_are_different_ones_are_single_marks():
    rows = [{"task": TASKS[0], "method": method, "seed": seed, "budget": budget, "n": 3,
             "weights": 10 * seed + 1, "multiply_adds": 1000 * budget + seed,
             "checkpoint_bytes": 99 + seed, "test_error": 0.1 + 0.01 * seed}
            for method in TITLES for budget in (0.25, 0.249) for seed in range(3)]  # fmt: skip
    whole = tables(rows, list(TITLES))
    cells = whole.rows.groupby(["task", "method", "budget"], as_index=False).mean(numeric_only=True)
    both = replace(whole, frames={"rows": whole.rows, "summary": cells})
    drawn = error_by_size.draw(both, single=["random-slim"])
    lines = {line.get_label(): line for line in drawn.axes[1].lines}
    joined, single = lines["AutoSlim"], lines["random widths"]
    assert len(joined.get_xdata()) == 2 and joined.get_linestyle() != "None"
    assert len(single.get_xdata()) == 6 and single.get_linestyle() == "None"
