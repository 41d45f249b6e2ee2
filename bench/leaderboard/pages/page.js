// Sorts, filters and opens what the page holds; nothing is fetched. Tables can be read without it.
"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const NUMBERED = {"s": 1, "min": 60};
const HIDDEN = new Set(["Accuracy", "Chance", "Profile", "Parameters", "Training", "Key", "Perm. p"]);
const byId = (name) => document.getElementById(name);

// made("td", {class: "x"}, "text", element, ...): an element; null and undefined are left out
function made(tag, attributes, ...content) {
  const svg = ["svg", "path", "circle", "text", "title"].includes(tag);
  const element = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...content.filter((each) => each !== null && each !== undefined));
  return element;
}

const inWords = (value, percent) => value === null || value === undefined ? "–" : percent ? (value / 10).toFixed(1) : String(value);
const comparisonOf = (row) => data.comparisons[row.in];
const facetsOf = (row) => ({...comparisonOf(row).facets, ...row.facets});

// ------------------------------------------------------------------ tables: sorting, columns, rows that open
function valueOf(text) {
  const found = text.replace(/,/g, "").match(/^[<+]?\s*(-?[\d.]+)\s*(s|min)?/);
  return found ? Number(found[1]) * (NUMBERED[found[2]] || 1) : null;
}

function sortBy(table, place, button) {
  const head = button.parentElement, body = table.tBodies[0];
  const up = head.getAttribute("aria-sort") === "descending";
  for (const each of table.tHead.rows[0].cells) each.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", up ? "ascending" : "descending");
  const keyed = [...body.rows].map((row) => {
    const text = row.cells[place].textContent;
    return {row, text, value: valueOf(text)};
  });
  const order = (one, other) => {
    if ((one.value === null) !== (other.value === null)) return one.value === null ? 1 : -1;
    const found = one.value === null ? one.text.localeCompare(other.text) : one.value - other.value;
    return up ? found : -found;
  };
  body.append(...keyed.sort(order).map((each) => each.row));
}

function showColumn(name, shown) {
  for (const table of document.querySelectorAll("table.all")) {
    const place = [...table.tHead.rows[0].cells].findIndex((cell) => cell.dataset.name === name);
    if (place < 0) continue;
    for (const row of table.rows) row.cells[place].hidden = !shown;
  }
}

const columns = new Set();
for (const table of document.querySelectorAll("table.all")) {
  for (const [place, head] of [...table.tHead.rows[0].cells].entries()) {
    const name = head.firstChild.textContent;
    const button = made("button", {type: "button", title: "Sort", click: () => sortBy(table, place === 1 ? 2 : place, button)}, name);
    head.dataset.name = name;
    head.firstChild.replaceWith(button);
    if (place > 1) columns.add(name);
  }
  for (const row of table.tBodies[0].rows) {
    const name = row.cells[0];
    name.append(made("button", {type: "button", class: "open", click: () => open(row.id)}, ...name.childNodes));
  }
}
for (const name of HIDDEN) showColumn(name, false);

// ------------------------------------------------------------------ filters
const FACETS = ["data", "data set", "target", "protocol", "model", "fusion", "modality", "verdict", "isolation", "seeds", "profile"];
const chosen = {};
const values = Object.fromEntries(FACETS.map((name) => [name, new Set()]));
for (const row of Object.values(data.rows)) {
  for (const [name, value] of Object.entries(facetsOf(row))) for (const each of [value].flat()) values[name].add(String(each));
}

// baselines stay beside the rows that are to be compared with them
const OF_MODELS = new Set(["model", "fusion", "modality", "seeds", "profile", "isolation"]);

function fits(row) {
  const facets = facetsOf(row), baseline = facets.fusion === "baseline" && chosen.fusion !== "baseline";
  return Object.entries(chosen).every(([name, wanted]) => (baseline && OF_MODELS.has(name)) || [facets[name]].flat().map(String).includes(wanted));
}

const opened = new Map(); // whether details were open before rows were filtered

function unfold(details, active) {
  if (active && !opened.has(details)) opened.set(details, details.open);
  if (active) details.open = true;
  else if (opened.has(details)) { details.open = opened.get(details); opened.delete(details); }
}

function filter() {
  const active = Object.keys(chosen).length > 0;
  let shown = 0, simulated = 0;
  for (const section of document.querySelectorAll("section.card[id]")) {
    let some = 0, models = 0;
    const rows = section.querySelectorAll("table.all tbody tr");
    for (const row of rows) {
      const hidden = active && !fits(data.rows[row.id]);
      if (row.hidden !== hidden) row.hidden = hidden;
      some += hidden ? 0 : 1;
      models += hidden || (row.classList.contains("baseline") && chosen.fusion !== "baseline") ? 0 : 1;
    }
    section.hidden = active && !models;
    section.querySelector(".shown").textContent = some < rows.length ? `, ${some} of them shown` : "";
    unfold(section.querySelector("details.rows"), active && models > 0);
    shown += section.hidden ? 0 : some;
    if (!section.hidden && byId("simulated") && byId("simulated").contains(section)) simulated += some;
  }
  if (byId("simulated")) {
    byId("simulated").hidden = active && !simulated;
    unfold(byId("simulated"), active && simulated > 0);
  }
  const all = document.querySelectorAll("table.all tbody tr").length;
  byId("count").textContent = shown ? `${shown} of ${all} rows` : "no row matches";
}

function choose(name, value) {
  if (value) chosen[name] = value; else delete chosen[name];
  const select = byId("filters").querySelector("form").elements[name];
  if (select) select.value = value;
}

function buildFilters() {
  const form = byId("filters").querySelector("form");
  for (const name of FACETS.filter((each) => values[each].size > 1)) {
    const options = [...values[name]].sort((one, other) => one.localeCompare(other, undefined, {numeric: true}));
    form.append(made("label", {}, name, made("select", {name, change: (event) => { choose(name, event.target.value); filter(); }},
      made("option", {value: ""}, "all"), ...options.map((each) => made("option", {value: each}, each)))));
  }
  const boxes = [...columns].map((name) => made("label", {}, made("input", {
    type: "checkbox", checked: !HIDDEN.has(name), change: (event) => showColumn(name, event.target.checked),
  }), " ", name));
  form.append(
    made("fieldset", {}, made("legend", {}, "Columns"), ...boxes),
    made("button", {type: "button", id: "reset", click: () => { FACETS.forEach((name) => choose(name, "")); filter(); }}, "Clear filters"));
  byId("filters").hidden = false;
  document.querySelector("main").before(byId("filters"));
}

// ------------------------------------------------------------------ pictures that are drawn when a comparison is opened
function picture(width, height, title, ...content) {
  return made("svg", {viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": title}, ...content);
}

function range(values) {
  const low = Math.min(...values), high = Math.max(...values);
  return low === high ? [low - 1, high + 1] : [low, high];
}

// a line for each row, a dot for each subject
function people(comparison, rows) {
  const [low, high] = range(rows.flatMap((row) => row.people || []).filter((value) => value !== null));
  const place = (value) => 10 + 380 * (value - low) / (high - low);
  const lines = rows.map((row, number) => {
    const y = 22 + 18 * number;
    const dots = (row.people || []).map((value, who) => value === null ? null : made("circle", {cx: place(value).toFixed(1), cy: y, r: 3.5},
      made("title", {}, `${comparison.subjects[who]}: ${inWords(value, comparison.percent)}`)));
    return [made("path", {d: `M10 ${y}H390`}), ...dots, made("text", {x: 400, y: y + 4}, row.label)];
  });
  const ends = [low, high].map((value, end) => made("text", {x: end ? 390 : 10, y: 10, "text-anchor": end ? "end" : "start"}, inWords(value, comparison.percent)));
  return made("figure", {}, picture(760, 26 + 18 * rows.length, "Scores of subjects", ...ends, ...lines.flat()),
    made("figcaption", {}, `${comparison.metric}: each dot is a subject`));
}

function against(comparison, rows, name, title) {
  const known = rows.filter((row) => row[name] > 0 && row.score && row.score[0] !== null && row.score[0] !== undefined);
  if (known.length < 2) return null;
  const [left, right] = range(known.map((row) => Math.log10(row[name]))), [low, high] = range(known.map((row) => row.score[0]));
  const dots = known.map((row) => made("circle", {
    cx: (50 + 320 * (Math.log10(row[name]) - left) / (right - left)).toFixed(1), cy: (170 - 140 * (row.score[0] - low) / (high - low)).toFixed(1), r: 4.5,
  }, made("title", {}, `${row.label}: ${inWords(row.score[0], comparison.percent)}, ${row[name]}`)));
  const text = (x, y, content, anchor) => made("text", {x, y, "text-anchor": anchor}, content);
  return made("figure", {}, picture(400, 215, title, made("path", {d: "M40 15V180H390"}), ...dots,
    text(36, 34, inWords(high, comparison.percent), "end"), text(36, 174, inWords(low, comparison.percent), "end"),
    text(50, 196, Number((10 ** left).toPrecision(3)), "middle"), text(370, 196, Number((10 ** right).toPrecision(3)), "middle")),
  made("figcaption", {}, title));
}

function draw(section) {
  const place = section.querySelector(".drawn"), comparison = data.comparisons[section.id];
  if (place.childElementCount) return;
  const rows = [...section.querySelectorAll("table.all tbody tr")].filter((row) => !row.classList.contains("baseline"))
    .map((row) => ({...data.rows[row.id], label: row.cells[0].textContent}));
  if (!rows.length) return;
  place.append(...[people(comparison, rows), against(comparison, rows, "parameters", `${comparison.metric} against parameters (logarithmic)`),
    against(comparison, rows, "seconds", `${comparison.metric} against seconds of training per fold (logarithmic)`)].filter(Boolean));
}

// ------------------------------------------------------------------ a row
function listed(values, names, percent) {
  return (values || []).map((value, place) => `${names ? names[place] + " " : ""}${inWords(value, percent)}`).join(", ");
}

function interval(score, percent) {
  const [mean, low, high] = score.map((value) => inWords(value, percent));
  return low === "–" || low === undefined ? mean : `${mean} [${low}, ${high}]`;
}

function matrixOf(row, classes) {
  if (!row.confusion) return null;
  const head = made("tr", {}, made("th", {}, "true \\ predicted"), ...classes.map((name) => made("th", {scope: "col"}, name)));
  const body = row.confusion.map((counts, place) => made("tr", {}, made("th", {scope: "row"}, classes[place]), ...counts.map((count) => made("td", {}, count.toLocaleString("en")))));
  return made("table", {}, made("thead", {}, head), made("tbody", {}, ...body));
}

function reliability(row) {
  if (!row.reliability) return null;
  const most = Math.max(...row.reliability.map((each) => each[0]));
  const dots = row.reliability.map(([count, confidence, accuracy]) => made("circle", {
    cx: 20 + confidence / 6, cy: 190 - accuracy / 6, r: 2 + 6 * Math.sqrt(count / most),
  }, made("title", {}, `confidence ${confidence / 10}, right ${accuracy / 10}, ${count} windows`)));
  return made("figure", {}, picture(200, 210, "Reliability", made("path", {d: "M20 190L187 23M20 23V190H187"}), ...dots,
    made("text", {x: 20, y: 205}, "0"), made("text", {x: 187, y: 205, "text-anchor": "end"}, "confidence 100"), made("text", {x: 4, y: 16}, "right 100")),
  made("figcaption", {}, "Per cent of windows that are right, against the confidence of the model"));
}

function copied(text) {
  const button = made("button", {type: "button", class: "copy", click: async () => {
    try { await navigator.clipboard.writeText(text); } catch {
      const area = made("textarea", {}, text);
      button.after(area); area.select(); document.execCommand("copy"); area.remove();
    }
    button.textContent = "Copied";
  }}, "Copy");
  return made("div", {}, made("pre", {}, made("code", {}, text)), button);
}

function open(key) {
  const row = data.rows[key], comparison = comparisonOf(row), dialog = byId("row");
  const name = byId(key) ? byId(key).cells[0].textContent : key;
  const again = `bench run --from leaderboard/${comparison.file}`;
  const items = [
    [`${comparison.metric} [95 %]`, row.score ? interval(row.score, comparison.percent) : null],
    ["Gain over single", row.gain], ["Beats baselines", row.beats],
    [row.facets.modality && row.facets.modality.length === 1 ? "Command, which makes the rows of all single modalities" : "Command", row.command ? copied(row.command) : null],
    ["All rows of this comparison again", copied(again)],
    ["Published result", made("a", {href: comparison.file}, comparison.file)],
    ["Leakage audit", row.audit ? made("ul", {}, ...row.audit.map((place) => made("li", {}, data.texts[place]))) : row.facets.verdict],
    ["Isolation", row.facets.isolation],
    [`${comparison.metric} of each subject`, listed(row.people, comparison.subjects, comparison.percent)],
    [`${comparison.metric} of each fold`, listed(row.folds, null, comparison.percent)],
    [`${comparison.metric} of each seed (${row["seed names"]})`, listed(row.seeds, null, comparison.percent)],
    ["Confusion, windows of all folds and seeds", matrixOf(row, comparison.classes)],
    ["Reliability", reliability(row)],
    ["Environment", data.texts[row.environment]],
    ["Code", data.texts[row.code]],
    ["Key and date", `${row.key}, ${row.date}`],
  ].filter(([, content]) => content);
  dialog.replaceChildren(
    made("button", {type: "button", id: "close", click: () => dialog.close()}, "Close"), made("h2", {id: "row-title"}, ` ${name}`),
    made("p", {class: "about"}, comparison.title), made("dl", {}, ...items.flatMap(([term, content]) => [made("dt", {}, term), made("dd", {}, content)])));
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
  history.replaceState(null, "", `#${key}`);
}

byId("row").addEventListener("close", () => history.replaceState(null, "", location.pathname + location.search));

// ------------------------------------------------------------------ deep links: a comparison, one of its fusions, or a row
function follow() {
  const place = decodeURIComponent(location.hash.slice(1));
  if (data.rows[place]) { reveal(data.rows[place].in); return open(place); }
  const words = place.split("/");
  const fusion = data.comparisons[place] ? "" : words.pop();
  const wanted = words.join("/");
  const anchor = Object.keys(data.comparisons).find((each) => each === (fusion ? wanted : place) || short(each) === wanted || short(each) === place);
  if (!anchor) return undefined;
  const here = Object.values(data.rows).some((row) => row.in === anchor && row.facets.fusion === fusion);
  if (here && short(anchor) !== place) {
    const {"data set": set, target, protocol} = data.comparisons[anchor].facets;
    Object.entries({"data set": set, target, protocol, fusion}).forEach(([name, value]) => choose(name, value));
    byId("filters").open = true;
    filter();
  }
  return reveal(anchor);
}

// without the target: stress-predict/loso
const short = (anchor) => { const [set, , ...rest] = anchor.split("/"); return [set, ...rest].join("/"); };

function reveal(anchor) {
  const section = byId(anchor);
  for (let each = section.parentElement; each; each = each.parentElement) if (each.tagName === "DETAILS") each.open = true;
  section.querySelector("details.rows").open = true;
  section.scrollIntoView();
}

// ------------------------------------------------------------------ downloads
function save(name, content, type) {
  const link = made("a", {href: URL.createObjectURL(new Blob([content], {type})), download: name});
  link.click();
  URL.revokeObjectURL(link.href);
}

// as the tables show them: in per cent, with texts in place of their numbers, in the order of the page
function shownRows() {
  return [...document.querySelectorAll("section.card[id]:not([hidden]) table.all tbody tr:not([hidden])")].map((line) => {
    const row = data.rows[line.id], comparison = comparisonOf(row);
    const number = (value) => value === null || value === undefined ? null : comparison.percent ? value / 10 : value;
    const [value, low, high] = (row.score || []).map(number);
    const flat = Object.fromEntries(Object.entries(facetsOf(row)).map(([name, each]) => [name, [each].flat().join("+")]));
    return {...flat, metric: comparison.metric, value, low, high, gain: row.gain || "", "beats baselines": row.beats || "baseline",
      subjects: comparison.subjects.length, parameters: row.parameters ?? "", key: row.key, date: row.date, command: row.command || "", file: comparison.file};
  });
}

function asCsv() {
  const rows = shownRows(), titles = Object.keys(rows[0] || {});
  const lines = [titles, ...rows.map((row) => titles.map((name) => row[name] ?? ""))];
  return lines.map((line) => line.map((each) => `"${String(each).replace(/"/g, '""')}"`).join(",")).join("\n") + "\n";
}

byId("csv").addEventListener("click", () => save("leaderboard.csv", asCsv(), "text/csv"));
byId("json").addEventListener("click", () => save("leaderboard.json", JSON.stringify(shownRows(), null, 1), "application/json"));
for (const each of document.querySelectorAll("details.rows")) {
  const shown = () => { if (each.open) draw(each.closest("section")); };
  each.addEventListener("toggle", shown);
  shown();
}
byId("row").addEventListener("click", (event) => { if (event.target === byId("row")) byId("row").close(); });
buildFilters();
filter();
addEventListener("hashchange", follow);
follow();
