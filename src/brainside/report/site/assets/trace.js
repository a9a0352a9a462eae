// The lines that `brainside trace` prints: each is stored without what it shares with the one before.
const unshared = (lines) => {
  let before = "";
  return lines.map(([shared, rest]) => before = before.slice(0, shared) + rest);
};

const textOf = (address) => {
  const { lines, paragraphs, traces } = later("traces");
  const whole = unshared(lines);
  return traces[address].map((part) => paragraphs[part].map((line) => whole[line]).join("\n")).join("\n\n");
};

VIEWS.trace = (parameters) => {
  const { traces } = later("traces");
  const names = Object.keys(traces);
  const asked = parameters.get("address") || names[0] || "";
  const input = element("input", { type: "search", value: asked, size: 60 });
  input.setAttribute("list", "addresses");
  input.addEventListener("change", () => go("trace", { address: input.value.trim() }));
  const list = element("datalist", { id: "addresses" },
    ...names.map((name) => element("option", { value: name })));
  controlsOf("trace").replaceChildren(element("label", {}, "address", input), list);
  const place = section("trace");
  place.querySelector(".command").textContent = `brainside trace --anywhere ${asked}`;
  place.querySelector(".lines").textContent = asked in traces
    ? textOf(asked)
    : `The page has no trace of ${asked}.`;
};
