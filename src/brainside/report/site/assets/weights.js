// Small pictures, histograms and counts by layer, of the networks whose plot data is kept.
VIEWS.weights = (parameters) => {
  const name = (entry) => `${entry.task}/${entry.method}/${entry.seed}/${entry.kind}`;
  const networks = later("pictures");
  const place = section("weights").querySelector(".pictures");
  const entry = networks.find((one) => name(one) === parameters.get("network"))
    || networks[0];
  if (!entry) return place.replaceChildren("Nothing is kept of weights yet.");
  controlsOf("weights").replaceChildren(choice("network",
    networks.map((one) => [name(one),
      `${one.task}: ${title(one.task, one.method)}, seed ${one.seed}, ${one.kind}`]),
    name(entry), (value) => go("weights", { network: value })),
    ...absent("network", parameters.get("network"), networks.map(name)));
  section("weights").querySelector(".kind").textContent = KINDS[entry.kind];
  const budgets = [...new Set(entry.rows.map((row) => row.budget))];
  place.replaceChildren(...budgets.map((budget) => element("div", {},
    element("h3", { textContent: budget === "1" ? "the whole network" : `at ${budget}` }),
    ...drawn(entry.rows.filter((row) => row.budget === budget)))));
};

const KINDS = {
  inputs: "How many weights of the first layer are left that read a pixel: none is black.",
  pictures: "Weights of some units or filters of the first layer, and atoms of its dictionary, "
    + "from − (black) to + (white) the number below each.",
  histogram: "The weights that are left in each layer, counted by value.",
  hashed: "A HashedNet's buckets and its virtual weights by the sign of their hash, by value.",
  layers: "How many weights each layer keeps.",
  labels: "Sizes of exact distance labels of the network's graph, by the order of their searches.",
};

function drawn(rows) {
  if ("height" in rows[0]) return rows.map((row) => pictureOf(row, rows.length));
  if ("limit" in rows[0]) return rows.map(histogramOf);
  return ["order" in rows[0] ? labelsOf(rows) : countsOf(rows)];
}

const captioned = (node, text) =>
  element("figure", {}, node, element("figcaption", { textContent: text }));

// Weights from minus the largest absolute one (black) to plus it; counts from 0 (black).
function pictureOf(row, many) {
  const values = row.values.split(" ").map(Number);
  const largest = Math.max(1, ...values.map(Math.abs));
  const counts = row.what === "connections";
  const least = counts ? 0 : -largest;
  const canvas = element("canvas", { width: row.width, height: row.height });
  const context = canvas.getContext("2d");
  const image = context.createImageData(row.width, row.height);
  values.forEach((value, n) =>
    image.data.set([...Array(3).fill(255 * (value - least) / (largest - least)), 255], 4 * n));
  context.putImageData(image, 0, 0);
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `${row.what} ${row.number}`);
  canvas.classList.toggle("large", counts);
  const range = counts ? `from 0 (black) to ${largest} (white)`
    : `±${+(largest * row.unit).toPrecision(3)}`;
  return captioned(canvas, `${many > 1 ? `${row.what} ${row.number}` : row.what}, ${range}`);
}

function histogramOf(row) {
  const counts = row.values.split(" ").map(Number);
  const [width, height] = [300, 130];
  const x = d3.scaleLinear().domain([0, counts.length]).range([10, width - 10]);
  const across = d3.scaleLinear().domain([-row.limit, +row.limit]).range([10, width - 10]);
  const y = d3.scaleLinear().domain([0, d3.max(counts) || 1]).range([height - 24, 6]);
  const svg = d3.create("svg").attr("width", width).attr("height", height).attr("role", "img")
    .attr("aria-label", `${row.what} of ${row.layer} by value, at most ${d3.max(counts)} in a bin`);
  svg.append("path").style("fill", "var(--c0)").attr("d", d3.area().curve(d3.curveStepAfter)
    .x((_, n) => x(n)).y0(y(0)).y1((count) => y(count))([...counts, 0]));
  svg.append("g").attr("class", "axis").attr("transform", `translate(0,${height - 24})`)
    .call(d3.axisBottom(across).ticks(5));
  const sum = counts.reduce((total, count) => total + count, 0);
  return captioned(svg.node(), `${row.layer}, ${row.what}: ${grouped(sum)}, by value`);
}

const countsOf = (rows) => tableOf(["layer", "weights", "kept", "share"],
  rows.map((row) => [row.layer, grouped(row.weights), grouped(row.kept),
    `${(100 * row.kept / row.weights).toFixed(1)} %`]));

const ORDERS = { degree: "by degree", random: "in random order" };
const labelsOf = (rows) => tableOf(["order", "edges", "entries", "entries per edge", "bits"],
  rows.map((row) => [ORDERS[row.order] ?? row.order, grouped(row.edges), grouped(row.entries),
    (row.entries / row.edges).toFixed(2), grouped(row.bits)]));

function tableOf(heads, rows) {
  const rowOf = (name, texts, more) =>
    element("tr", {}, ...texts.map((textContent) => element(name, { textContent, ...more })));
  return element("div", { className: "scroll" }, element("table", {},
    element("thead", {}, rowOf("th", heads, { scope: "col" })),
    element("tbody", {}, ...rows.map((texts) => rowOf("td", texts)))));
}
