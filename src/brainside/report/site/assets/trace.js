// The lines that `brainside trace` prints.
VIEWS.trace = (parameters) => {
  const { lines, traces } = later("traces");
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
    ? traces[asked].map((number) => lines[number]).join("\n")
    : `The page has no trace of ${asked}.`;
};
