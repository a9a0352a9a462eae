"""Alternating repetitions: what is compared is measured in turns, so that drifts hit both."""

import time
from collections.abc import Callable


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def processor_seconds(work: Callable[[], object], *, repetitions: int) -> list[float]:
    """Processor time of calls, after one to warm up: what else runs on the machine is not in it."""
    work()
    found = []
    for _ in range(repetitions):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return found


def ratios(
    first: Callable[[], object], second: Callable[[], object], *, repetitions: int
) -> list[float]:
    """Time of the first over time of the second, after one call of each to warm up."""
    first(), second()
    return [seconds(first) / seconds(second) for _ in range(repetitions)]
