"""The archive and its audit: whatever is altered in it is found and named."""

import hashlib
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from helpers.project import accept_everything, of, regenerate, relabel, rewrite
from helpers.tampering import exchange_two_seeds, findings, flip_digit

from brainside.archive import manifest
from brainside.archive.checkpoints import gallery_copy
from brainside.archive.gallery import gallery, write_gallery
from brainside.archive.superseded import remove, superseded
from brainside.audit.consistency import counts
from brainside.audit.decoding import decode
from brainside.base.errors import Refused
from brainside.base.files import write_whole
from brainside.base.paths import AUDIT_LOG
from brainside.jobs import plotdata as plots
from brainside.study import study
from brainside.study.plotdata import plotdata


def test_an_untouched_archive_has_nothing_wrong(whole):
    assert findings(whole) == []


def test_the_lines_of_the_log_that_the_manifest_has_are_counted(whole):
    lines = [b"date,draw\n", b"2026-11-29,1\n", b"2026-11-30,2\n"]
    write_whole(AUDIT_LOG, b"".join(lines))
    for count in (1, 2, 3):
        digest = hashlib.sha256(b"".join(lines[:count])).hexdigest()
        assert manifest.entered_lines(digest) == count
    assert manifest.entered_lines(hashlib.sha256(b"another").hexdigest()) == 0


def test_decoding_gives_the_errors_of_the_records_from_checkpoints_and_gallery(whole):
    lines = list(decode(whole))
    assert all(agrees for _, agrees in lines)
    # Two references and two trajectories of two budgets; the gallery has seed 0 at 1 and 1/4.
    assert len(lines) == 2 + 4 + 2


def flip_mistake(whole):
    path = of(whole, "magnitude", 0).path.with_suffix(".mistakes")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("A", "B", 1), encoding="utf-8")
    return path


def flip_bit_of_a_checkpoint(whole):
    path = of(whole, "magnitude", 1).checkpoint(0.25)
    blob = bytearray(path.read_bytes())
    blob[-1] ^= 1
    path.write_bytes(blob)
    return path


def checkpoint_from_another_sweep(whole):
    path = of(whole, "magnitude", 1).checkpoint(0.25)
    shutil.copy(of(whole, "magnitude", 0).checkpoint(0.25), path)
    return path


def damage_the_gallery(whole):
    path = gallery_copy(of(whole, "magnitude", 0).checkpoint(0.25))
    path.write_bytes(path.read_bytes()[:-20])
    return path


def edit_a_number_of_the_report(whole):
    path = Path("paper/generated/quick/numbers.tex")
    path.write_text(
        path.read_text(encoding="utf-8").replace(r"/n}{2}", r"/n}{5}", 1), encoding="utf-8"
    )
    return path


def edit_a_table(whole):
    path = Path("results/tables/quick/summary.csv")
    path.write_text(
        path.read_text(encoding="utf-8").replace("magnitude", "magic", 1), encoding="utf-8"
    )
    return path


def edit_a_claim(whole):
    path = Path("results/tables/quick/claims.csv")
    rewrite(path, lambda f: f.assign(ours="magnitude minus reference: -9.99 [-10.00, -9.98]"))
    return path


def edit_a_verdict_of_the_report(whole):
    path = Path("paper/generated/quick/numbers.tex")
    verdict = pd.read_csv("results/tables/quick/claims.csv")["verdict"][0]
    path.write_text(
        path.read_text(encoding="utf-8").replace(
            f"/verdict}}{{{verdict}}}", "/verdict}{holds here}"
        ),
        encoding="utf-8",
    )
    return path


def add_a_table(whole):
    path = Path("paper/generated/quick/table_mine.tex")
    path.write_text("100\n", encoding="utf-8")
    return path


def forge_the_manifest(whole):
    path = of(whole, "magnitude", 0).path
    text = manifest.MANIFEST.read_text(encoding="utf-8")
    digest = manifest.read_manifest()[str(path)]
    manifest.MANIFEST.write_text(text.replace(digest, digest[::-1]), encoding="utf-8")
    return path


def remove_a_row(whole):
    path = of(whole, "magnitude", 0).path
    rewrite(path, lambda f: f.drop(index=1))
    return path


def swap_the_seed(whole):
    path = of(whole, "magnitude", 0).path
    rewrite(path, lambda f: f.assign(seed="1"))
    return path


def copy_from_another_seed(whole):
    source, target = of(whole, "magnitude", 0), of(whole, "magnitude", 1)
    relabel(source, target, source.path, source.path.with_suffix(".mistakes"))
    return target.path


def copy_mistakes_from_another_seed(whole):
    """Error and mistakes are another seed's, all else is left: no checkpoint tells, at first."""
    source, target = of(whole, "magnitude", 0), of(whole, "magnitude", 1)
    shutil.copy(source.path.with_suffix(".mistakes"), target.path.with_suffix(".mistakes"))
    errors = pd.read_csv(source.path, dtype=str)["test_error"]
    rewrite(target.path, lambda f: f.assign(test_error=errors))
    return target.path


def forge_the_spec(whole):
    path = of(whole, "magnitude", 0).path.with_suffix(".json")
    path.write_text(
        path.read_text(encoding="utf-8").replace('"momentum": 0.9', '"momentum": 0.8'),
        encoding="utf-8",
    )
    return path


def add_a_stale_record(whole):
    record = of(whole, "magnitude", 0).path
    path = record.with_name("seed=0.00000000.csv")
    shutil.copy(record, path)
    return path


def rename_to_a_stale_key(whole):
    """A record as an older config would have it, in the place of the current one."""
    path = of(whole, "magnitude", 0).path
    for ending in (".csv", ".json", ".mistakes"):
        stale = path.with_name("seed=0.00000000.csv").with_suffix(ending)
        path.with_suffix(ending).rename(stale)
    return stale.with_suffix(".csv")


def delete_a_record(whole):
    path = of(whole, "magnitude", 0).path
    path.unlink()
    return path


@pytest.mark.parametrize(
    "tamper",
    [
        flip_digit, flip_mistake, flip_bit_of_a_checkpoint, checkpoint_from_another_sweep,
        damage_the_gallery, edit_a_number_of_the_report, edit_a_verdict_of_the_report, edit_a_table,
        edit_a_claim, add_a_table, remove_a_row, swap_the_seed, exchange_two_seeds,
        copy_from_another_seed, copy_mistakes_from_another_seed, forge_the_spec, forge_the_manifest,
        add_a_stale_record, rename_to_a_stale_key, delete_a_record,
    ],
)  # fmt: skip
def test_tampering_is_found_and_its_place_named(whole, tamper):
    path = tamper(whole)
    assert any(str(path) in line for line in findings(whole))


def test_a_forged_record_is_found_although_tables_and_numbers_follow_it(whole):
    path = flip_digit(whole)
    regenerate(whole)
    assert any(str(path) in line and "manifest" in line for line in findings(whole))
    assert any(str(path) in line and "mistakes" in line for line in findings(whole))


@pytest.mark.parametrize("tamper", [copy_from_another_seed, copy_mistakes_from_another_seed])
def test_a_copied_seed_is_found_although_everything_else_follows_it(whole, tamper):
    path = tamper(whole)
    accept_everything(whole)
    shutil.rmtree("results/checkpoints")
    assert any(str(path) in line and "same" in line for line in findings(whole))


def test_budgets_may_share_a_network_but_not_only_its_digest(whole):
    path = of(whole, "magnitude", 0).path
    everything = {*pd.read_csv(path).columns} - {"budget", "row_key"}
    for columns, found in [
        ({"checkpoint_sha256"}, True),
        (everything - {"valid_loss"}, True),
        (everything, False),
    ]:
        original = path.read_bytes()
        rewrite(path, lambda f, columns=columns: f.assign(**{c: f[c].iloc[-1] for c in columns}))
        assert any("same checkpoint" in line for line in findings(whole)) == found
        path.write_bytes(original)


@pytest.mark.parametrize(("column", "value"), [
    ("valid_error", "0.77"), ("train_loss", "77"), ("nonzero_weights", "77"), ("dead_units", "77"),
])  # fmt: skip
def test_decoding_finds_a_digit_that_no_other_file_tells(whole, column, value):
    path = of(whole, "magnitude", 1).path
    rewrite(path, lambda f: f.assign(**{column: [value, *f[column][1:]]}))
    accept_everything(whole)
    assert findings(whole) == []
    wrong = [text for text, agrees in decode(whole) if not agrees]
    assert len(wrong) == 1 and path.stem in wrong[0] and column in wrong[0]


def test_decoding_makes_plot_data_again(whole):
    job = next(job for job in plotdata(whole) if job.possible)
    text = plots.text(job)
    write_whole(job.path, text.encode())
    assert all(agrees for _, agrees in decode(whole))
    write_whole(job.path, text.replace("1", "2").encode())
    wrong = [line for line, agrees in decode(whole) if not agrees]
    assert len(wrong) == 1 and wrong[0].startswith(f"{job.path}: ")


def test_the_summary_counts_networks_that_diverged_and_cells_that_are_whole(whole):
    assert re.search(r"4 of \d+ records, 3 of \d+ cells with all their seeds", counts(whole))
    assert "(0 diverged, 0 collapsed)" in counts(whole)
    path = of(whole, "magnitude", 0).path
    rewrite(path, lambda f: f.assign(diverged=["True", *f["diverged"][1:]]))
    assert "(1 diverged, 0 collapsed)" in counts(whole)
    for file in of(whole, "magnitude", 1).files:
        file.unlink()
    assert re.search(r"3 of \d+ records, 1 of \d+ cells with all their seeds", counts(whole))


def test_a_changed_config_makes_the_archive_foreign(whole):
    path = Path("config/quick/tasks.yaml")
    path.write_text(
        path.read_text(encoding="utf-8").replace("learning_rate: 0.05", "learning_rate: 0.06"),
        encoding="utf-8",
    )
    assert any("no sweep" in line for line in findings(study.load("config/quick")))


def test_a_spec_that_the_config_does_not_give_is_explained_by_its_field(whole):
    path = forge_the_spec(whole)
    said = next(line for line in findings(whole) if str(path.with_suffix(".csv")) in line)
    assert "recipe.momentum: 0.8, the config gives 0.9" in said


def test_the_manifest_takes_new_files_and_no_silent_change(whole):
    record = flip_digit(whole)
    before = manifest.MANIFEST.read_bytes()
    with pytest.raises(Refused, match=record.name):
        manifest.write_manifest(whole, accept=False)
    assert manifest.MANIFEST.read_bytes() == before
    manifest.write_manifest(whole, accept=True)
    assert manifest.read_manifest()[str(record)] == hashlib.sha256(record.read_bytes()).hexdigest()


def test_superseded_files_are_listed_and_only_they_are_removed(whole):
    stale = add_a_stale_record(whole)
    kept = {path for path in Path("results").rglob("*") if path.is_file()} - {stale}
    assert superseded(whole) == [stale]
    remove([stale])
    assert {path for path in Path("results").rglob("*") if path.is_file()} == kept


def test_a_gallery_keeps_copies_without_checkpoints_and_drops_what_is_not_named(whole):
    copies = gallery(whole)
    kept = {copy: copy.read_bytes() for copy in copies}
    first, *_ = copies
    copies[first].unlink()
    stray = first.with_name("budget=0.5.brain.xz")
    stray.write_bytes(b"")
    assert write_gallery(whole) == sum(map(len, kept.values()))
    assert {copy: copy.read_bytes() for copy in copies} == kept and not stray.exists()
    first.unlink()
    with pytest.raises(Refused, match="dvc pull"):
        write_gallery(whole)
