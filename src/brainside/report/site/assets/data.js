// The data of the page, the state in its address, and elements made without markup.
const DATA = JSON.parse(document.getElementById("data").textContent);
const PHASES = { first: "the field's own methods", second: "the algorithms community's" };
const VIEWS = {}; // by name: a function that draws the view from its parameters

const section = (name) => document.querySelector(`section[data-view="${name}"]`);
const controlsOf = (name) => section(name).querySelector(".controls");
const title = (task, method) => DATA.titles[task][method];

// Traces and pictures stand behind the scripts, and are parsed when they are first asked for.
const LATER = {};
function later(name) {
  if (!(name in LATER)) {
    performance.mark(`parsed ${name}`);
    LATER[name] = JSON.parse(document.getElementById(name).textContent);
  }
  return LATER[name];
}

function element(name, properties = {}, ...children) {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
}

// An address is #view?name=value&…; a name may come several times.
function address(view, parameters) {
  const text = new URLSearchParams(parameters).toString().replaceAll("%2F", "/");
  return `#${view}${text ? "?" + text : ""}`;
}

function parsed() {
  const [view, text] = location.hash.slice(1).split("?", 2);
  return [view in VIEWS ? view : "leaderboard", new URLSearchParams(text)];
}

const traceOf = (name) => address("trace", { address: name });

function choice(label, options, chosen, changed) {
  const select = element("select");
  for (const [value, text] of options)
    select.append(element("option", { value, textContent: text, selected: value === chosen }));
  select.addEventListener("change", () => changed(select.value));
  return element("label", {}, label, select);
}

// A line where an address names what there is not; another is shown then.
const absent = (kind, name, known) => (name === null || known.includes(name) ? []
  : [element("p", { className: "note absent", textContent: `The page has no ${kind} “${name}”.` })]);

// Focus stays on the control that was used, although the view is drawn anew.
function go(view, parameters) {
  const focusable = "select, input, button";
  const controls = [...controlsOf(view).querySelectorAll(focusable)];
  const used = controls.indexOf(document.activeElement);
  history.pushState(null, "", address(view, parameters));
  show();
  controlsOf(view).querySelectorAll(focusable)[used]?.focus();
}

// Rows beyond the first few are folded on a phone (see the style), but for one that is named, until
// the button below asks for them.
const FEW = 10;
function fold(view, rows, named) {
  const later = rows.filter((row, number) => number >= FEW && row.id !== named);
  for (const row of rows) row.classList.toggle("later", later.includes(row));
  const more = section(view).querySelector(".more");
  more.hidden = !later.length;
  more.textContent = `${later.length} more`;
  more.onclick = () => {
    for (const row of later) row.classList.remove("later");
    more.hidden = true;
    later[0].querySelector("a").focus();
  };
}

const grouped = (number) => String(Math.trunc(number)).replace(/\B(?=(\d{3})+$)/g, ",");
const size = (axis, value) => (axis === "budget" ? String(value) : grouped(value));
const interval = (point) => (point.low ? `[${point.low}, ${point.high}]` : "one seed");
const seeds = (point) =>
  point.n === point.expected ? `${point.n}` : `${point.n} of ${point.expected}`;
