"""Ways of tampering with an archive, and what the audit finds.

The tests try them on a small archive, `make campaign` on a clone of the real one. Each function
tampers with the archive that is the working directory and returns the file that it changed.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from brainside.archive import manifest
from brainside.archive.specs import explain
from brainside.audit import stages
from brainside.audit.consistency import audit
from brainside.base import paths
from brainside.base.files import write_whole
from brainside.report import readme
from brainside.report.release import versions
from brainside.study import study
from brainside.study.codings import existing
from brainside.study.sweeps import Sweep
from helpers.archive import NOTEBOOK, PICTURE, version
from helpers.project import of, relabel, rewrite


def findings(whole: study.Study) -> list[str]:
    return list(audit(whole, archived=True))


def named(path: Path, lines: list[str]) -> bool:
    """Whether a file is the subject of a finding."""
    return any(re.match(rf"{re.escape(str(path))}(:\d+)?: ", line) for line in lines)


# The small archive's, by name.


def flip_digit(whole):
    path = of(whole, "magnitude", 0).path
    rewrite(path, lambda f: f.assign(test_error=["0.001", *f["test_error"][1:]]))
    return path


def exchange_two_seeds(whole):
    """What they hold is exchanged, with seed, keys and row keys made to fit."""
    return exchange(of(whole, "magnitude", 0), of(whole, "magnitude", 1))


def exchange(first: Sweep, second: Sweep) -> Path:
    for old, new in [(".csv", ".old"), (".mistakes", ".was")]:
        first.path.with_suffix(old).rename(first.path.with_suffix(new))
    relabel(second, first, second.path, second.path.with_suffix(".mistakes"))
    old = first.path.with_suffix(".old"), first.path.with_suffix(".was")
    relabel(first, second, *old)
    for path in old:
        path.unlink()
    return first.path


# Any archive's.


def pair(whole) -> tuple[Sweep, Sweep]:
    """Two seeds of a method that starts from another network, with budgets to alter."""
    started = [s for s in whole.recorded() if s.parent and len(s.budgets) > 1]
    return next(
        (first, second)
        for first, second in zip(started, started[1:], strict=False)
        if (first.task, first.method) == (second.task, second.method)
    )


def kin(whole) -> tuple[Sweep, Sweep]:
    """Two methods with the same task, seed and budgets, neither of which starts from the other."""
    first, _ = pair(whole)
    return first, next(
        s for s in whole.recorded()
        if (s.task, s.seed, s.budgets) == (first.task, first.seed, first.budgets)
        and s.method != first.method
    )  # fmt: skip


def rename_a_method(whole):
    """The record of one method in the place of another's, with names and keys made to fit."""
    source, target = kin(whole)
    relabel(source, target, source.path, source.path.with_suffix(".mistakes"))
    rewrite(target.path, lambda f: f.assign(method=target.method))
    return target.path


def rename_a_method_under_new_digests(whole):
    path = rename_a_method(whole)
    rewrite(path, lambda f: f.assign(checkpoint_sha256=[d[::-1] for d in f["checkpoint_sha256"]]))
    return path


def lower_an_error(whole):
    path = pair(whole)[0].path
    rewrite(path, lambda f: f.assign(test_error=["0.001", *f["test_error"][1:]]))
    return path


def exchange_seeds(whole):
    return exchange(*pair(whole))


def copy_a_seed(whole):
    source, target = pair(whole)
    relabel(source, target, source.path, source.path.with_suffix(".mistakes"))
    return target.path


def copy_mistakes(whole):
    source, target = pair(whole)
    shutil.copy(source.path.with_suffix(".mistakes"), target.path.with_suffix(".mistakes"))
    errors = pd.read_csv(source.path, dtype=str)["test_error"]
    rewrite(target.path, lambda f: f.assign(test_error=errors))
    return target.path


def change_a_mistake(whole):
    return _replace(_mistakes(whole), r":(.)", lambda m: ":B" if m[1] == "A" else ":A")


def mistakes_of_no_budget(whole):
    return _replace(_mistakes(whole), r"^\S+", "nan")


def mistakes_of_no_images(whole):
    return _replace(_mistakes(whole), r"\d+:\S+", "0:")


def mistakes_twice(whole):
    path = _mistakes(whole)
    first, *rest = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join([first, first, *rest]), encoding="utf-8")
    return path


def change_a_spec(whole):
    return _replace(pair(whole)[0].path.with_suffix(".json"), '"seed": ', '"seed": 1')


def write_a_key_twice(whole):
    return _replace(pair(whole)[0].path.with_suffix(".json"), '^ "key"', ' "key": "0",\n "key"')


def add_a_key_to_a_spec(whole):
    return _replace(pair(whole)[0].path.with_suffix(".json"), '^ "key"', ' "author": 1,\n "key"')


def write_an_integer_as_a_float(whole):
    return _replace(pair(whole)[0].path.with_suffix(".json"), r'("seed": \d+)', r"\1.0")


def change_the_machine(whole):
    return _replace(pair(whole)[0].path.with_suffix(".json"), '"machine": "', '"machine": "other ')


def change_a_row_key(whole):
    path = pair(whole)[0].path
    rewrite(path, lambda f: f.assign(row_key=["0" * 8, *f["row_key"][1:]]))
    return path


def add_weights(whole):
    path = pair(whole)[0].path
    rewrite(path, lambda f: f.assign(weights="10000000", multiply_adds="1000000000"))
    return path


def keep_more_than_all_weights(whole):
    return _record(whole, nonzero_weights="9999999")


def read_more_inputs(whole):
    return _record(whole, connected_inputs="9999")


def err_less_in_training(whole):
    return _record(whole, train_error="-0.5")


def train_for_part_of_an_epoch(whole):
    return _record(whole, epochs_total="1001")


def lose_a_lot_and_not_diverge(whole):
    return _record(whole, train_loss="inf")


def add_a_column(whole):
    return _record(whole, mine="1")


def exchange_columns(whole):
    path = pair(whole)[0].path
    rewrite(path, lambda f: f[[*reversed(f.columns)]])
    return path


def choose_another_trial(whole):
    return _search(whole, lambda s: s["best"].update({k: _worst(s, k) for k in s["best"]}))


def draw_other_settings(whole):
    def change(content):
        name = next(iter(content["trials"][0]["settings"]))
        content["trials"][0]["settings"][name] = 123.0

    return _search(whole, change)


def drop_a_trial(whole):
    return _search(whole, lambda content: content["trials"].pop())


def write_a_key_of_a_search_twice(whole):
    path = _search(whole, lambda _: None)
    return _replace(path, '^ "key"', ' "key": "0",\n "key"')


def add_a_key_to_a_search(whole):
    return _search(whole, lambda content: content.update(author=1))


def add_a_best(whole):
    return _search(whole, lambda content: content["best"].update({"0.5": {}}))


def write_an_error_otherwise(whole):
    path = _search(whole, lambda _: None)
    return _replace(path, r'("valid_error": [\d.]+),', r"\g<1>0,")


def lower_the_error_of_a_trial(whole):
    def change(content):
        worst = max(content["trials"], key=lambda t: t["valid_error"])
        worst["valid_error"] = 0.0

    return _search(whole, change)


def better_than_the_record(whole):
    """The errors of a codec without loss, lower than those of the network that it writes."""
    return _coding(whole, test_error="0.001")


def fewer_bytes(whole):
    return _coding(whole, bytes="100")


def another_checkpoint_coded(whole):
    return _coding(whole, checkpoint_sha256="0" * 64)


def other_rows_coded(whole):
    return _coding(whole, row_key="0" * 8)


def lower_a_cost(whole):
    return _replace(pair(whole)[0].cost, r"[\d.]+(?=\s*$)", "0.01")


def better_a_benchmark(whole):
    return _replace(paths.BENCHMARKS, r"\d\.\d+", "0.5")


def drop_a_benchmark(whole):
    return _replace(paths.BENCHMARKS, r"[^\n]*\n\Z", "")


def delete_a_line_of_the_log(whole):
    lines = paths.AUDIT_LOG.read_text(encoding="utf-8").splitlines(keepends=True)
    paths.AUDIT_LOG.write_text("".join([lines[0], *lines[2:]]), encoding="utf-8")
    return paths.AUDIT_LOG


def change_an_outcome(whole):
    return _replace(paths.AUDIT_LOG, "same bytes,0,", "differs,0.2,")


def invent_a_retraining(whole):
    """A row about a record that has been drawn, with a hash that no record has."""
    last = paths.AUDIT_LOG.read_text(encoding="utf-8").splitlines()[-1]
    row = re.sub(r"[0-9a-f]{64}", "5" * 64, last).replace(",", ",9", 1)
    return _append(paths.AUDIT_LOG, row + "\n")


def invent_a_retrained_record(whole):
    """A row about a record that there is not."""
    fields = paths.AUDIT_LOG.read_text(encoding="utf-8").splitlines()[-1].split(",")
    return _append(paths.AUDIT_LOG, ",".join([*fields[:7], "00000000", *fields[8:]]) + "\n")


def repeat_a_retraining(whole):
    rows = [
        r
        for r in paths.AUDIT_LOG.read_text(encoding="utf-8").splitlines()[1:]
        if ",chosen," not in r
    ]
    return _append(paths.AUDIT_LOG, rows[-1] + "\n")


def type_a_number(whole):
    return _replace(_section(), r"\\result\{[^}]*\}", "1.23")


def type_a_number_into_the_readme(whole):
    return _append(paths.README, "\nOf these, 97 % agree.\n")


def change_a_number_of_the_readme(whole):
    return _replace(paths.README, r"(\d) (GB|minutes)", r"7\1 \2")


def change_a_number_in_words(whole):
    return _replace(paths.README, r"\bten minutes", "three minutes")


def type_a_number_as_code(whole):
    return _append(paths.README, "\nOf the claims `97 %` hold.\n")


def type_a_number_that_another_row_has(whole):
    return _replace(Path("docs/reproducibility.md"), r"\| 1\.0 \|(?= 1\.0)", "| 0.9 |")


def change_the_picture_of_the_page(whole):
    return _append(PICTURE, "\n")


def change_a_notebook(whole):
    return _append(paths.NOTEBOOKS / NOTEBOOK, "\n")


def change_the_scoreboard(whole):
    return _replace(paths.README, r"\| (\d+) \|(?= \d+ \|\n)", r"| 9\1 |")


def change_a_claim_of_the_page(whole):
    return _replace(paths.CLAIMS_PAGE, r"\d", "8")


def change_the_picture(whole):
    return _append(readme.PICTURE, "\n")


def change_the_picture_and_have_no_figures(whole):
    shutil.rmtree(readme.picture(whole).parent)
    return _append(readme.PICTURE, "\n")


def change_a_number_of_the_report(whole):
    return _replace(_made(paths.GENERATED, name="numbers"), r"/n\}\{(\d)", r"/n}{9\1")


def change_a_verdict_of_the_report(whole):
    return _replace(_made(paths.GENERATED, name="numbers"), r"/verdict\}\{\w", "/verdict}{un")


def change_a_table(whole):
    return _replace(_made(paths.TABLE, table="summary"), r"0\.0\d", "0.00")


def change_rows(whole):
    return _replace(_made(paths.TABLE, table="rows"), r"0\.0\d", "0.00")


def change_a_verdict(whole):
    path = _made(paths.TABLE, table="claims")
    rewrite(path, lambda f: f.assign(verdict="reproduced", ours="surely"))
    return path


def add_a_table(whole):
    path = _made(paths.GENERATED, name="numbers").with_name("table_mine.tex")
    path.write_text("100\n", encoding="utf-8")
    return path


def change_a_figure(whole):
    return _append(readme.picture(whole), "\n")


def delete_a_figure(whole):
    path = readme.picture(whole)
    path.unlink()
    return path


def add_a_figure(whole):
    return _append(readme.picture(whole).with_name("mine.png"), "\n")


def change_a_gallery_copy(whole):
    path = _gallery(whole)
    path.write_bytes(path.read_bytes()[:-20])
    return path


def exchange_gallery_copies(whole):
    first, second, *_ = sorted((paths.GALLERY / whole.name).rglob("*.xz"))
    shutil.copy(second, first)
    return first


def delete_a_gallery_copy(whole):
    path = _gallery(whole)
    path.unlink()
    return path


def add_a_gallery_copy(whole):
    path = _gallery(whole).with_name("budget=0.9.brain.xz")
    shutil.copy(_gallery(whole), path)
    return path


def change_an_object(whole):
    return _append(_object(whole), "\n")


def change_an_object_before_it_is_pulled(whole):
    shutil.rmtree(readme.picture(whole).parent)
    return _append(_object(whole), "\n")


def delete_an_object(whole):
    path = _object(whole)
    path.unlink()
    return path


def version_a_figure_of_another_config(whole):
    path = readme.picture(whole).with_name("former.png")
    path.write_bytes(b"a drawing")
    version(whole)
    return path


def change_the_page(whole):
    return _append(paths.SITE, "\n")


def change_the_page_before_it_is_pulled(whole):
    paths.SITE.unlink()
    return _append(stages.object_path(locked(paths.SITE)), "\n")


def delete_the_page_of_the_remote(whole):
    path = stages.object_path(locked(paths.SITE))
    path.unlink()
    return path


def change_the_list_of_a_folder(whole):
    """What the remote says of the figures, where dvc.lock is left as it is."""
    return _append(stages.object_path(locked(readme.picture(whole).parent)), "\n")


def change_a_folder_in_the_lock(whole):
    digest = locked(readme.picture(whole).parent)
    return _replace(paths.LOCK, digest, digest[:30][::-1] + digest[30:])


def change_the_gallery_in_the_lock(whole):
    """The digest of another folder that the remote has."""
    gallery, figures = locked(paths.GALLERY / whole.name), locked(readme.picture(whole).parent)
    return _replace(paths.LOCK, gallery, figures)


def change_a_dependency_in_the_lock(whole):
    digest = locked(paths.CONFIG)
    return _replace(paths.LOCK, digest, digest[:30][::-1] + digest[30:])


def change_a_file_in_the_lock(whole):
    """The hash of the manifest: the finding names what differs from the lock."""
    digest = locked(paths.MANIFEST)
    _replace(paths.LOCK, digest, digest[::-1])
    return paths.MANIFEST


def change_a_size_in_the_lock(whole):
    return _replace(paths.LOCK, r"nfiles: \d+\n(?=.*\n)*", "nfiles: 1\n", count=0)


def drop_from_the_lock(whole):
    return _replace(paths.LOCK, rf"path: {paths.CONFIG}\n", "path: other\n")


def write_a_digest_twice(whole):
    """The wrong one first, so that YAML's usual readers take the right one."""
    return _replace(
        paths.LOCK,
        r"^( +)(- )?md5: ",
        lambda m: f"{m[0]}{'0' * 32}\n{m[1]}{' ' * len(m[2] or '')}md5: ",
    )


def write_the_stages_twice(whole):
    return _replace(paths.LOCK, r"\A", "stages: {}\n")


def add_a_key_to_the_lock(whole):
    return _replace(paths.LOCK, r"\A", "author: mine\n")


def empty_the_lock(whole):
    paths.LOCK.write_text("schema: '2.0'\nstages: {}\n", encoding="utf-8")
    return paths.LOCK


def add_to_the_lock(whole):
    """An output that no stage makes, with a content that the remote has."""
    entry = f"    - {{path: results/mine.html, md5: {locked(paths.SITE)}, size: 6}}"
    return _replace(paths.LOCK, r"^( *)outs:\n", lambda m: f"{m[0]}{entry}\n")


def change_the_command_in_the_lock(whole):
    return _replace(paths.LOCK, r"^  (\w+):\n", lambda m: f"{m[0]}    cmd: rm -r results\n")


def change_the_size_of_a_file_in_the_lock(whole):
    size = paths.SITE.stat().st_size
    return _replace(paths.LOCK, rf"size: {size}\b", f"size: {size + 1}")


def give_two_paths_one_object(whole):
    """The page is said to be what the figure is, and is not at hand."""
    digest, size = locked(paths.SITE), paths.SITE.stat().st_size
    figure = _object(whole)
    paths.SITE.unlink()
    _replace(paths.LOCK, rf"size: {size}\b", f"size: {figure.stat().st_size}")
    return _replace(paths.LOCK, digest, figure.parent.name + figure.name)


def list_no_files(whole):
    """A folder's list in the remote that is none, with dvc.lock made to fit."""
    digest = hashlib.md5(b"[1]").hexdigest() + ".dir"
    write_whole(stages.object_path(digest), b"[1]")
    _replace(paths.LOCK, locked(readme.picture(whole).parent), digest)
    return stages.object_path(digest)


def add_an_object(whole):
    return _append(paths.REMOTE / "00/stray", "mine")


def add_to_the_results(whole):
    return _append(paths.RESULTS / "mine.csv", "mine")


def add_a_notebook(whole):
    return _append(paths.NOTEBOOKS / "mine.ipynb", "{}")


def add_to_the_generated(whole):
    return _append(Path(paths.GENERATED).parents[1] / "mine.tex", "mine")


def add_to_the_site(whole):
    return _append(paths.SITE.with_name("mine.html"), "mine")


def add_to_the_folder_of_dvc(whole):
    return _append(paths.REMOTE.parents[2] / "mine", "mine")


def add_a_text(whole):
    return _append(paths.SECTIONS.parent / "mine.tex", "mine")


def add_a_section(whole):
    return _append(paths.SECTIONS / "report_mine.tex", "mine")


def name_another_version(whole):
    return _replace(versions.CITATION, "^version: ", "version: 9")


def name_another_version_in_two_files(whole):
    name_another_version(whole)
    return _replace(versions.ZENODO, '"version": "', '"version": "9')


def change_the_manifest(whole):
    path = pair(whole)[0].path
    digest = manifest.read_manifest()[str(path)]
    _replace(paths.MANIFEST, digest, digest[::-1])
    return path


def drop_from_the_manifest(whole):
    path = pair(whole)[0].path
    _replace(paths.MANIFEST, rf"{re.escape(str(path))}.*\n", "")
    return path


def enter_into_the_manifest(whole):
    path = pair(whole)[0].path.with_name("seed=99.00000000.csv")
    _append(paths.MANIFEST, f"{path},{'0' * 64}\n")
    return path


def add_a_stale_record(whole):
    record = pair(whole)[0].path
    path = record.with_name("seed=0.00000000.csv")
    shutil.copy(record, path)
    return path


def delete_a_record(whole):
    path = pair(whole)[0].path
    path.unlink()
    return path


Tampering = Callable[[study.Study], Path]

# By what is tampered with. A manifest that is made to fit does not hide the first ones.
RECORDS: tuple[Tampering, ...] = (
    lower_an_error, copy_a_seed, copy_mistakes, change_a_mistake, rename_a_method,
    rename_a_method_under_new_digests, mistakes_of_no_budget, mistakes_of_no_images, mistakes_twice,
    change_a_spec, change_a_row_key, add_weights, choose_another_trial, draw_other_settings,
    drop_a_trial, lower_the_error_of_a_trial, write_a_key_twice, add_a_key_to_a_spec,
    write_an_integer_as_a_float, keep_more_than_all_weights, read_more_inputs, err_less_in_training,
    train_for_part_of_an_epoch, lose_a_lot_and_not_diverge, add_a_column, exchange_columns,
    write_a_key_of_a_search_twice, add_a_key_to_a_search, add_a_best, write_an_error_otherwise,
    better_than_the_record, fewer_bytes,
    another_checkpoint_coded, other_rows_coded, change_an_outcome, invent_a_retraining,
    repeat_a_retraining,
)  # fmt: skip
MADE: tuple[Tampering, ...] = (
    type_a_number, type_a_number_into_the_readme, change_a_number_of_the_readme,
    change_a_number_in_words, type_a_number_as_code, type_a_number_that_another_row_has,
    change_the_picture_of_the_page, change_a_notebook, change_the_scoreboard,
    change_a_claim_of_the_page, change_the_picture, change_the_picture_and_have_no_figures,
    change_a_number_of_the_report, change_a_verdict_of_the_report, change_a_table, change_rows,
    change_a_verdict, add_a_table,
    change_a_figure, delete_a_figure, add_a_figure, change_a_gallery_copy, exchange_gallery_copies,
    delete_a_gallery_copy, add_a_gallery_copy, change_an_object,
    change_an_object_before_it_is_pulled, delete_an_object, change_the_list_of_a_folder,
    change_the_page, change_the_page_before_it_is_pulled, delete_the_page_of_the_remote,
    version_a_figure_of_another_config,
    change_a_folder_in_the_lock, change_the_gallery_in_the_lock, change_a_dependency_in_the_lock,
    change_a_file_in_the_lock, change_a_size_in_the_lock,
    drop_from_the_lock, write_a_digest_twice, write_the_stages_twice, add_a_key_to_the_lock,
    empty_the_lock, add_to_the_lock, change_the_command_in_the_lock,
    change_the_size_of_a_file_in_the_lock, give_two_paths_one_object, list_no_files, add_an_object,
    add_to_the_results, add_a_notebook, add_to_the_generated, add_to_the_site,
    add_to_the_folder_of_dvc, add_a_text, add_a_section, name_another_version,
    name_another_version_in_two_files,
)  # fmt: skip
ENTERED: tuple[Tampering, ...] = (
    exchange_seeds, change_the_machine, lower_a_cost, better_a_benchmark, drop_a_benchmark,
    delete_a_line_of_the_log, invent_a_retrained_record, change_the_manifest,
    drop_from_the_manifest, enter_into_the_manifest, add_a_stale_record, delete_a_record,
)  # fmt: skip
TAMPERINGS = (*RECORDS, *MADE, *ENTERED)
TOGETHER: tuple[Tampering, ...] = (  # of different files
    rename_a_method, change_the_machine, choose_another_trial, better_than_the_record, lower_a_cost,
    better_a_benchmark, change_an_outcome, type_a_number, change_a_number_of_the_readme,
    change_a_claim_of_the_page, change_the_picture, change_a_number_of_the_report, change_a_table,
    change_rows, change_a_verdict, add_a_table, change_a_figure, add_a_figure,
    exchange_gallery_copies, add_a_gallery_copy, change_an_object, change_a_size_in_the_lock,
)  # fmt: skip


def _replace(path: Path, pattern: str, by: str | Callable, count: int = 1) -> Path:
    text = path.read_text(encoding="utf-8")
    changed = re.sub(pattern, by, text, count=count, flags=re.MULTILINE)
    assert changed != text, f"{path} has nothing like {pattern}"
    write_whole(path, changed.encode())
    return path


def _append(path: Path, text: str) -> Path:
    write_whole(path, (path.read_bytes() if path.exists() else b"") + text.encode())
    return path


def _record(whole, **columns: str) -> Path:
    path = pair(whole)[0].path
    rewrite(path, lambda f: f.assign(**columns))
    return path


def _mistakes(whole) -> Path:
    return pair(whole)[0].path.with_suffix(".mistakes")


def _search(whole, change: Callable[[dict], object]) -> Path:
    path = next(search.path for search in whole.searches if search.done)
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    write_whole(path, explain(content).encode())
    return path


def _worst(content: dict, budget: str) -> dict:
    trials = [t for t in content["trials"] if t["budget"] == float(budget)]
    return max(trials, key=lambda t: t["valid_error"])["settings"]


def _coding(whole, **columns: str) -> Path:
    """A coding with a codec without loss, some of whose columns are changed."""
    path = next(
        job.path for job in existing(whole)
        if any(setting == "" and codec in ("raw", "list", "csr32", "bitmap")
               for codec, setting, _ in job.settings())
    )  # fmt: skip
    rewrite(path, lambda f: f.assign(**columns))
    return path


def _section() -> Path:
    return next(
        p
        for p in sorted(paths.SECTIONS.glob("*.tex"))
        if "\\result{" in p.read_text(encoding="utf-8")
    )


def _made(pattern: str, **wildcards: str) -> Path:
    return next(iter(sorted(Path().glob(pattern.format(study="*", **wildcards)))))


def _gallery(whole) -> Path:
    return min((paths.GALLERY / whole.name).rglob("*.xz"))


def locked(path: Path) -> str:
    return next(entry["md5"] for _, entry in stages.entries() if entry["path"] == str(path))


def _object(whole) -> Path:
    figures = stages.read_listing(locked(readme.picture(whole).parent))
    return stages.object_path(min(figures.values()))
