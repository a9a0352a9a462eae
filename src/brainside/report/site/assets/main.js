// One view at a time, as the address says.
function show() {
  const [view, parameters] = parsed();
  document.querySelector(".hint").hidden = true;
  for (const place of document.querySelectorAll("section[data-view]"))
    place.classList.toggle("open", place.dataset.view === view);
  for (const link of document.querySelectorAll("nav a"))
    link.toggleAttribute("aria-current", link.hash === `#${view}`);
  VIEWS[view](parameters);
}

document.documentElement.classList.add("js");
addEventListener("hashchange", show);
addEventListener("popstate", show);
addEventListener("resize", () => { if (parsed()[0] === "curves") show(); });
show();
