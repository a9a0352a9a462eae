// Methods within a limit, ranked; ties have the same rank.
const LIMITED = { bytes: "bytes of the best file", weights: "stored weights",
  multiply_adds: "multiply-adds" };

VIEWS.leaderboard = (parameters) => {
  const board = boardOf(parameters);
  if (!board) return;
  const { task, axis } = board;
  const phase = parameters.get("phase") in PHASES ? parameters.get("phase") : "";
  const ofTask = DATA.boards.filter((other) => other.task === task);
  const ofAxis = ofTask.filter((other) => other.axis === axis);
  const axes = Object.entries(LIMITED).filter(([name]) =>
    ofTask.some((other) => other.axis === name));
  const tasks = [...new Set(DATA.boards.map((other) => other.task))];
  const next = (changes) => go("leaderboard", Object.fromEntries(
    Object.entries({ task, axis, phase, ...changes }).filter(([, value]) => value)));
  controlsOf("leaderboard").replaceChildren(
    choice("data set/network", tasks.map((name) => [name, taskText(name)]), task,
      (value) => next({ task: value })),
    choice("limit of", axes, axis, (value) => next({ axis: value })),
    choice("at most", ofAxis.map((other) => [String(other.limit), limitText(other)]),
      String(board.limit), (value) => next({ limit: value })),
    choice("phase", [["", "both"], ...Object.entries(PHASES).map(([name, text]) =>
      [name, `${name}: ${text}`])], phase,
      (value) => next({ limit: String(board.limit), phase: value })),
    ...absent("task", parameters.get("task"), tasks));
  drawLeaders(board, phase);
  drawBoard(board, phase);
};

const limitText = (board) =>
  board.axis === "bytes" ? board.label : `${board.label} (${grouped(board.limit)})`;
const taskText = (name) => (name in DATA.titles ? name : `${name}, any network`);

// The board that the parameters name; else one of its task and axis, or of the task's first axis;
// else the first to be shown.
function boardOf(parameters) {
  const first = DATA.boards[DATA.first];
  const [task, axis, limit] = ["task", "axis", "limit"].map((name) => parameters.get(name));
  const wanted = [task, axis ?? DATA.boards.find((board) => board.task === task)?.axis, limit];
  const fits = (count) => DATA.boards.filter((board) =>
    [board.task, board.axis, String(board.limit)].slice(0, count)
      .every((value, n) => value === wanted[n]));
  const mostRows = (boards) => boards.reduce((best, board) =>
    board.rows.length >= best.rows.length ? board : best);
  const some = [3, 2, 1].map(fits).find((boards) => boards.length);
  return some ? mostRows(some) : first;
}

// Who leads the board that is shown, as a sentence: every second part of it is a title. It is of all
// methods, and would say another thing than a board of one phase.
function drawLeaders({ leaders }, phase) {
  const place = document.querySelector(".leaders");
  place.hidden = Boolean(phase) || !leaders.length;
  place.replaceChildren(...leaders.map((textContent, n) =>
    (n % 2 ? element("strong", { textContent }) : textContent)));
}

function drawBoard(board, phase) {
  const place = section("leaderboard");
  const heads = ["rank", "method", "phase", ...(board.task in DATA.titles ? [] : ["reference"]),
    "test error (%)", "95 % interval", "seeds", LIMITED[board.axis], "budget", "file"];
  const rows = board.rows.filter(([number]) => ofPhase(DATA.points[number].method, phase));
  place.querySelector("thead").replaceChildren(element("tr", {},
    ...heads.map((text) => element("th", { scope: "col", textContent: text }))));
  place.querySelector("tbody").replaceChildren(...rows.map((row) => boardRow(board, row, heads)));
  fold("leaderboard", [...place.querySelectorAll("tbody tr")]);
  const missing = missingOf(board, phase);
  const none = rows.length ? "" : "No method of this phase keeps within this limit yet. ";
  place.querySelector(".missing").hidden = !none && !missing.length;
  place.querySelector(".missing").replaceChildren(
    element("summary", { textContent: `${none}Pending, without a record yet: ${missing.length}` }),
    missing.join("; "));
}

const ofPhase = (method, phase) => !phase || DATA.phases[method] === phase;

// Titles of the methods that have no record on any task of a board yet.
function missingOf(board, phase) {
  const tasks = Object.keys(DATA.titles).filter((task) =>
    task === board.task || DATA.datasets[task] === board.task);
  const recorded = new Set(DATA.points.filter((point) => tasks.includes(point.task))
    .map((point) => point.method));
  const titles = tasks.flatMap((task) => (DATA.missing[task] || [])
    .filter((method) => ofPhase(method, phase) && !recorded.has(method))
    .map((method) => title(task, method)));
  return [...new Set(titles)];
}

function boardRow(board, [number, rank], heads) {
  const point = DATA.points[number];
  const tied = board.rows.filter((row) => row[1] === rank).length > 1;
  const place = rank === null ? "–" : rank + (tied ? "=" : "");
  const method = [swatch(point.method), " ", title(point.task, point.method)];
  const error = element("a", { href: traceOf(point.trace), textContent: point.error });
  const contents = { rank: [place], method, phase: [DATA.phases[point.method] ?? ""],
    reference: [point.task.split("/")[1]], "test error (%)": [error],
    "95 % interval": [interval(point)], seeds: [seeds(point)],
    [LIMITED[board.axis]]: [grouped(point.sizes[board.axis])], budget: [point.budget],
    file: [point.file || "as stored"] };
  return element("tr", {}, ...heads.map((head) => boardCell(head, contents[head])));
}

const WORDS = ["method", "phase", "reference", "file"]; // columns that are aligned to the left

function boardCell(head, content) {
  const cell = element("td", { className: WORDS.includes(head) ? "" : "number" }, ...content);
  cell.dataset.head = head;
  return cell;
}
