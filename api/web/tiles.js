// One tile a point: value, limit, state by colour and icon and word, and its age when that matters.

import { icon, keyed, make, setAttribute, setText } from "./dom.js";
import { ago, clock, duration, limit, measured, unitOf } from "./format.js";
import { critical, looks } from "./kitchen.js";
import { said, t } from "./words.js";

const ICONS = { over: "warning" };
const BUSY = new Set(["warning", "critical", "over"]);

export function renderTiles(parent, kitchen, { points, live, chosen, choose }) {
  const now = kitchen.now();
  keyed(parent, points, {
    key: (point) => point.id,
    create: (point) => create(point, choose),
    update: (tile, point) => {
      const controls = kitchen.controlsOf(point);
      const shown = looks(point, { controls, now, live });
      const standing = kitchen.standing(point);
      update(tile, point, { controls, shown, now, alarm: standing.at(-1), zone: kitchen.kitchen.zone });
      setAttribute(tile, "aria-pressed", String(point.id === chosen));
      tile.classList.toggle("calling", live && standing.some((alarm) => alarm.state === "UNACKNOWLEDGED"));
    },
  });
}

function create(point, choose) {
  const part = (name, ...children) => make("span", { className: name }, ...children);
  const tile = make("button", { type: "button", className: "tile", "data-point": point.id });
  tile.append(part("head", part("name"), part("mark")), part("place"), part("value"));
  tile.append(part("foot", part("word"), part("limit"), part("age")));
  tile.addEventListener("click", () => choose(point.id));
  return tile;
}

function update(tile, point, { controls, shown, now, alarm, zone }) {
  const part = (name) => tile.querySelector(`.${name}`);
  const value = measured(point.reading?.value, point.unit);
  const word = t(`state.${shown.look}`);
  if (tile.dataset.look !== shown.look) {
    tile.dataset.look = shown.look;
    part("mark").replaceChildren(icon(ICONS[shown.look] ?? shown.look));
  }
  setText(part("name"), said(point.name));
  setText(part("place"), said(point.place));
  showValue(part("value"), value, unitOf(point.unit));
  setText(part("limit"), critical(controls).map((each) => limitText(each, point)).join(" · "));
  setText(part("word"), point.reading?.stable === false && shown.look === "plain" ? t("tile.unstable") : word);
  setText(part("age"), ageText({ shown, now, alarm, zone, reason: point.reading?.reason }));
  setAttribute(tile, "aria-label", t("tile.show", { name: said(point.name), value, unit: unitOf(point.unit), word }));
}

function showValue(node, value, unit) {
  if (node.dataset.shown === value + unit) return;
  node.dataset.shown = value + unit;
  node.replaceChildren(make("b", {}, value), make("small", {}, unit));
}

function limitText(control, point) {
  return t(`limit.${control.side}`, { limit: limit(control.critical_limit, point.unit) });
}

function ageText({ shown, now, alarm, zone, reason }) {
  if (shown.age === null) return t("tile.never");
  if (shown.old) return ago(shown.age);
  if (reason === "in_check") return t("tile.in_check");
  if (reason === "calibration_overdue" && !BUSY.has(shown.look)) return t("tile.check_due");
  if (!alarm || !BUSY.has(shown.look)) return "";
  const lasts = duration(now - Date.parse(alarm.raised_at));
  return t("tile.since", { time: clock(alarm.raised_at, zone), duration: lasts });
}
