"""Tickets: rewound to exactly the initial weights, and controls that share their masks."""

import pytest
import torch
from helpers import tiny
from helpers.pruning import trained_reference
from helpers.tiny import recipe, tiny_task
from hypothesis import given
from hypothesis import strategies as st

from brainside.base.errors import Refused
from brainside.base.progress import Progress
from brainside.methods import frankle2019lottery as lottery
from brainside.methods import reference
from brainside.methods.contract import Start, Starts
from brainside.methods.shared import pruning
from brainside.methods.shared.dense import initial
from brainside.networks.parameters import split
from brainside.representations import checkpoint
from brainside.representations.compressed import Compressed
from brainside.representations.plain import masks_of, of_dense

BUDGETS = [0.8, 0.64, 0.512]
DEEP = {"name": "mlp", "sizes": [16, 12, 8, 3]}


def chosen(**changes):
    return recipe(**{"epochs": 2, "ranking": "global", **changes})


def own(progress: Progress, name: str) -> Progress:
    """A sweep of its own, with a folder for what it keeps."""
    return Progress(name, progress.folder / name)


def run(method, task, progress, budgets=BUDGETS, *, base=None, resume=None, **changes):
    base = base or trained_reference(task, progress.at("reference"))
    start = Starts(base) if isinstance(base, dict) else Start(base)
    return tiny.run(method, task, progress, budgets, chosen(**changes), start=start, resume=resume)


@pytest.mark.parametrize("ranking", ["global", "halved"])
def test_every_ticket_starts_from_exactly_the_initial_weights_of_its_seed(quiet, ranking):
    """Trained for no epoch, a ticket is the masked network of the beginning, in every round."""
    task = tiny_task(DEEP)
    weights, biases = split(initial(task.network, 3))
    for ticket in run(lottery.sweep, task, quiet, epochs=0, ranking=ranking):
        masks, (found, found_biases) = masks_of(ticket), split(ticket.network())
        assert all(torch.equal(found[name], weights[name] * masks[name]) for name in weights)
        assert all(torch.equal(found_biases[name], biases[name]) for name in biases)


def test_the_reference_began_with_the_weights_that_tickets_are_put_back_to(quiet):
    task = tiny_task(DEEP)
    (untrained,) = tiny.run(reference.sweep, task, quiet, [1.0], recipe(epochs=0))
    found = split(untrained.network())[0]
    assert all(torch.equal(w, found[n]) for n, w in split(initial(task.network, 3))[0].items())


def test_masks_are_chosen_by_the_trained_weights_of_the_round_before(quiet):
    task = tiny_task(DEEP)
    start = trained_reference(task, quiet.at("reference"))
    first, second, _ = run(lottery.sweep, task, quiet, base=start)
    for before, after in [(start, first), (first, second)]:
        trained, old, new = split(before.network())[0], masks_of(before), masks_of(after)
        gone = torch.cat([trained[n][old[n] & ~new[n]].abs() for n in new])
        kept = torch.cat([trained[n][new[n]].abs() for n in new])
        assert gone.max() <= kept.min()
        assert all(bool((old[n] | ~new[n]).all()) for n in new)


def test_budgets_are_exact_and_epochs_add_up_over_rounds(quiet):
    task = tiny_task(DEEP)
    for number, ticket in enumerate(run(lottery.sweep, task, quiet, ranking="halved"), start=1):
        kept = sum(int(mask.sum()) for mask in masks_of(ticket).values())
        assert kept == task.stored_weights(ticket.budget)
        assert ticket.columns["epochs_total"] == 2 + 2 * number


def test_the_output_layer_is_pruned_half_as_fast():
    masks = {
        f"{i}.weight": torch.ones(n, dtype=torch.bool) for i, n in enumerate([60000, 9000, 1000])
    }
    for rounds in (1, 5, 10):
        by_hand = [60000 * 0.8**rounds, 9000 * 0.8**rounds, 1000 * 0.9**rounds]
        found = pruning.halved(masks, round(sum(by_hand)))
        assert list(found.values()) == pytest.approx(by_hand, rel=0.01, abs=2)


@given(
    st.lists(st.tuples(st.integers(1, 1000), st.floats(0, 1)), min_size=1, max_size=4), st.data()
)
def test_layers_keep_as_many_as_are_asked_for_whatever_each_has_left(layers, data):
    masks = {f"{i}.weight": torch.arange(n) < round(n * s) for i, (n, s) in enumerate(layers)}
    left = pruning.alive(masks)
    kept = data.draw(st.integers(0, sum(left.values())))
    quota = pruning.halved(masks, kept)
    assert sum(quota.values()) == kept
    assert all(0 <= quota[name] <= left[name] for name in masks)


@pytest.mark.parametrize("start", ["reinitialised", "shuffled"])
def test_a_control_differs_from_its_ticket_in_one_thing_only(quiet, start):
    task = tiny_task(DEEP)
    tickets = by_budget(run(lottery.sweep, task, own(quiet, "a")))
    controls = run(lottery.control, task, own(quiet, "b"), [0.64, 0.512], base=tickets, start=start)
    assert [each.budget for each in controls] == [0.64, 0.512]
    for control in controls:
        ticket = tickets[control.budget]
        ours, theirs = masks_of(control), masks_of(ticket)
        assert all(int(ours[n].sum()) == int(theirs[n].sum()) for n in ours)
        same = all(torch.equal(ours[n], theirs[n]) for n in ours)
        assert same == (start == "reinitialised")
        assert control.columns["epochs_total"] == ticket.columns["epochs_total"]


def test_reinitialised_weights_are_new_and_shuffled_ones_are_the_first(quiet):
    task = tiny_task(DEEP)
    first = split(initial(task.network, 3))[0]
    tickets = by_budget(run(lottery.sweep, task, own(quiet, "tickets"), epochs=0))
    for start, same in [("reinitialised", False), ("shuffled", True)]:
        (control,) = run(lottery.control, task, own(quiet, start), [0.64], base=tickets,
                         start=start, epochs=0)  # fmt: skip
        masks, found = masks_of(control), split(control.network())[0]
        assert all(torch.equal(found[n], first[n] * masks[n]) == same for n in found)


def by_budget(tickets: list[Compressed]) -> dict[float, Compressed]:
    return {ticket.budget: ticket for ticket in tickets}


def test_a_control_reads_the_tickets_of_the_study_and_needs_their_budgets(project):
    """Through files: its masks are those of the stored tickets, whose sweep is in its key."""
    control = project.run("lottery-reinitialised")
    tickets = control.parent
    assert tickets.method == "lottery" and control.spec["reference"] == tickets.key
    for budget in control.budgets:
        ours, theirs = (masks_of(checkpoint.read(s.checkpoint(budget), budget=budget))
                        for s in (control, tickets))  # fmt: skip
        assert all(torch.equal(ours[n], theirs[n]) for n in ours)
    project.config["experiments"][0]["budgets"] = ["1/4"]
    extra = {
        **project.config["experiments"][0],
        "methods": ["lottery-reinitialised"],
        "budgets": ["1/8"],
    }
    project.config["experiments"][0]["methods"] = ["lottery"]
    project.config["experiments"].append(extra)
    with pytest.raises(Refused, match="needs lottery at budget 0.125"):
        project.load()
    project.config["experiments"] = [extra]
    with pytest.raises(Refused, match="no experiment has it on"):
        project.load()


def test_an_unknown_start_is_refused(quiet):
    with pytest.raises(Refused, match="'fresh' is not known"):
        tickets = by_budget(run(lottery.sweep, tiny_task(DEEP), quiet, epochs=0))
        run(lottery.control, tiny_task(DEEP), quiet, base=tickets, start="fresh", epochs=0)


def test_a_dense_start_is_not_changed_by_making_tickets(quiet):
    task = tiny_task(DEEP)
    network = initial(task.network, 3)
    start = of_dense(network, task.network, budget=1.0, epochs_total=0, diverged=False)
    before = {name: w.clone() for name, w in start.weights.items()}
    run(lottery.sweep, task, quiet, base=start, epochs=1)
    assert all(torch.equal(before[name], w) for name, w in start.weights.items())
