// The alarm list: unacknowledged first, what has returned unseen apart, each with one large button.

import { find, keyed, make, setAttribute, setText } from "./dom.js";
import { clock, duration, limit, withUnit } from "./format.js";
import { beyond } from "./kitchen.js";
import { order } from "./orders.js";
import { isTraced } from "./trace.js";
import { said, t } from "./words.js";

const LEVELS = new Set(["stale", "system", "stock"]); // whose word says more than critical or warning
const GROUPS = [
  { name: "active", title: null, holds: (alarm) => alarm.state === "UNACKNOWLEDGED" },
  { name: "returned", title: "alarms.returned", holds: (alarm) => alarm.state === "RETURNED_UNACKNOWLEDGED" },
  { name: "seen", title: "alarms.seen", holds: (alarm) => !alarm.state.endsWith("UNACKNOWLEDGED") },
];

export function renderAlarms(parent, kitchen, { live, acknowledge, trace }) {
  const newest = kitchen.alarms.sort((a, b) => b.raised_at.localeCompare(a.raised_at));
  const groups = GROUPS.map((group) => ({ ...group, alarms: newest.filter(group.holds) }));
  const note = { name: "note", note: noteText(newest.length, live), alarms: [] };
  announce(kitchen, newest);
  keyed(parent, [...(note.note ? [note] : []), ...groups.filter((group) => group.alarms.length)], {
    key: (group) => group.name,
    create: createGroup,
    update: (node, group) => updateGroup(node, group, { kitchen, acknowledge, trace }),
  });
}

/** What a sheet asks of who acknowledges: two taps with a wet hand, alarm and name; the note is there for who wants it. */
export function acknowledgement(alarm, kitchen) {
  return {
    title: t("alarms.who"),
    about: `${nameOf(alarm, kitchen)} — ${withoutName(said(alarm.message), nameOf(alarm, kitchen))}`,
    fields: [{ name: "note", kind: "text", label: t("alarms.note"), extra: true }],
    send: async ({ note }, who, key) => {
      const answer = await order("acknowledge", { alarm: alarm.id, note }, who, key);
      return answer.error === "not_allowed" ? { ...answer, failure: t("alarms.acknowledged_already") } : answer;
    },
  };
}

const announced = new Set();

/** Tell a screen reader of each alarm once; the list itself changes every minute. */
function announce(kitchen, alarms) {
  const fresh = alarms.filter((alarm) => alarm.state === "UNACKNOWLEDGED" && !announced.has(alarm.id));
  if (fresh.length === 0) return;
  for (const alarm of fresh) announced.add(alarm.id);
  setText(find("#announced"), fresh.map((alarm) => `${t("alarms.title")}: ${said(alarm.message)}`).join(". "));
}

function noteText(count, live) {
  if (!live) return t(count ? "alarms.old" : "alarms.unknown");
  return count ? "" : t("alarms.none");
}

function createGroup(group) {
  if (group.note) return make("p", { className: "empty" });
  return make("section", { className: `group ${group.name}` }, make("h3"), make("ol"));
}

function updateGroup(node, group, { kitchen, acknowledge, trace }) {
  if (group.note) {
    setText(node, group.note);
    return;
  }
  const title = node.querySelector("h3");
  title.hidden = group.title === null;
  setText(title, group.title ? t(group.title) : "");
  keyed(node.querySelector("ol"), group.alarms, {
    key: (alarm) => alarm.id,
    create: (alarm) => createRow(alarm, { acknowledge, trace }),
    update: (row, alarm) => updateRow(row, alarm, kitchen),
  });
}

function createRow(alarm, { acknowledge, trace }) {
  const part = (name, tag = "span") => make(tag, { className: name });
  const button = make("button", { type: "button", className: "acknowledge" });
  button.addEventListener("click", () => acknowledge(alarm.id));
  const row = make("li", { className: "alarm", "data-alarm": alarm.id });
  const when = make("div", { className: "when" }, part("time"), part("level"));
  const goods = make("button", { type: "button", className: "goods" });
  goods.addEventListener("click", () => trace(alarm.id));
  const what = make("div", { className: "what" }, part("name", "b"), part("text"), part("facts"), goods);
  row.append(when, what, make("div", { className: "answer" }, button, part("by"), part("remark")));
  return row;
}

function updateRow(row, alarm, kitchen) {
  const { zone } = kitchen.kitchen;
  const point = kitchen.point(alarm.point);
  const control = kitchen.records.controls.get(alarm.control);
  const waits = alarm.state.endsWith("UNACKNOWLEDGED");
  const put = (name, text) => setText(row.querySelector(`.${name}`), text);
  const level = LEVELS.has(alarm.kind) ? alarm.kind : alarm.level;
  const name = nameOf(alarm, kitchen);
  setAttribute(row, "data-kind", level);
  setAttribute(row, "data-state", alarm.state);
  put("time", clock(alarm.raised_at, zone));
  put("level", t(`alarms.level.${level}`));
  put("name", name);
  put("text", what(alarm, point, control, name));
  put("facts", facts(alarm, control, kitchen).join(" · "));
  const goods = row.querySelector(".goods");
  goods.hidden = alarm.kind !== "limit" || !isTraced(alarm.point, kitchen);
  setText(goods, t("trace.goods"));
  put("by", waits ? "" : acknowledgedBy(alarm, kitchen));
  put("remark", waits ? "" : (alarm.note ?? ""));
  const button = row.querySelector(".acknowledge");
  button.hidden = !waits;
  setText(button, t("alarms.acknowledge"));
  setAttribute(button, "aria-label", `${t("alarms.acknowledge")}: ${name}`);
}

/** What is wrong. A limit's words are made here, since value and length go on while the alarm stands. */
function what(alarm, point, control, name) {
  if (alarm.kind !== "limit" || !point || !control || control.kind === "dew_point") return withoutName(said(alarm.message), name);
  const now = alarm.returned_at === null ? point.reading?.value : null;
  const stands = now !== null && now !== undefined && beyond(control, now, alarm.limit);
  const value = withUnit(stands ? now : (alarm.worst ?? alarm.value), point.unit);
  return t(`alarms.limit.${control.side}.${alarm.level}`, { value, limit: limit(alarm.limit, point.unit) });
}

function facts(alarm, control, kitchen) {
  const out = [lasts(alarm, kitchen)];
  if (control && !alarm.returned_at) out.push(t(`alarm.action.${control.kind}.${control.side}`));
  if (alarm.late) out.push(t("alarms.late"));
  return out;
}

/** What it is about: a point, a batch of food, an item of the stock, or the gateway itself. */
function nameOf(alarm, kitchen) {
  if (alarm.batch) return `${kitchen.batchName(alarm.batch)} (${alarm.batch})`;
  const point = kitchen.point(alarm.point);
  if (point) return said(point.name);
  return alarm.item ? kitchen.itemName(alarm.item) : t("alarms.system");
}

/** The name stands above already. */
function withoutName(text, name) {
  return text.startsWith(`${name}: `) ? text.slice(name.length + 2) : text;
}

function lasts(alarm, kitchen) {
  const end = alarm.returned_at ? Date.parse(alarm.returned_at) : kitchen.now();
  const length = duration(end - Date.parse(alarm.raised_at));
  if (!alarm.returned_at) return t("alarms.lasts", { duration: length });
  return t("alarms.lasted", { duration: length, time: clock(alarm.returned_at, kitchen.kitchen.zone) });
}

function acknowledgedBy(alarm, kitchen) {
  if (!alarm.acknowledged_by) return "";
  const [who] = kitchen.person(alarm.acknowledged_by).split(" ");
  const time = alarm.acknowledged_at ? clock(alarm.acknowledged_at, kitchen.kitchen.zone) : "";
  return t("alarms.acknowledged", { who, time });
}
