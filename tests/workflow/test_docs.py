"""README, docs and CONTRIBUTING: links resolve, commands exist, the README is short."""

import re
import runpy
import shutil
import subprocess
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

import pandas as pd
import pytest
import yaml
from PIL import Image, ImageColor

from brainside.cli.main import COMMANDS
from brainside.report.figures.shared import appearance
from brainside.report.site.claims import counts
from brainside.report.tex.claims import slug

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGES = [
    README,
    ROOT / "CONTRIBUTING.md",
    ROOT / "benchmarks/README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "config/README.md",
    *sorted(ROOT.glob("docs/*.md")),
]
PULLED = ("paper/report.pdf", "site/index.html")
LINES = 120  # of the README, so that it is read
FIGURES = "src/brainside/report/figures"
STUDY = ROOT / "config/paper"

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def links(page: Path) -> list[tuple[str, str]]:
    """(Text, target) of every link and picture of a page but those to other sites."""
    pairs = re.findall(r"\[([^]]*)\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    return [(text, target) for text, target in pairs if "://" not in target]


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def code(page: Path) -> list[str]:
    """Lines of a page's shell blocks, and the code inside its text."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    return [*chain.from_iterable(block.splitlines() for block in blocks), *inline]


def words_after(command: str, page: Path) -> set[str]:
    """The first words that follow a command wherever a page shows it."""
    return words(rf"(?:^|&& ){command} ([^\s-]\S*)", code(page))


def words(pattern: str, texts: Iterable[str]) -> set[str]:
    return {word for text in texts for word in re.findall(pattern, text, re.MULTILINE)}


def figures() -> dict[str, dict]:
    """The paper study's figures by name, whether its config is one file or a folder."""
    files = sorted(STUDY.rglob("*.yaml")) or [STUDY.with_suffix(".yaml")]
    configs = [yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader) for path in files]
    return {
        name: entry for config in configs for name, entry in (config.get("figures") or {}).items()
    }


def test_the_site_has_every_page_of_docs_and_no_link_that_leaves_them():
    config = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    named = [page if isinstance(page, str) else next(iter(page.values())) for page in config["nav"]]
    assert sorted(named) == sorted(path.name for path in ROOT.glob("docs/*.md"))
    hooks = runpy.run_path(str(ROOT / config["hooks"][0]))
    for name in named:
        assert "](../" not in hooks["on_page_markdown"](
            (ROOT / "docs" / name).read_text(encoding="utf-8")
        )


@pytest.mark.skipif(not shutil.which("mkdocs"), reason="mkdocs is not installed")
def test_the_site_is_built_without_a_warning(tmp_path):
    command = ["mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)


def test_what_dvc_pull_brings_is_what_dvc_has():
    outs = yaml.safe_load((ROOT / "dvc.lock").read_text(encoding="utf-8"))["stages"].values()
    held = {out["path"] for stage in outs for out in stage.get("outs", [])}
    assert all(any(f"{path}/".startswith(f"{out}/") for out in held) for path in PULLED), held


def test_the_readme_is_short():
    assert len(README.read_text(encoding="utf-8").splitlines()) <= LINES


@pages
def test_every_link_leads_somewhere(page):
    for _, target in links(page):
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        brought = str(path.relative_to(ROOT)) in PULLED  # by `dvc pull`
        assert path.exists() or brought, f"{target} is missing"
        assert not anchor or anchor in anchors(path), f"{target}: no such heading"


@pages
def test_every_command_exists(page):
    rules = [
        path.read_text(encoding="utf-8")
        for path in (ROOT / "workflow/Snakefile", *ROOT.glob("workflow/rules/*.smk"))
    ]
    targets = words(r"^([a-z-]+):", [(ROOT / "Makefile").read_text(encoding="utf-8")])
    assert words_after("brainside", page) <= set(COMMANDS)
    assert words_after("make", page) <= targets
    assert words_after(r"snakemake --cores \w+", page) <= words(r"^rule (\w+):", rules)


def test_every_experiment_has_a_row_and_every_file_of_experiments_a_link():
    rows = re.findall(r"^\| (E\d) \|", README.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == [f"E{number}" for number in range(1, len(rows) + 1)] and len(rows) >= 7
    linked = {target for _, target in links(README)}
    files = {str(path.relative_to(ROOT)) for path in STUDY.glob("experiments/*.yaml")}
    assert files <= linked


def test_every_file_of_claims_has_a_table_in_the_report():
    tables = (ROOT / "paper/sections/report_tables.tex").read_text(encoding="utf-8")
    for path in sorted(ROOT.glob("config/claims/*.yaml")):
        paper = slug(yaml.safe_load(path.read_text(encoding="utf-8"))["paper"])
        assert f"generated/paper/claims_{paper}.tex" in tables, path


def test_the_picture_of_the_page_is_of_the_present_claims():
    """`python workflow/scripts/picture.py` makes it again."""
    table = pd.read_csv(ROOT / "results/tables/paper/claims.csv", keep_default_na=False)
    with Image.open(ROOT / "docs/page.png") as picture:
        assert picture.text["Comment"] == counts(table.to_dict("records"))


def test_the_picture_of_the_page_is_small_and_has_its_colours():
    path = ROOT / "docs/page.png"
    assert path.stat().st_size < 250_000
    style = (ROOT / "src/brainside/report/site/assets/style.css").read_text(encoding="utf-8")
    link = ImageColor.getrgb(re.search(r"--link: (#\w+)", style)[1])
    with Image.open(path) as picture:
        shown = {colour for _, colour in picture.getcolors(1 << 20)}
    methods = {ImageColor.getrgb(colour) for colour in appearance.COLOURS}
    assert link in shown and len(methods & shown) > 2


def test_every_figure_is_in_the_readme_and_links_to_what_draws_it():
    drawn = {f"`{name}`": f"{FIGURES}/{entry['draw']}.py" for name, entry in figures().items()}
    assert {text: target for text, target in links(README) if target.startswith(FIGURES)} == drawn


def test_every_section_in_the_readme_has_the_title_of_its_file():
    sections = [pair for pair in links(README) if pair[1].startswith("paper/sections/")]
    for text, target in sections:
        assert rf"\section{{{text}" in (ROOT / target).read_text(encoding="utf-8")
