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
      `${one.task}: ${title(one.task, one.method)}, seed ${one.seed}, ${TITLES[one.kind]}`]),
    name(entry), (value) => go("weights", { network: value })),
    ...absent("network", parameters.get("network"), networks.map(name)));
  section("weights").querySelector(".kind").textContent = KINDS[entry.kind];
  const budgets = [...new Set(entry.rows.map((row) => row.budget))];
  place.replaceChildren(...budgets.map((budget) => element("div", {},
    element("h3", { textContent: budget === "1" ? "the whole network" : `at ${budget}` }),
    ...drawn(entry.rows.filter((row) => row.budget === budget)))));
};

// What is seen of a network: its title in the chooser, and a sentence above the pictures.
const TITLES = { inputs: "mask: links per pixel", pictures: "filters and dictionary atoms",
  histogram: "weights by value", hashed: "shared weights by value", layers: "weights kept by layer",
  labels: "distance labels" };
const KINDS = {
  inputs: "You see the image, and at each pixel how many links of the first layer's mask read it: "
    + "the brighter, the more; black has none.",
  pictures: "You see weights of some units or filters of the first layer, and atoms of its dictionary, "
    + "from − (black) to + (white) the number below each.",
  histogram: "You see how many of the weights that are left in each layer have which value.",
  hashed: "You see how many of a HashedNet's shared weights (buckets), and of its virtual weights with "
    + "either sign of their hash, have which value.",
  layers: "You see how many weights each layer has, and how many it keeps.",
  labels: "You see how large exact distance labels of the network's graph are, by the order of their "
    + "searches.",
};
const ORDINALS = ["first", "second", "third", "fourth", "fifth"];
const WHATS = { connections: "links per pixel", buckets: "shared weights",
  positive: "virtual weights with sign +", negative: "virtual weights with sign −" };

// Layers by their titles: an entry has all of its network's, in order.
const layersOf = (rows) => Object.fromEntries([...new Set(rows.map((row) => row.layer))]
  .map((name, number) => [name, `${ORDINALS[number]} layer`]));

function drawn(rows) {
  const layers = layersOf(rows);
  if ("height" in rows[0]) return rows.map((row) => pictureOf(row, rows.length));
  if ("limit" in rows[0]) return rows.map((row) => histogramOf(row, layers[row.layer]));
  return ["order" in rows[0] ? labelsOf(rows) : countsOf(rows, layers)];
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
  const what = WHATS[row.what] ?? row.what;
  canvas.setAttribute("aria-label", many > 1 ? `${what} ${row.number}` : what);
  canvas.classList.toggle("large", counts);
  const range = counts ? `from 0 (black) to ${largest} (white)`
    : `±${+(largest * row.unit).toPrecision(3)}`;
  return captioned(canvas, `${many > 1 ? `${what} ${row.number}` : what}, ${range}`);
}

function histogramOf(row, layer) {
  const what = `${WHATS[row.what] ?? row.what} of the ${layer}`;
  const counts = row.values.split(" ").map(Number);
  const [width, height] = [300, 130];
  const x = d3.scaleLinear().domain([0, counts.length]).range([10, width - 10]);
  const across = d3.scaleLinear().domain([-row.limit, +row.limit]).range([10, width - 10]);
  const y = d3.scaleLinear().domain([0, d3.max(counts) || 1]).range([height - 24, 6]);
  const svg = d3.create("svg").attr("width", width).attr("height", height).attr("role", "img")
    .attr("aria-label", `${what} by value, at most ${d3.max(counts)} in a bin`);
  svg.append("path").style("fill", "var(--c0)").attr("d", d3.area().curve(d3.curveStepAfter)
    .x((_, n) => x(n)).y0(y(0)).y1((count) => y(count))([...counts, 0]));
  svg.append("g").attr("class", "axis").attr("transform", `translate(0,${height - 24})`)
    .call(d3.axisBottom(across).ticks(5).tickFormat(withMinus(across.tickFormat(5))));
  const sum = counts.reduce((total, count) => total + count, 0);
  return captioned(svg.node(), `${what}: ${grouped(sum)}, by value`);
}

const withMinus = (format) => (value) => format(value).replace("-", "−");

const countsOf = (rows, layers) => tableOf(["layer", "weights", "kept", "share"],
  rows.map((row) => [layers[row.layer], grouped(row.weights), grouped(row.kept),
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
