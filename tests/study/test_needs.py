"""What jobs ask of a cluster follows from committed costs: their own, or those of their like."""

from pathlib import Path

import pytest
from helpers.project import ROOT

from brainside.study import needs, study
from brainside.study.costs import seconds
from brainside.study.needs import UNKNOWN, Cost
from brainside.study.workflow import audited

HEAD = "s\th:m:s\tmax_rss\tmax_vms\tcpu_time\n"


@pytest.fixture
def paper(monkeypatch):
    monkeypatch.chdir(ROOT)
    return study.load("config/paper")


def write(path: Path, memory: float | str, wall: float) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{HEAD}{wall}\t0:00:01\t{memory}\t1\t{wall}\n", encoding="utf-8")
    return path


def test_from_a_jobs_own_cost_to_that_of_its_data_set(paper, tmp_path, monkeypatch):
    sweep = paper.find("mnist/mlp1000", "magnitude-l2", 0)
    monkeypatch.chdir(tmp_path)
    planned = seconds([sweep], paper)

    def asked() -> Cost:
        return needs.cost(sweep, paper, needs.read_costs())

    assert asked() == Cost(UNKNOWN, planned)
    folder = Path("results/costs/paper/mnist")
    write(folder / "lenet5/han/seed=0.00000000.tsv", 1500, planned + 1)
    assert asked() == Cost(1500, planned + 1)
    write(folder / "mlp1000/obd/seed=0.00000000.tsv", 700, planned / 2)
    assert asked() == Cost(700, planned)  # of a job unlike it, the time is no less than planned
    write(folder / "mlp1000/magnitude-l2.tune.00000000.tsv", 900, planned * 9)
    assert asked() == Cost(700, planned)  # a search is unlike a sweep
    write(folder / "mlp1000/magnitude-l2/seed=3.00000000.tsv", 650, planned * 2)
    write(folder / "mlp1000/magnitude-l2/seed=4.00000000.tsv", 600, planned * 3)
    assert asked() == Cost(650, planned * 3)
    write(sweep.cost, 500, planned * 5)
    assert asked() == Cost(500, planned * 5)
    write(sweep.cost, 500, 1.0)  # as of one that was killed before, and only ended then
    assert asked() == Cost(500, planned)


def test_a_cost_without_a_sample_is_none(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(Path("results/costs/quick/digits/mlp100/reference/seed=0.00000000.tsv"), "-", 0.1)
    Path("results/costs/quick/digits/mlp100/reference/seed=1.00000000.tsv").write_text(
        "", encoding="utf-8"
    )
    assert needs.read_costs() == needs.Costs({}, {})


@pytest.mark.parametrize("attempt", [1, 2, 3])
def test_every_attempt_asks_for_as_much_again(attempt):
    cost = Cost(memory=1000, seconds=600)
    assert needs.megabytes(cost, attempt) == attempt * needs.megabytes(cost)
    assert needs.minutes(cost, attempt) == attempt * needs.minutes(cost)


def test_every_archived_job_would_have_lived_with_what_is_asked_for_it(paper):
    costs = needs.read_costs()
    done = [job for job in (*paper.everything, *paper.searches) if job.cost in costs.of_job]
    assert len(done) > 600
    for job in done:
        took, asked = costs.of_job[job.cost], needs.cost(job, paper, costs)
        assert needs.megabytes(asked) * 1e6 > took.memory * 2**20
        assert needs.minutes(asked) * 60 > took.seconds


def test_without_its_own_cost_nearly_every_archived_job_would_have_lived(paper):
    """What is asked for a new job: leave the cost of one job out, and it fits all the same."""
    costs = needs.read_costs()
    done = [s for s in paper.everything if s.cost in costs.of_job][::12]
    killed = []
    for sweep in done:
        others = {path: cost for path, cost in costs.of_job.items() if path != sweep.cost}
        asked = needs.cost(sweep, paper, needs.by_kind(others))
        took = costs.of_job[sweep.cost]
        if needs.megabytes(asked) * 1e6 < took.memory * 2**20:
            killed.append(sweep)
    assert len(killed) < 0.05 * len(done)


def test_the_audit_asks_for_the_largest_jobs_side_by_side():
    folder = Path("results/costs/paper/mnist/mlp1000/obd")
    costs = needs.by_kind({folder / f"seed={n}.00000000.tsv": Cost(100 * n, 60) for n in (1, 2, 3)})
    assert needs.of_audit(5, 2, costs) == Cost(600, 2 * 60 + 3 * 60 / 2)  # of three there are
    assert needs.of_audit(1, 8, costs) == Cost(300, 2 * 60 + 60 / 8)
    assert needs.of_audit(5, 2, needs.by_kind({})) == Cost(2 * UNKNOWN, 0)


@pytest.mark.parametrize(
    "said, count", [({}, 5), ({"sample": 7}, 7), ({"fraction": 0.5}, 50), ({"only": "a/b/c/0"}, 1)]
)
def test_the_audits_sample_is_counted_as_the_command_line_says(said, count):
    assert audited(said, 100) == count


def test_codings_ask_for_what_their_sweep_asks(paper):
    from brainside.study.codings import codings

    costs = needs.read_costs()
    for coding in codings(paper):
        assert needs.cost(coding, paper, costs) == needs.cost(coding.sweep, paper, costs)


def test_no_sweep_that_goes_with_others_is_waited_for_by_another(paper):
    costs = needs.read_costs()
    short = needs.short(paper.everything, paper, costs)
    assert len(short) > 20
    jobs = {sweep.path: sweep for sweep in paper.everything}
    assert all(needs.cost(jobs[path], paper, costs).seconds < needs.SHORT for path in short)
    read = {path for job in (*paper.everything, *paper.searches) for path in job.inputs().values()}
    assert not short & read
