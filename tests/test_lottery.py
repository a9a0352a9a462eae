"""Tickets: rewound to exactly the initial weights, and controls that share their masks."""

import pytest
import torch
from conftest import recipe, tiny_task
from test_pruning import trained_reference

from brainside.errors import Refused
from brainside.methods import frankle2019lottery as lottery
from brainside.methods import pruning
from brainside.methods.reference import initial
from brainside.progress import Progress
from brainside.representations import masks_of, of_dense, split

BUDGETS = [0.8, 0.64, 0.512]
DEEP = {"name": "mlp", "sizes": [16, 12, 8, 3]}


def chosen(**changes):
    return recipe(**{"epochs": 2, "ranking": "global", **changes})


def own(progress: Progress, name: str) -> Progress:
    """A sweep of its own, with a folder for what it keeps."""
    return Progress(name, progress.folder / name)


def run(method, task, progress, budgets=BUDGETS, *, base=None, resume=None, **changes):
    base = base or trained_reference(task, progress.at("reference"))
    return list(method(task, budgets, settings=lambda _: chosen(**changes), seed=3,
                       reference=base, resume=resume, progress=progress))  # fmt: skip


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
    from brainside.methods import reference

    (untrained,) = reference.sweep(task, [1.0], settings=lambda _: recipe(epochs=0), seed=3,
                                   reference=None, resume=None, progress=quiet)  # fmt: skip
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


@pytest.mark.parametrize("start", ["reinitialised", "shuffled"])
def test_a_control_differs_from_its_ticket_in_one_thing_only(quiet, start):
    task = tiny_task(DEEP)
    tickets = run(lottery.sweep, task, own(quiet, "a"))
    controls = run(lottery.control, task, own(quiet, "b"), at=[0.64, 0.512], start=start, epochs=0)
    assert [each.budget for each in controls] == [0.64, 0.512]
    controls = run(lottery.control, task, own(quiet, "d"), at=[0.64], start=start)
    (control,), ticket = controls, tickets[1]
    ours, theirs = masks_of(control), masks_of(ticket)
    counts = [{n: int(m.sum()) for n, m in masks.items()} for masks in (ours, theirs)]
    assert counts[0] == counts[1]
    same = all(torch.equal(ours[n], theirs[n]) for n in ours)
    assert same == (start == "reinitialised")
    assert control.columns["epochs_total"] == ticket.columns["epochs_total"]


def test_reinitialised_weights_are_new_and_shuffled_ones_are_the_first(quiet):
    task = tiny_task(DEEP)
    first = split(initial(task.network, 3))[0]
    for start, same in [("reinitialised", False), ("shuffled", True)]:
        (control,) = run(lottery.control, task, own(quiet, start), at=[0.64], start=start, epochs=0)
        masks, found = masks_of(control), split(control.network())[0]
        assert all(torch.equal(found[n], first[n] * masks[n]) == same for n in found)


def test_a_control_that_was_killed_goes_on_from_the_tickets_it_had(quiet, monkeypatch):
    task = tiny_task(DEEP)
    base = trained_reference(task, quiet.at("reference"))
    given = {"at": [0.64, 0.512], "start": "shuffled"}
    whole = run(lottery.control, task, own(quiet, "whole"), base=base, **given)
    killed = own(quiet, "killed")
    run(lottery.control, task, killed, BUDGETS[:2], base=base, **given)
    trained = []
    monkeypatch.setattr(lottery, "_ticket", lambda *a: trained.append(a) or _real(*a))
    again = run(lottery.control, task, killed, [0.512], base=base, resume=whole[0], **given)
    assert split(again[0].network())[0].keys() == split(whole[1].network())[0].keys()
    for name, weight in split(again[0].network())[0].items():
        assert torch.equal(weight, split(whole[1].network())[0][name])
    assert len(trained) == 1 and again[0].columns == whole[1].columns
    with pytest.raises(Refused, match="is gone"):
        lost = own(quiet, "lost")
        run(lottery.control, task, lost, [0.512], base=base, resume=whole[0], **given)


_real = lottery._ticket


def test_an_unknown_start_is_refused(quiet):
    with pytest.raises(Refused, match="'fresh' is not known"):
        run(lottery.control, tiny_task(DEEP), quiet, at=[0.8], start="fresh", epochs=0)


def test_a_dense_start_is_not_changed_by_making_tickets(quiet):
    task = tiny_task(DEEP)
    network = initial(task.network, 3)
    start = of_dense(network, task.network, budget=1.0, epochs_total=0, diverged=False)
    before = {name: w.clone() for name, w in start.weights.items()}
    run(lottery.sweep, task, quiet, base=start, epochs=1)
    assert all(torch.equal(before[name], w) for name, w in start.weights.items())
