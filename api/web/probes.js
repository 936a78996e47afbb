// The calibration of probes: how each stands, a check by a tap, and the checks that were.

import { checkProbe, outcomeOf } from "./check.js";
import { keyed, make, setAttribute, setText } from "./dom.js";
import { moment, signed, withUnit } from "./format.js";
import { order } from "./orders.js";
import { get } from "./server.js";
import { said, t } from "./words.js";

/** Rows under a device, one for each of its points that can stand in ice. */
export function renderProbes(parent, points, { kitchen, form }) {
  const probes = points.filter((point) => kitchen.records.probes.has(point.id));
  keyed(parent, probes, {
    key: (point) => point.id,
    create: (point) => create(point.id, { kitchen, form, alone: probes.length === 1 }),
    update: (row, point) => update(row, point, kitchen),
  });
}

function create(id, { kitchen, form, alone }) {
  const point = () => kitchen.point(id);
  const dropped = make("button", { type: "button", className: "dropped" });
  const history = make("button", { type: "button", className: "history" });
  const check = make("button", { type: "button", className: "check" });
  history.addEventListener("click", () => showHistory(form, kitchen, point()));
  dropped.addEventListener("click", () => form.open(droppedForm(point()), kitchen));
  check.addEventListener("click", () => checkProbe(form, kitchen, point()));
  const name = make("b", { hidden: alone });
  return make("li", { className: "probe", "data-probe": id }, make("p", {}, name, make("span"), make("small")), dropped, history, check);
}

function update(row, point, kitchen) {
  const probe = kitchen.records.probes.get(point.id);
  const [about, dropped, history, check] = row.children;
  const [name, state, more] = about.children;
  setAttribute(row, "data-state", probe.state);
  setText(name, said(point.name));
  setText(state, t(`probe.state.${probe.state}`));
  setText(more, detail(probe, kitchen));
  setText(dropped, t("probe.dropped"));
  setText(history, t("probe.history"));
  setText(check, t("probe.check"));
}

/** When it was checked, when it is due, and what is added to its readings. */
function detail(probe, kitchen) {
  const day = (at) => moment(at, kitchen.kitchen.zone, kitchen.now());
  const parts = [Date.parse(probe.back_at) > kitchen.now() ? t("probe.away", { when: day(probe.back_at) }) : "", probe.checked_at ? t("probe.checked", { when: day(probe.checked_at) }) : ""];
  if (probe.due_at && probe.state !== "doubted") parts.push(t(due(probe), { when: day(probe.due_at) }));
  if (probe.certified_until) parts.push(t("probe.certified", { when: day(probe.certified_until) }));
  if (probe.offset) parts.push(t("probe.offset", { offset: signed(probe.offset) }));
  return parts.filter(Boolean).join(" · ");
}

const due = (probe) => (probe.due_cause ? `probe.due.${probe.due_cause}` : "probe.due.next");

/** It fell, so it has to be checked before its time. */
const droppedForm = (point) => ({
  title: `${t("probe.dropped")} · ${said(point.name)}`,
  about: t("probe.dropped.about"),
  fields: [],
  send: (_, who, key) => order("probe_dropped", { point: point.id }, who, key),
});

async function showHistory(form, kitchen, point) {
  const title = `${t("probe.history")} · ${said(point.name)}`;
  const list = make("ol", { className: "checks" });
  form.show({ title, about: t("probe.history.loading"), node: list, leave: t("check.close") });
  const told = await get(`/api/points/${point.id}/checks`);
  if (!list.isConnected) return;
  const about = told === null ? t("failed.other") : told.checks.length ? "" : t("probe.history.none");
  form.show({ title, about, node: list, leave: t("check.close") });
  list.replaceChildren(...(told?.checks ?? []).map((check) => pastCheck(check, kitchen)));
}

function pastCheck(check, kitchen) {
  const outcome = outcomeOf(check);
  const in_ice = check.ice_mean === null ? "" : `${t("check.bath.ice")} ${withUnit(check.ice_mean, "Cel")}`;
  const boiling = check.boiling_mean === null ? "" : `${t("check.bath.boiling")} ${withUnit(check.boiling_mean, "Cel")}`;
  const offset = check.offset_in_force ? t("probe.offset", { offset: signed(check.offset_in_force) }) : "";
  const who = check.who ? kitchen.person(check.who) : "";
  const more = [in_ice, boiling, offset, check.typed ? t("food.typed") : "", who, check.note].filter(Boolean).join(" · ");
  const head = make("div", {}, make("time", {}, moment(check.at, kitchen.kitchen.zone, kitchen.now())));
  head.append(make("b", {}, t(`check.outcome.${outcome}`)));
  return make("li", { "data-outcome": outcome }, head, make("small", {}, more));
}
