// What the board's pages can do beyond being read. Without this file nothing is missing but convenience.
"use strict";

const $ = (selector, from = document) => from.querySelector(selector);
const all = (selector, from = document) => [...from.querySelectorAll(selector)];

document.documentElement.classList.add("js");

// Live: the hub tells that what the page shows has changed, and the page loads that part again. A page that nobody
// sees keeps no stream open: browsers have few for one host.
let source = null;

function connect() {
  const part = $("#alive[data-live]");
  if (!part || !part.dataset.live || document.hidden) return;
  source?.close();
  source = new EventSource(part.dataset.live);
  source.addEventListener("open", () => say(""));
  source.addEventListener("change", refresh);
  source.addEventListener("error", () => {
    say("Not connected: what is shown may be old.");
    if (source.readyState === EventSource.CLOSED) {
      source = null;
      setTimeout(connect, 5000);
    }
  });
}

function disconnect() {
  source?.close();
  source = null;
}

function refresh() {
  const part = $("#alive[data-live]");
  if (part) htmx.trigger(part, "change-told");
}

function say(text) {
  const place = $("#connection");
  if (place && place.textContent !== text) place.textContent = text;
}

document.addEventListener("visibilitychange", () => (document.hidden ? disconnect() : connect()));
window.addEventListener("pagehide", disconnect);
window.addEventListener("pageshow", (e) => e.persisted && connect());

// Rows that came out different are marked for a moment.
let before = new Map();
document.addEventListener("htmx:beforeSwap", (e) => {
  if (e.detail.target?.id !== "alive") return;
  before = new Map(all("tr[id][data-rev]").map((row) => [row.id, row.dataset.rev]));
});
document.addEventListener("htmx:afterSettle", (e) => {
  if (e.detail.requestConfig?.triggeringEvent?.type === "change-told") {
    for (const row of all("tr[id][data-rev]")) {
      if (before.get(row.id) !== row.dataset.rev) row.classList.add("changed");
    }
  }
  before = new Map();
  if (!source) connect();
});
document.addEventListener("htmx:responseError", () => say("The hub could not answer: what is shown may be old."));
document.addEventListener("htmx:sendError", () => say("Not connected: what is shown may be old."));

// Ages grow while a page stands open.
function age(then) {
  const s = (Date.now() - then) / 1000;
  const d = Math.abs(s);
  if (d < 45) return "now";
  let text;
  if (d < 3600) text = Math.max(1, Math.floor(d / 60 + 0.5)) + " min";
  else if (d < 36 * 3600) text = Math.floor(d / 3600 + 0.5) + " h";
  else if (d < 60 * 86400) text = Math.floor(d / 86400 + 0.5) + " d";
  else return null; // as the hub wrote it
  return s < 0 ? "in " + text : text + " ago";
}
setInterval(() => {
  for (const t of all("time[datetime]")) {
    let text = age(Date.parse(t.dateTime));
    if (text && "brief" in t.dataset) text = text.replace(/ ago$/, "");
    if (text && text !== t.textContent) t.textContent = text;
  }
}, 30000);

// Keys.
const rows = () => all("a.main").filter((a) => a.offsetParent !== null);

function step(by) {
  const list = rows();
  if (!list.length) return;
  const at = list.indexOf(document.activeElement);
  const next = list[at < 0 ? (by > 0 ? 0 : list.length - 1) : Math.min(Math.max(at + by, 0), list.length - 1)];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

const go = (selector) => $(selector)?.click();
const keys = {
  "/": () => ($("#narrow") ?? $("#find"))?.focus(),
  j: () => step(1),
  k: () => step(-1),
  u: () => ($("[rel=up]") ? go("[rel=up]") : go("header.top a.brand")),
  n: () => go("a[rel=next]"),
  p: () => go("a[rel=prev]"),
  "?": () => $("#shortcuts")?.showModal(),
};
const places = { p: "/", d: "/decisions", w: "/work" };
let going = 0;

function keysOn() {
  try {
    return localStorage.getItem("keys") !== "off";
  } catch {
    return true;
  }
}

document.addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || e.defaultPrevented) return;
  const field = e.target.closest?.("input, textarea, select, [contenteditable]");
  if (e.key === "Escape" && field) return void field.blur();
  if (field || $("dialog[open]") || !keysOn()) return;
  if (Date.now() - going < 1000 && places[e.key]) {
    e.preventDefault();
    location.assign(places[e.key]);
    return;
  }
  going = e.key === "g" ? Date.now() : 0;
  if (keys[e.key]) {
    e.preventDefault();
    keys[e.key]();
  }
});

document.addEventListener("click", (e) => {
  if (e.target.closest("#help-link") && $("#shortcuts")?.showModal && !(e.ctrlKey || e.metaKey || e.shiftKey)) {
    e.preventDefault();
    $("#shortcuts").showModal();
  }
});

const toggle = $("#keys-on");
if (toggle) {
  toggle.checked = keysOn();
  toggle.addEventListener("change", () => {
    try {
      localStorage.setItem("keys", toggle.checked ? "on" : "off");
    } catch {} // a browser that keeps nothing
  });
}

connect();
