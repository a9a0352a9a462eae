"""Leaderboards: the methods that keep within a limit, by their errors, ties being ties.

Of each method the network with the least validation error within the limit is shown; only then its
test error is looked at. A data set with several tasks has boards of its own, in bytes, for which a
method may choose among the networks of all these tasks.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from brainside.analysis import counted, statistics
from brainside.base.budgets import ratio
from brainside.report.site.points import Point
from brainside.report.tex.latex import percent

SIZES = {"bytes": "bytes", "weights": "stored weights", "multiply_adds": "multiply-adds"}
AXES = tuple(SIZES)
STEPS = (1, 2, 5)  # of the limits in bytes: 1, 2 and 5 times a power of ten
FEWEST = 2  # seeds with which a method has a rank
NAMED = 5  # leaders at most in a sentence
WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
Compare = Callable[[int, int], bool]  # of two points by their numbers
Titles = Mapping[str, Mapping[str, str]]  # of the methods, by task


@dataclass(frozen=True)
class Board:
    """A leaderboard of a task, or of a data set with several.

    `rows` are the points' numbers with their ranks, the best first; what has one seed has no rank.
    """

    task: str
    axis: str
    limit: float
    label: str
    rows: list[tuple[int, int | None]]


def boards(points: list[Point], datasets: Mapping[str, str]) -> Iterator[Board]:
    """Every board of every data set and task, by axis, the tightest limit last.

    `datasets` are those of the tasks.
    """
    compare = _comparison(points)
    for name, tasks, axes in _places(points, datasets):
        numbers = [number for number, point in enumerate(points) if point.task in tasks]
        for axis in axes:
            for limit, label in _limits([points[number] for number in numbers], axis):
                chosen = _chosen(points, numbers, axis, limit)
                yield Board(name, axis, limit, label, _ranked(points, chosen, compare))


def _places(
    points: list[Point], datasets: Mapping[str, str]
) -> Iterator[tuple[str, Collection[str], Collection[str]]]:
    """What has boards, its tasks and its axes: each data set with several tasks, then its tasks."""
    tasks_of: dict[str, dict[str, None]] = {}  # ordered sets
    for point in points:
        tasks_of.setdefault(datasets[point.task], {})[point.task] = None
    for dataset, tasks in tasks_of.items():
        if len(tasks) > 1:
            yield dataset, tasks, ("bytes",)
        yield from ((task, (task,), AXES) for task in tasks)


def _limits(points: list[Point], axis: str) -> Iterator[tuple[float, str]]:
    """Limits and their names: bytes in round numbers, else the task's shares of the reference."""
    sizes = [point.sizes[axis] for point in points if axis in point.sizes]
    if axis == "bytes":
        yield from ((limit, _bytes(limit)) for limit in _round(min(sizes), max(sizes)))
        return
    references = [p for p in points if (p.method, p.budget, p.file) == ("reference", 1, "")]
    for budget in sorted({point.budget for point in points}, reverse=True) if references else ():
        # 1e-9: a budget's last digit must not decide.
        limit = budget * references[0].sizes[axis] * (1 + 1e-9)
        if any(size <= limit for size in sizes):
            yield limit, f"{ratio(budget)} of the reference's"


def _bytes(limit: float) -> str:
    return f"{limit / 1e6:g} MB" if limit >= 1e6 else f"{limit / 1000:g} KB"


def _round(low: float, high: float) -> list[float]:
    """Round numbers that are at least the smallest size, down from the first above the largest."""
    decades = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    numbers = [float(step * 10**power) for power in decades for step in STEPS]
    last = min(number for number in numbers if number >= high)
    return [number for number in reversed(numbers) if low <= number <= last]


def _chosen(points: list[Point], numbers: Iterable[int], axis: str, limit: float) -> list[int]:
    """Of each method the point within the limit that validation images like best."""
    best: dict[str, int] = {}
    for number in numbers:
        point = points[number]
        if point.sizes.get(axis, np.inf) <= limit:
            now = best.setdefault(point.method, number)
            if _merit(point, axis) < _merit(points[now], axis):
                best[point.method] = number
    return list(best.values())


def _merit(point: Point, axis: str) -> tuple[float, float]:
    return point.valid_error, point.sizes[axis]


def _ranked(
    points: list[Point], chosen: list[int], compare: Compare
) -> list[tuple[int, int | None]]:
    """Points with their ranks: one more than the number of those that err certainly less.

    Of a single seed nothing is certain: it comes last, without a rank.
    """
    several = [a for a in chosen if points[a].n >= FEWEST]
    ranks = {a: 1 + sum(compare(b, a) for b in several if b != a) for a in several}

    def place(a: int) -> tuple[float, float, int]:
        """What a point is sorted by: rank, then error."""
        return ranks.get(a, np.inf), points[a].error.mean, a

    return [(a, ranks.get(a)) for a in sorted(chosen, key=place)]


def _comparison(points: list[Point]) -> Compare:
    """The function that compares two points by their numbers; no pair is compared twice.

    `less` says whether one errs less than another: their paired difference's 95 % interval is below
    zero. Paired by seed and test image where both are stored as evaluated, by seed where one is
    coded.
    """
    mistakes = cache(lambda number, seeds: counted.counted(_stacked(points[number], seeds)))
    errors = cache(lambda number, seeds: _stacked(points[number], seeds).mean(1))

    @cache
    def less(a: int, b: int) -> bool:
        """Whether point `a` errs certainly less than point `b`."""
        ours, theirs = points[a], points[b]
        seeds = tuple(sorted(set(ours.wrong) & set(theirs.wrong)))
        if len(seeds) < 2 or ours.error.mean >= theirs.error.mean:
            return False
        if _by_image(ours) and _by_image(theirs):
            return counted.difference(mistakes(a, seeds), mistakes(b, seeds)).high < 0
        return statistics.interval(errors(a, seeds) - errors(b, seeds)).high < 0

    return less


def _stacked(point: Point, seeds: Iterable[int]) -> np.ndarray:
    return np.stack([point.wrong[seed] for seed in seeds])


def _by_image(point: Point) -> bool:
    """Whether a point has its mistakes on every test image, and not the error alone."""
    return not point.file


def shown(board: Board, points: list[Point], titles: Titles) -> dict[str, Any]:
    """A board as the page has it."""
    return {"task": board.task, "axis": board.axis, "limit": int(f"{board.limit:.0f}"),
            "label": board.label, "rows": [list(row) for row in board.rows],
            "leaders": leaders(board, points, titles)}  # fmt: skip


def leaders(board: Board, points: list[Point], titles: Titles) -> list[str]:
    """The methods of rank 1 as a sentence: its parts, of which every second one is a title.

    Nothing where no method has a rank.
    """
    first = [points[row] for row, rank in board.rows if rank == 1]
    if not first:
        return []
    parts = [_predicate(board, len(first), titles)]
    for point in first[:NAMED]:
        where = "" if point.task == board.task else f" on {point.task}"
        parts += [titles[point.task][point.method], f" ({percent(point.error.mean)} %{where}), "]
    more = f" and {_number(len(first) - NAMED)} more." if len(first) > NAMED else "."
    return [*parts[:-1], parts[-1].removesuffix(", ") + more]


def _predicate(board: Board, many: int, titles: Titles) -> str:
    place = board.task if board.task in titles else f"{board.task}, with any network"
    within = f"in files of at most {board.label}"
    if board.axis != "bytes":
        share = board.label.removeprefix("1 of ")  # the whole of it
        within = f"with at most {share} {SIZES[board.axis]}"
    if many == 1:
        return f"On {place}, one method errs least {within}: "
    return (f"On {place}, {_number(many)} methods err least {within}; "
            "the records do not tell them apart: ")  # fmt: skip


def _number(many: int) -> str:
    return WORDS[many] if many < len(WORDS) else str(many)


def first(all_boards: list[Board]) -> Board | None:
    """The board to open with: the tightest limit in bytes that more than half the methods keep.

    It is of the task or data set of the first board, whose methods are those of its longest board.
    """
    ours = [b for b in all_boards if b.task == all_boards[0].task and b.axis == "bytes"]
    most = max((len(board.rows) for board in ours), default=0)
    wide = [board for board in ours if 2 * len(board.rows) > most]
    return min(wide, key=lambda board: board.limit, default=None)
