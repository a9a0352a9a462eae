// The table is in the page; here it is filtered.
VIEWS.claims = (parameters) => {
  const rows = [...section("claims").querySelectorAll("tbody tr")];
  const wanted = { paper: parameters.get("paper") || "", verdict: parameters.get("verdict") || "" };
  const options = (name) => [["", "all"],
    ...[...new Set(rows.map((row) => row.dataset[name]))].map((value) => [value, value])];
  const next = (changes) => go("claims", Object.fromEntries(
    Object.entries({ ...wanted, ...changes }).filter(([, value]) => value)));
  for (const row of rows)
    row.hidden = Object.entries(wanted).some(([name, value]) => value && row.dataset[name] !== value);
  const shown = rows.filter((row) => !row.hidden);
  const chosen = parameters.get("claim");
  fold("claims", shown, `claim-${chosen}`);
  controlsOf("claims").replaceChildren(
    choice("paper", options("paper"), wanted.paper, (value) => next({ paper: value })),
    choice("verdict", options("verdict"), wanted.verdict, (value) => next({ verdict: value })),
    element("span", { className: "note", textContent: `${shown.length} of ${rows.length} claims` }));
  for (const row of rows) row.classList.toggle("chosen", row.id === `claim-${chosen}`);
  document.getElementById(`claim-${chosen}`)?.scrollIntoView();
};
