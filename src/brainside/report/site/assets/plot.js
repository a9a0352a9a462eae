// How methods look: colour, mark and dash are those of the report's figures.
// A regular polygon of some area with a corner above, as wide as a fraction of its height.
const polygon = (corners, width = 1) => ({
  draw(path, area) {
    const turn = (2 * Math.PI) / corners;
    const radius = Math.sqrt((2 * area) / (corners * Math.sin(turn) * width));
    for (let n = 0; n < corners; n += 1) {
      const [x, y] = [width * radius * Math.sin(n * turn), -radius * Math.cos(n * turn)];
      if (n) path.lineTo(x, y);
      else path.moveTo(x, y);
    }
    path.closePath();
  },
});
const MARKS = {
  o: [d3.symbolCircle, 0], s: [d3.symbolSquare, 0], "^": [d3.symbolTriangle, 0],
  D: [d3.symbolDiamond, 0], v: [d3.symbolTriangle, 180], P: [d3.symbolCross, 0],
  X: [d3.symbolCross, 45], "<": [d3.symbolTriangle, -90], "*": [d3.symbolStar, 0],
  ">": [d3.symbolTriangle, 90], p: [polygon(5), 0], h: [polygon(6), 0], d: [polygon(4, 0.6), 0],
};
const DASHES = { "-": null, "--": "6 3", "-.": "7 3 1.5 3", ":": "1.5 2.5" };

const colourOf = (method) => `var(--${DATA.looks[method].colour})`;

function drawMark(node, method, area) {
  const [symbol, turned] = MARKS[DATA.looks[method].mark];
  return node.append("path").attr("d", d3.symbol().type(symbol).size(area)())
    .attr("transform", `rotate(${turned})`).style("fill", colourOf(method));
}

function swatch(method) {
  const svg = d3.create("svg").attr("width", 26).attr("height", 14).attr("aria-hidden", "true");
  svg.append("line").attr("x1", 0).attr("x2", 26).attr("y1", 7).attr("y2", 7)
    .style("stroke", colourOf(method)).style("stroke-width", 1.5)
    .style("stroke-dasharray", DASHES[DATA.looks[method].dash]);
  drawMark(svg.append("g").attr("transform", "translate(13,7)"), method, 55);
  return svg.node();
}

// A hint beside what is pointed at or has the focus.
function hint(node, text) {
  const box = document.querySelector(".hint");
  const show = () => {
    const at = node.getBoundingClientRect();
    box.textContent = text;
    box.hidden = false;
    const left = Math.min(at.right + 8, innerWidth - box.offsetWidth - 8);
    box.style.left = `${Math.max(4, left) + scrollX}px`;
    box.style.top = `${at.bottom + 6 + scrollY}px`;
  };
  const hide = () => { box.hidden = true; };
  for (const [event, act] of [["pointerenter", show], ["focus", show], ["pointerleave", hide],
    ["blur", hide]]) node.addEventListener(event, act);
}

// A logarithmic scale where the values allow it; its domain has a little room on both sides.
function scaleOf(values, range, logarithmic) {
  const some = logarithmic ? values.filter((value) => value > 0) : values;
  let [low, high] = some.length ? d3.extent(some) : [1, 10];
  if (logarithmic) return d3.scaleLog().domain([low / 1.12, high * 1.12]).range(range).clamp(true);
  if (low === high) [low, high] = [low - 1, high + 1];
  return d3.scaleLinear().domain([low, high]).nice().range(range);
}

// Ticks of a logarithmic axis: 1, 2 and 5 of each decade, or those of a linear one where that is too
// little. Asked for five, d3 finds three at least.
function ticksOf(scale, many) {
  if (!scale.base) return scale.ticks(many);
  const all = scale.ticks().filter((value) => "125".includes(value.toExponential()[0])
    && Number.isInteger(+value.toExponential().split("e")[0]));
  if (all.length < 3) return d3.ticks(...scale.domain(), many);
  const decades = all.filter((value) => value.toExponential()[0] === "1");
  return all.length > many && decades.length > 2 ? decades : all;
}
