// Methods within a limit, ranked; ties have the same rank.
const LIMITED = { bytes: "bytes of the best file", weights: "stored weights",
  multiply_adds: "multiply-adds" };

VIEWS.leaderboard = (parameters) => {
  const board = boardOf(parameters);
  if (!board) return;
  const { task, axis } = board;
  const ofTask = DATA.boards.filter((other) => other.task === task);
  const ofAxis = ofTask.filter((other) => other.axis === axis);
  const axes = Object.entries(LIMITED).filter(([name]) =>
    ofTask.some((other) => other.axis === name));
  const tasks = [...new Set(DATA.boards.map((other) => other.task))];
  controlsOf("leaderboard").replaceChildren(
    choice("task", tasks.map((name) => [name, name]), task,
      (value) => go("leaderboard", { task: value, axis })),
    choice("limit of", axes, axis, (value) => go("leaderboard", { task, axis: value })),
    choice("at most", ofAxis.map((other) => [String(other.limit), limitText(other)]),
      String(board.limit), (value) => go("leaderboard", { task, axis, limit: value })));
  drawBoard(board);
};

const limitText = (board) =>
  board.axis === "bytes" ? board.label : `${board.label} (${grouped(board.limit)})`;

// The board that the parameters name; else one of its task and axis; else the first to be shown.
function boardOf(parameters) {
  const first = DATA.boards[DATA.first];
  const wanted = ["task", "axis", "limit"].map((name) => parameters.get(name));
  const fits = (count) => DATA.boards.filter((board) =>
    [board.task, board.axis, String(board.limit)].slice(0, count)
      .every((value, n) => value === wanted[n]));
  const mostRows = (boards) => boards.reduce((best, board) =>
    board.rows.length >= best.rows.length ? board : best);
  const some = [3, 2, 1].map(fits).find((boards) => boards.length);
  return some ? mostRows(some) : first;
}

function drawBoard(board) {
  const place = section("leaderboard");
  const heads = ["rank", "method", "test error (%)", "95 % interval", "seeds",
    LIMITED[board.axis], "budget", "file"];
  place.querySelector("thead").replaceChildren(element("tr", {},
    ...heads.map((text) => element("th", { scope: "col", textContent: text }))));
  place.querySelector("tbody").replaceChildren(...board.rows.map((row) => boardRow(board, row)));
  const missing = DATA.missing[board.task] || [];
  place.querySelector(".missing").textContent = missing.length
    ? `Pending, without a record yet: ${missing.map((m) => title(board.task, m)).join("; ")}.` : "";
}

function boardRow(board, [number, rank]) {
  const point = DATA.points[number];
  const tied = board.rows.filter((row) => row[1] === rank).length > 1;
  const texts = [rank + (tied ? "=" : ""), null, null, interval(point), seeds(point),
    grouped(point.sizes[board.axis]), point.budget, point.file || "as stored"];
  const cells = texts.map((text) => element("td", { className: "number", textContent: text ?? "" }));
  cells[1].className = "";
  cells[1].append(swatch(point.method), " ", title(point.task, point.method));
  cells[2].append(element("a", { href: traceOf(point.trace), textContent: point.error }));
  cells[7].className = "";
  return element("tr", {}, ...cells);
}
