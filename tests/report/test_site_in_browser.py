"""The page to explore in a real browser: five views, the tables' numbers, the command's traces."""

import contextlib
import re
import shutil
import time
from urllib.parse import urlencode

import pytest
from helpers.browser import Browser, browser
from helpers.pages import data, made
from helpers.project import ROOT

from brainside.audit.provenance import without_checkpoints
from brainside.base import paths
from brainside.base.files import write_whole
from brainside.cli.main import main
from brainside.report import number
from brainside.study import study

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="needs Debian's package chromium"),
]
OPEN = "[...document.querySelectorAll('section.open')].map(s => s.dataset.view).join()"
LEADERS = "document.querySelector('.leaders').textContent"
METHODS = (
    "[...document.querySelectorAll('[data-view=curves] fieldset:first-of-type input:checked')]"
)
ABSENT = "[...document.querySelectorAll('.open .absent')].map(line => line.textContent)"
Y_TICKS = "document.querySelectorAll('.plots svg .axis:nth-of-type(3) .tick').length"
MORE = "document.querySelector('.open .more')"
CELL_ENDS = """(() => {{ const cell = document.querySelector('.board td[data-head="{}"]')
    .getBoundingClientRect(); return [cell.top, cell.bottom]; }})()"""
ALL = "'.open tbody tr'"
ELEVENTH = "document.querySelectorAll('.open tbody tr')[10]"
BOARD = ("task", "axis", "limit")  # what names a board in a link
ROWS = """[...document.querySelectorAll('.board tbody tr')].map(row =>
    [...row.children].map(cell => cell.textContent.trim()))"""


@pytest.fixture
def page(whole, tmp_path):
    """The page of the small archive, open in a browser that saw no error in the end."""
    write_whole(paths.SITE, made(whole).encode())
    (whole.path.parent / "workflow.yaml").write_text("studies: [config/quick]\n", encoding="utf-8")
    with browser(CHROMIUM, tmp_path / "profile") as opened:
        opened.open(paths.SITE.resolve().as_uri())
        yield opened
        opened.value("0")
        assert opened.errors == []
        assert {url.partition(":")[0] for url in opened.requests} <= {"file", "about"}


def go(page: Browser, fragment: str) -> None:
    page.value(f"new Promise(done => {{ addEventListener('hashchange', () => setTimeout(done),"
               f" {{once: true}}); location.hash = {fragment!r}; }})")  # fmt: skip


def test_the_leaderboard_is_painted_before_traces_and_pictures_are_parsed(page):
    assert page.value(OPEN) == "leaderboard"
    assert page.value(ROWS)
    painted = "performance.getEntriesByName('first-contentful-paint').map(one => one.startTime)"
    parsed = "performance.getEntriesByType('mark').map(one => [one.name, one.startTime])"
    deadline = time.monotonic() + 30
    while not page.value(painted) and time.monotonic() < deadline:
        time.sleep(0.1)
    (first,) = page.value(painted)
    assert page.value(parsed) == []
    for view in ("curves", "claims", "weights", "trace", "weights"):
        go(page, view)
    assert [name for name, _ in page.value(parsed)] == ["parsed pictures", "parsed traces"]
    assert all(at > first for _, at in page.value(parsed))


def test_a_link_to_what_is_parsed_later_opens_it(page):
    page.open(f"{paths.SITE.resolve().as_uri()}?again#trace")
    assert page.value(OPEN) == "trace"
    assert "results/runs/" in page.value("document.querySelector('.lines').textContent")


@pytest.mark.parametrize("view", ["leaderboard", "curves", "claims", "weights", "trace"])
def test_every_view_has_an_address(page, view):
    go(page, f"{view}?")
    assert page.value(OPEN) == view
    assert page.value("document.querySelector('nav [aria-current]').hash") == f"#{view}"


def test_the_numbers_of_the_board_are_those_of_the_tables(page):
    texts = {a: one.text for a, (_, one) in number.read(number.file("quick")).items()}
    errors = {text for address, text in texts.items() if address.endswith("/test-error")}
    rows = page.value(ROWS)
    assert rows
    for _, _, _, error, ends, n, size, *_ in rows:
        assert error in errors and n == "2"
        assert ends.strip("[]").replace(", ", "--") in texts.values() and size in texts.values()


def test_a_link_that_names_a_task_alone_opens_its_first_axis(page):
    go(page, "leaderboard?task=digits/mlp100")
    axes = page.value("DATA.boards.filter(b => b.task === 'digits/mlp100').map(b => b.axis)")
    chosen = "[...document.querySelectorAll('.open select')].map(select => select.value)"
    assert page.value(chosen)[:2] == ["digits/mlp100", axes[0]] and page.value(ROWS)


def test_a_task_that_the_page_does_not_have_is_named(page):
    for view in ("leaderboard", "curves"):
        go(page, f"{view}?task=nope")
        assert page.value(ABSENT) == ["The page has no task “nope”."]
    go(page, "leaderboard?task=digits/mlp100")
    assert page.value(ABSENT) == []


def test_the_sentence_above_is_of_the_board_that_is_shown(page):
    first = page.value(LEADERS)
    for axis in ("bytes", "weights"):
        for board in page.value(f"DATA.boards.filter(board => board.axis === '{axis}')"):
            go(page, f"leaderboard?{urlencode({name: board[name] for name in BOARD})}")
            assert page.value(LEADERS) == "".join(board["leaders"])
            best = {row[1] for row in page.value(ROWS) if row[0] in ("1", "1=")}
            assert {*board["leaders"][1::2]} == best
    go(page, "leaderboard?phase=second")
    assert page.value("document.querySelector('.leaders').hidden")
    go(page, "leaderboard")
    assert page.value(LEADERS) == first and page.value("!document.querySelector('.leaders').hidden")


def test_the_skip_link_keeps_view_and_filter(page):
    go(page, "claims?paper=Nobody+2000")
    page.press("Tab")
    assert page.value("document.activeElement.className") == "skip"
    page.press("Enter")
    assert page.value("location.hash") == "#claims?paper=Nobody+2000"
    assert page.value("document.activeElement.id") == "views" and page.value(OPEN) == "claims"


def test_methods_of_curves_are_chosen_all_or_none_and_linked_to(page):
    chosen = f"{METHODS}.map(box => box.value)"
    press = (
        "[...document.querySelectorAll('.open legend button')].find(b => b.textContent === '{}')"
    )
    marks = "document.querySelectorAll('.mark').length"
    go(page, "curves")
    few = page.value(chosen)
    assert few and set(few) <= set(page.value("DATA.main"))
    page.value(f"{press.format('none')}.click()")
    assert page.value(chosen) == [] and page.value(marks) == 0
    assert page.value("location.hash").endswith("&method=")
    page.value("show()")  # what a link to it shows
    assert page.value(chosen) == []
    page.value(f"{press.format('all')}.click()")
    assert page.value(f"{METHODS}.length") == page.value(
        "document.querySelectorAll('[data-view=curves] fieldset:first-of-type input').length"
    )
    go(page, "curves?method=magnitude")
    assert page.value(chosen) == ["magnitude"]
    page.value(f"{METHODS}[0].click()")
    assert page.value(chosen) == [] and page.value("location.hash").endswith("&method=")


@pytest.mark.parametrize("ends", [(17.9, 26.9), (0.7, 1), (1.4, 5), (1.5, 80), (19.8, 20.2)])
@pytest.mark.parametrize("many", [5, 8])
def test_an_axis_has_three_ticks_at_least(page, ends, many):
    scale = f"scaleOf({list(ends)}, [0, 1], true)"
    low, high = page.value(f"{scale}.domain()")
    ticks = page.value(f"ticksOf({scale}, {many})")
    assert len(ticks) >= 3 and all(low <= tick <= high for tick in ticks)


def test_the_best_method_within_a_limit_and_its_trace_are_two_clicks_away(page):
    """What is best within some bytes? Choose the limit; then click on the first row's error."""
    choose = """(() => { const [limit] = [...document.querySelectorAll('.open select')]
        .filter(select => select.parentNode.textContent.startsWith('at most'));
        limit.value = limit.options[0].value; limit.dispatchEvent(new Event('change')); })()"""
    page.value(choose)
    _, method, *_ = page.value(ROWS)[0]
    page.value("document.querySelector('.board tbody a').click()")
    page.value("new Promise(done => setTimeout(done, 200))")
    assert page.value(OPEN) == "trace"
    lines = page.value("document.querySelector('.lines').textContent")
    titles = data(paths.SITE.read_text(encoding="utf-8"))["titles"]["digits/mlp100"]
    (name,) = [name for name, title in titles.items() if title == method]
    assert lines.startswith(f"digits/mlp100/{name}/") and "results/runs/" in lines


@pytest.fixture(scope="module")
def of_archive(tmp_path_factory):
    """The address of the page of the archive."""
    file = tmp_path_factory.mktemp("site") / "index.html"
    with contextlib.chdir(ROOT), without_checkpoints():
        file.write_text(made(study.load("config/paper")), encoding="utf-8")
    return file.as_uri()


def test_every_board_and_plot_of_the_archive_is_drawn(tmp_path, of_archive):
    """A method of the archive whose look the page does not know would leave a view empty."""
    with browser(CHROMIUM, tmp_path / "profile") as page:
        page.open(of_archive)
        for board in page.value(
            "DATA.boards.map(b => [b.task, b.axis, `${b.limit}`, b.rows.length])"
        ):
            *place, rows = board
            link = urlencode(dict(zip(BOARD, place, strict=True)))
            page.value(f"VIEWS.leaderboard(new URLSearchParams('{link}'))")
            assert page.value(ROWS + ".length") == rows, place
        for task in page.value("[...new Set(DATA.points.map(point => point.task))]"):
            page.value(f"VIEWS.curves(new URLSearchParams('task={task}'))")
            assert page.value("document.querySelectorAll('.plots svg path').length") > 1, task
            assert page.value(Y_TICKS) >= 3, task
            assert page.value(f"{METHODS}.length") <= 8, task
        names = "later('pictures').map(n => [n.task, n.method, n.seed, n.kind].join('/'))"
        for network in page.value(names):
            page.value(f"VIEWS.weights(new URLSearchParams('network={network}'))")
            text = page.value("document.querySelector('[data-view=weights]').textContent")
            assert not re.search("NaN|undefined|The page has no", text), network
            assert ("entries per edge" in text) == network.endswith("/labels"), network
            assert ("from 0 (black) to " in text) == network.endswith("/inputs"), network
            assert "You see " in text and not re.search(r"\d\.weight|connections", text), network
        assert page.errors == []


def test_the_phases_are_told_apart_and_can_be_chosen(page):
    assert {row[2] for row in page.value(ROWS)} == {"first", ""}  # a reference has none
    go(page, "leaderboard?phase=second")
    assert page.value(ROWS) == []
    assert "No method of this phase" in page.value(
        "document.querySelector('.open .missing summary').textContent"
    )
    go(page, "leaderboard?phase=first")
    assert {row[2] for row in page.value(ROWS)} == {"first"}


def test_a_mark_opens_the_trace_that_the_command_prints(page, capsys):
    go(page, "curves")
    marks = "[...document.querySelectorAll('.mark')].map(m => m.getAttribute('aria-label'))"
    labels = page.value(marks)
    points = data(paths.SITE.read_text(encoding="utf-8"))["points"]
    assert len(labels) == len(points)
    for point in points:
        assert any(f"{point['error']} % [{point['low']}, {point['high']}], n = 2" in label
                   for label in labels)  # fmt: skip
    page.value("document.querySelector('.mark').focus()")
    page.press("Enter")
    page.value("new Promise(done => setTimeout(done, 200))")
    assert page.value(OPEN) == "trace"
    address = page.value("new URLSearchParams(location.hash.split('?')[1]).get('address')")
    main(["trace", "--anywhere", address])
    assert page.value("document.querySelector('.lines').textContent") + "\n" == (
        capsys.readouterr().out
    )


def test_the_claims_can_be_filtered(page):
    shown = "document.querySelectorAll('.claims tbody tr:not([hidden])').length"
    go(page, "claims?verdict=nothing")
    assert page.value(shown) == 0
    go(page, "claims?paper=Nobody+2000")
    assert page.value(shown) == 1


def test_a_control_keeps_the_focus_and_changes_the_address(page):
    page.value("document.querySelector('section.open select:last-of-type').focus()")
    page.value("""(() => { const select = document.activeElement;
        select.dispatchEvent(new Event('change')); })()""")
    assert page.value("location.hash").startswith("#leaderboard?task=digits/mlp100")
    assert page.value("document.activeElement.tagName") == "SELECT"


def sized(page: Browser, width: int) -> None:
    page.call("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=2,
              mobile=True)  # fmt: skip


def test_a_tiny_window_draws_curves_without_an_error(page):
    sized(page, 20)
    go(page, "curves")
    width = "document.querySelector('.plots svg').getAttribute('width')"
    assert int(page.value(width)) == 200


def test_a_phone_shows_ten_rows_of_a_long_board_and_more_when_asked(tmp_path, of_archive):
    visible = "[...document.querySelectorAll('.open tbody tr')].filter(r => r.offsetHeight).length"
    height = "document.documentElement.scrollHeight"
    with browser(CHROMIUM, tmp_path / "profile") as page:
        page.open(of_archive)
        assert page.value(visible) > 10 and not page.value(MORE + ".offsetHeight")
        sized(page, 390)
        for view, most in (("leaderboard", 2500), ("claims", 6000)):
            go(page, f"{view}?")
            assert page.value(visible) == 10 and page.value(height) < most, view
            assert page.value("document.documentElement.scrollWidth") <= 390, view
            page.value(f"{MORE}.focus()")
            page.press("Enter")
            assert page.value(visible) == page.value(f"document.querySelectorAll({ALL}).length")
            assert page.value(f"document.activeElement.closest('tr') === {ELEVENTH}")
        go(page, "leaderboard?")
        ends = [page.value(CELL_ENDS.format(head)) for head in ("rank", "method", "test error (%)")]
        assert max(top for top, _ in ends) < min(bottom for _, bottom in ends)  # on one line
        go(page, "claims?claim=decomposition-below-low-rank")
        assert page.value("document.querySelector('.chosen').offsetHeight") > 0
        assert page.errors == []


def test_it_fits_a_phone(page):
    sized(page, 390)
    for view in ("curves", "claims", "trace", "leaderboard"):
        go(page, view)
        assert page.value("document.documentElement.scrollWidth") <= 390, view


def test_without_scripts_the_claims_are_shown_and_nothing_else(page):
    page.call("Emulation.setScriptExecutionDisabled", value=True)
    page.call("Page.navigate", url="about:blank")
    page.call("Page.navigate", url=paths.SITE.resolve().as_uri())
    visible = """document.querySelector('footer') && [...document.querySelectorAll(
        'section[data-view]')].filter(s => s.offsetHeight).map(s => s.dataset.view).join()"""
    deadline = time.monotonic() + 10
    while not (views := page.value(visible)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert views == "claims"
    shown = page.value("document.querySelector('noscript').innerText")
    assert "JavaScript" in shown and "brainside trace" in shown
