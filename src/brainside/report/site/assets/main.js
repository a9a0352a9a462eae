// One view at a time, as the address says; those that read what stands behind the scripts wait.
const READ_LATER = ["weights", "trace"];

function show() {
  const [view, parameters] = parsed();
  if (document.readyState === "loading" && READ_LATER.includes(view))
    return document.addEventListener("DOMContentLoaded", show, { once: true });
  if (document.body.dataset.view && document.body.dataset.view !== view) scrollTo(0, 0);
  document.body.dataset.view = view;
  document.querySelector(".hint").hidden = true;
  for (const place of document.querySelectorAll("section[data-view]"))
    place.classList.toggle("open", place.dataset.view === view);
  for (const link of document.querySelectorAll("nav a"))
    link.toggleAttribute("aria-current", link.hash === `#${view}`);
  VIEWS[view](parameters);
}

// The fragment is the state, which a jump within the page must not replace.
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  document.getElementById("views").focus();
});
addEventListener("hashchange", show);
addEventListener("popstate", show);
addEventListener("resize", () => { if (parsed()[0] === "curves") show(); });
show();
