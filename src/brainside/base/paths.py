"""Where everything is: the folders, and the pattern of every file's name.

Patterns have wildcards in braces, so that the workflow's rules use them as they are; `filled` makes
a path of one. Paths are relative to the root of the project.
"""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]

CONFIG = Path("config")
SCHEMAS = Path("workflow/schemas")
RULES = Path("workflow/rules")
WORKFLOW = CONFIG / "workflow.yaml"
DATASETS = CONFIG / "datasets.yaml"
CLAIMS = CONFIG / "claims"
PUBLISHED = CONFIG / "published.yaml"
FORMER_VERDICTS = CONFIG / "former_verdicts.yaml"

STATE = Path(".brainside")  # resume points, and scratch folders of the audit
RESULTS = Path("results")
MANIFEST = RESULTS / "manifest.csv"
GALLERY = RESULTS / "gallery"
CHECKPOINTS = RESULTS / "checkpoints"
AUDIT_LOG = RESULTS / "audit/log.csv"
BENCHMARKS = RESULTS / "tables/benchmarks.csv"
CAMPAIGN = RESULTS / "tables/campaign.csv"
MUTANTS = RESULTS / "tables/mutants.csv"
LOCK = Path("dvc.lock")
REMOTE = Path(".dvc/bundle/files/md5")  # DVC's objects, by the MD5 of their content
NOTEBOOK_SOURCES = Path("workflow/notebooks")
NOTEBOOK_SOURCE = "workflow/notebooks/{notebook}.ipynb"
NOTEBOOKS = RESULTS / "notebooks"
NOTEBOOK = "results/notebooks/{notebook}.ipynb"
README = Path("README.md")
SITE = Path("site/index.html")  # the page to explore
SITE_ASSETS = PACKAGE / "report/site/assets"  # its text, style and scripts
ASSETS = (
    "page.html", "style.css", "claims.js", "curves.js", "data.js", "leaderboard.js", "main.js",
    "plot.js", "trace.js", "weights.js",
)  # fmt: skip
CLAIMS_PAGE = Path("docs/claims.md")  # every claim, with its verdict

PREPARED = Path("data/prepared")
DATASET = "data/prepared/{dataset}.npz"

RECORD = "results/runs/{study}/{task}/{method}/seed={seed}.{key}.csv"
RECORD_MISTAKES = "results/runs/{study}/{task}/{method}/seed={seed}.{key}.mistakes"
RECORD_SPEC = "results/runs/{study}/{task}/{method}/seed={seed}.{key}.json"
RECORD_CHECKPOINTS = "results/checkpoints/{study}/{task}/{method}/seed={seed}.{key}"
RECORD_COST = "results/costs/{study}/{task}/{method}/seed={seed}.{key}.tsv"
SEARCH = "results/tuned/{study}/{task}/{method}.{key}.json"
SEARCH_COST = "results/costs/{study}/{task}/{method}.tune.{key}.tsv"
CODING = "results/codings/{study}/{task}/{method}/seed={seed}.{key}.csv"
PLOTDATA = "results/plotdata/{study}/{task}/{method}/seed={seed}.{kind}.{key}.csv"
# The folders of a study's jobs.
KINDS = ("runs", "checkpoints", "codings", "plotdata", "tuned", "costs")

TABLE = "results/tables/{study}/{table}.csv"
METRICS = "results/tables/{study}/metrics.json"
FIGURE = "results/figures/{study}/{figure}.{ending}"
GENERATED = "paper/generated/{study}/{name}.tex"
TABLES = ("rows", "summary", "comparisons")
CODING_TABLES = ("codings", "layers", "matched")
ENDINGS = ("pdf", "png")  # of every figure
TIMESTAMP = ".snakemake_timestamp"  # with which Snakemake marks the folders that it made

TEXT = "paper/{report}.tex"
DOCUMENT = "paper/{report}.pdf"
SECTIONS = Path("paper/sections")
TYPED_NUMBERS = Path("paper/typed_numbers.yaml")
REFERENCES = Path("paper/references.bib")
STYLE = Path("paper/brainside.sty")
LATEX = Path("workflow/scripts/latex.sh")
ENVIRONMENT = Path("environment.yml")
CAPTIONS = Path("workflow/report")  # of what Snakemake's report shows, and its landing page


def filled(pattern: str, root: Path = Path(), **wildcards: str | int) -> Path:
    """The path of a pattern, below a folder; KeyError where a wildcard has no value."""
    return root / pattern.format(**wildcards)
