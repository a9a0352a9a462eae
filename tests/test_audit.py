"""The archive and its audit: whatever is altered in it is found and named."""

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from brainside import archive, numbers, study, tables
from brainside.audit import audit, decode
from brainside.coding.container import write_whole
from brainside.errors import Refused


@pytest.fixture(scope="module")
def made(tmp_path_factory, digits_file) -> Path:
    """An archive of one pruning method on two seeds, with its tables and its manifest."""
    from conftest import ROOT, Project

    folder = tmp_path_factory.mktemp("archive")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("config", "workflow", "data/prepared"):
            (folder / name).mkdir(parents=True)
        (folder / "config/datasets.yaml").symlink_to(ROOT / "config/datasets.yaml")
        (folder / "workflow/schemas").symlink_to(ROOT / "workflow/schemas")
        (folder / "data/prepared/digits.npz").symlink_to(digits_file)
        patch.chdir(folder)
        project = Project(folder)
        project.config["gallery"] = {"tasks": ["digits/mlp100"], "seed": 0, "budgets": ["1/4"]}
        project.config["experiments"][0]["seeds"] = [0, 1]
        for seed in (0, 1):
            project.run("magnitude", seed)
        regenerate(project.load())
        archive.write_manifest(project.load(), accept=False)
        archive.write_gallery(project.load())
    return folder


@pytest.fixture
def whole(made: Path, tmp_path: Path, monkeypatch) -> study.Study:
    """A copy of the archive that a test may alter; it is the working directory."""
    shutil.copytree(made, tmp_path / "copy", symlinks=True)
    monkeypatch.chdir(tmp_path / "copy")
    return study.load("config/quick.yaml")


def regenerate(whole: study.Study) -> None:
    for path, text in tables.files(whole).items():
        write_whole(path, text.encode())
    for path, text in numbers.files(whole).items():
        write_whole(path, text.encode())


def findings(whole: study.Study) -> list[str]:
    return list(audit(whole, archived=True))


def of(whole: study.Study, method: str, seed: int) -> study.Sweep:
    return whole.find("digits/mlp100", method, seed)


def rewrite(path: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    change(pd.read_csv(path, dtype=str)).to_csv(path, index=False)


def test_an_untouched_archive_has_nothing_wrong(whole):
    assert findings(whole) == []


def test_decoding_gives_the_errors_of_the_records_from_checkpoints_and_gallery(whole):
    lines = list(decode(whole))
    assert all(agrees for _, agrees in lines)
    # Two references and two trajectories of two budgets; the gallery has seed 0 at 1 and 1/4.
    assert len(lines) == 2 + 4 + 2


def flip_digit(whole):
    path = of(whole, "magnitude", 0).record
    rewrite(path, lambda f: f.assign(test_error=["0.001", *f["test_error"][1:]]))
    return path


def flip_mistake(whole):
    path = of(whole, "magnitude", 0).record.with_suffix(".mistakes")
    text = path.read_text()
    path.write_text(text.replace("A", "B", 1))
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
    path = archive.gallery_copy(of(whole, "magnitude", 0).checkpoint(0.25))
    path.write_bytes(path.read_bytes()[:-20])
    return path


def edit_a_number_of_the_report(whole):
    path = Path("paper/generated/quick/numbers.tex")
    path.write_text(path.read_text().replace(r"/n}{2}", r"/n}{5}", 1))
    return path


def edit_a_table(whole):
    path = Path("results/tables/quick/summary.csv")
    path.write_text(path.read_text().replace("magnitude", "magic", 1))
    return path


def remove_a_row(whole):
    path = of(whole, "magnitude", 0).record
    rewrite(path, lambda f: f.drop(index=1))
    return path


def swap_the_seed(whole):
    path = of(whole, "magnitude", 0).record
    rewrite(path, lambda f: f.assign(seed="1"))
    return path


def copy_from_another_seed(whole):
    path, other = of(whole, "magnitude", 1).record, of(whole, "magnitude", 0).record
    shutil.copy(other.with_suffix(".mistakes"), path.with_suffix(".mistakes"))
    text = other.read_text()
    sweeps = of(whole, "magnitude", 0), of(whole, "magnitude", 1)
    for budget in sweeps[0].budgets:
        text = text.replace(sweeps[0].row_key(budget), sweeps[1].row_key(budget))
    text = text.replace(sweeps[0].key, sweeps[1].key)
    path.write_text(text.replace(",0,", ",1,", 1))
    rewrite(path, lambda f: f.assign(seed="1"))
    return path


def forge_the_spec(whole):
    path = of(whole, "magnitude", 0).record.with_suffix(".json")
    path.write_text(path.read_text().replace('"momentum": 0.9', '"momentum": 0.8'))
    return path


def add_a_stale_record(whole):
    record = of(whole, "magnitude", 0).record
    path = record.with_name("seed=0.00000000.csv")
    shutil.copy(record, path)
    return path


def delete_a_record(whole):
    path = of(whole, "magnitude", 0).record
    path.unlink()
    return path


@pytest.mark.parametrize(
    "tamper",
    [
        flip_digit, flip_mistake, flip_bit_of_a_checkpoint, checkpoint_from_another_sweep,
        damage_the_gallery, edit_a_number_of_the_report, edit_a_table, remove_a_row, swap_the_seed,
        copy_from_another_seed, forge_the_spec, add_a_stale_record, delete_a_record,
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


def test_a_changed_config_makes_the_archive_foreign(whole):
    path = Path("config/quick.yaml")
    path.write_text(path.read_text().replace("learning_rate: 0.05", "learning_rate: 0.06"))
    assert any("no sweep" in line for line in findings(study.load(path)))


def test_the_manifest_takes_new_files_and_no_silent_change(whole):
    record = flip_digit(whole)
    before = archive.MANIFEST.read_bytes()
    with pytest.raises(Refused, match=record.name):
        archive.write_manifest(whole, accept=False)
    assert archive.MANIFEST.read_bytes() == before
    archive.write_manifest(whole, accept=True)
    assert archive.read_manifest()[str(record)] == hashlib.sha256(record.read_bytes()).hexdigest()


def test_superseded_files_are_listed_and_only_they_are_removed(whole):
    stale = add_a_stale_record(whole)
    kept = {path for path in Path("results").rglob("*") if path.is_file()} - {stale}
    assert archive.superseded(whole) == [stale]
    archive.remove([stale])
    assert {path for path in Path("results").rglob("*") if path.is_file()} == kept
