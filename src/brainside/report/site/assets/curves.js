// Test error against a size: a plot per task, a curve per method.
VIEWS.curves = (parameters) => {
  const axis = parameters.get("axis") in DATA.axes ? parameters.get("axis") : "weights";
  const scale = parameters.get("scale") === "linear" ? "linear" : "log";
  const known = new Set(DATA.points.map((point) => point.task));
  const asked = parameters.getAll("task").filter((task) => known.has(task));
  const tasks = asked.length ? asked : [...known].slice(0, 1);
  const place = (method) => GROUPS.indexOf(groupOf(method));
  const offered = [...new Set(DATA.points.filter((point) => tasks.includes(point.task))
    .map((point) => point.method))].sort((a, b) => place(a) - place(b));
  const named = parameters.getAll("method");
  const methods = chosenOf(named, tasks, offered);
  const next = (changes) => go("curves", toPairs({ axis, scale, task: asked, method: named,
    ...changes }));
  controlsOf("curves").replaceChildren(
    choice("against", Object.entries(DATA.axes), axis, (value) => next({ axis: value })),
    choice("axes", [["log", "logarithmic"], ["linear", "linear"]], scale,
      (value) => next({ scale: value })),
    withButtons({ all: "all", none: "" }, (method) => next({ method }),
      boxes("methods", offered.map((m) => [m, DATA.titles[tasks.find((t) => m in DATA.titles[t])][m]]),
        methods, (method) => next({ method: method.length ? method : "" }), swatch, groupOf)),
    boxes("tasks", [...known].map((task) => [task, task]), tasks, (task) => next({ task })),
    ...parameters.getAll("task").flatMap((task) => absent("task", task, [...known])));
  section("curves").querySelector(".plots").replaceChildren(
    ...tasks.map((task) => plotOf(task, axis, methods, scale === "log")));
};

// References that are in no experiment themselves have no phase.
const GROUPS = ["what others start from", ...Object.values(PHASES)];
const groupOf = (method) => PHASES[DATA.phases[method]] ?? GROUPS[0];

// An address names methods, all, or (an empty name) none; else a few of each task are chosen.
function chosenOf(named, tasks, offered) {
  if (named.includes("all")) return offered;
  const here = offered.filter((method) => named.includes(method));
  if (here.length || named.includes("")) return here;
  const few = tasks.flatMap(fewOf);
  return offered.filter((method) => few.includes(method));
}

// The methods of the README's picture, or the best of the leaderboard where a task has few of them.
function fewOf(task) {
  const here = new Set(DATA.points.filter((point) => point.task === task)
    .map((point) => point.method));
  const main = DATA.main.filter((method) => here.has(method));
  if (main.length > 3) return main;
  return boardOf(new URLSearchParams({ task })).rows.slice(0, 6)
    .map(([number]) => DATA.points[number].method);
}

const toPairs = (parameters) => Object.entries(parameters).flatMap(([name, value]) =>
  [value].flat().map((one) => [name, one]));

// Boxes to tick; where they are of several groups, each begins with its name.
function boxes(legend, options, chosen, changed, picture, groupBy = () => undefined) {
  const field = element("fieldset", {}, element("legend", { textContent: legend }));
  const several = new Set(options.map(([value]) => groupBy(value))).size > 1;
  let group;
  for (const [value, text] of options) {
    if (several && groupBy(value) !== group) {
      group = groupBy(value);
      field.append(element("span", { className: "group", textContent: group }));
    }
    const input = element("input", { type: "checkbox", value, checked: chosen.includes(value) });
    input.addEventListener("change", () =>
      changed([...field.querySelectorAll("input:checked")].map((box) => box.value)));
    field.append(element("label", {}, input, ...(picture ? [picture(value)] : []), text));
  }
  return field;
}

// Buttons behind the name of a field, each with what it chooses.
function withButtons(choices, changed, field) {
  const buttons = Object.entries(choices).map(([textContent, value]) => {
    const button = element("button", { type: "button", textContent });
    button.addEventListener("click", () => changed(value));
    return button;
  });
  field.querySelector("legend").append(" ", ...buttons);
  return field;
}

// On the axis of bytes the files that no other of the method beats, on others what was trained.
const onAxis = (point, axis) => (axis === "bytes" ? point.front : point.file === "");

function plotOf(task, axis, methods, logarithmic) {
  const points = DATA.points.filter((point) =>
    point.task === task && methods.includes(point.method) && onAxis(point, axis));
  const room = document.documentElement.clientWidth - 30; // next to none in a window that is hidden
  const [width, height] = [Math.max(200, Math.min(620, room)), 380];
  const svg = d3.create("svg").attr("width", width).attr("height", height)
    .attr("role", "group").attr("aria-label", `Test error on ${task} against ${DATA.axes[axis]}`);
  const dots = points.flatMap((point) => point.dots);
  const x = scaleOf(dots.map((dot) => dot[axis]), [56, width - 14], logarithmic);
  const y = scaleOf(dots.map((dot) => +dot.error), [height - 44, 26], logarithmic);
  axesOf(svg, x, y, width, height, `${task}: test error (%)`, DATA.axes[axis]);
  for (const method of methods)
    curveOf(svg, points.filter((point) => point.method === method), axis, x, y);
  if (!points.length) svg.append("text").attr("class", "caption").attr("x", width / 2)
    .attr("y", height / 2).text(methods.length ? "no records yet" : "no method is chosen");
  return svg.node();
}

function axesOf(svg, x, y, width, height, above, below) {
  const plain = d3.format("~g");
  const many = Math.max(3, Math.round(width / 95));
  const short = (value) => (value >= 1e4 ? d3.format("~s")(value).replace("G", "B") : plain(value));
  svg.append("g").attr("class", "axis grid").attr("transform", "translate(56,0)")
    .call(d3.axisLeft(y).tickValues(ticksOf(y, 8)).tickFormat("").tickSize(-(width - 70)));
  svg.append("g").attr("class", "axis").attr("transform", `translate(0,${height - 44})`)
    .call(d3.axisBottom(x).tickValues(ticksOf(x, many)).tickFormat(short));
  svg.append("g").attr("class", "axis").attr("transform", "translate(56,0)")
    .call(d3.axisLeft(y).tickValues(ticksOf(y, 8)).tickFormat(plain));
  svg.append("text").attr("class", "caption").attr("x", 4).attr("y", 14).text(above);
  svg.append("text").attr("class", "caption").attr("x", (width + 42) / 2).attr("y", height - 8)
    .attr("text-anchor", "middle").text(below);
}

function curveOf(svg, points, axis, x, y) {
  if (!points.length) return;
  const ordered = [...points].sort((a, b) => a.sizes[axis] - b.sizes[axis]);
  const method = points[0].method;
  const group = svg.append("g").style("stroke", colourOf(method));
  const across = (point) => x(point.sizes[axis]);
  group.append("path").style("fill", "none").style("stroke-width", 1.6)
    .style("stroke-dasharray", DASHES[DATA.looks[method].dash])
    .attr("d", d3.line().x(across).y((point) => y(+point.error))(ordered));
  for (const point of ordered) {
    for (const dot of point.dots) group.append("circle").attr("r", 1.8).style("opacity", 0.55)
      .style("stroke", "none").style("fill", colourOf(method))
      .attr("cx", x(dot[axis])).attr("cy", y(+dot.error));
    markOf(group, point, axis, across(point), y);
  }
}

function markOf(group, point, axis, across, y) {
  const text = `${title(point.task, point.method)} at ${point.budget}`
    + `\n${point.error} % ${interval(point)}, n = ${seeds(point)}`
    + `\n${size("bytes", point.sizes.bytes)} bytes (${point.file || "as stored"})`
    + (axis in point.sizes && axis !== "bytes"
      ? `\n${size(axis, point.sizes[axis])}: ${DATA.axes[axis]}` : "");
  if (point.low) group.append("line").attr("x1", across).attr("x2", across)
    .attr("y1", y(+point.low)).attr("y2", y(+point.high)).style("stroke-width", 1.3);
  const link = group.append("a").attr("class", "mark").attr("href", traceOf(point.trace))
    .attr("aria-label", text).attr("transform", `translate(${across},${y(+point.error)})`);
  link.append("circle").attr("r", 9).style("fill", "transparent").style("stroke", "none");
  drawMark(link, point.method, 58).style("stroke", "none");
  hint(link.node(), text);
}
