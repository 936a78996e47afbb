// A probe is checked, step by step: who begins, the bath, a minute of listening, and what was found.

import { find, make, setAttribute, setText } from "./dom.js";
import { duration, number, signed, withUnit } from "./format.js";
import { options, order } from "./orders.js";
import { randomKey } from "./server.js";
import { said, t } from "./words.js";

const LOOK_MS = 250;
const MINUTE_MS = 60_000;
const SLOWEST_S = 20; // a probe that speaks more seldom has not said three readings in a minute: it is read by eye
const TYPED = ["first", "second", "third"];
const BATHS = { ice: ["ice"], boiling: ["boiling"], both: ["ice", "boiling"] };

/** Open the sheet of a check. */
export function checkProbe(form, kitchen, point) {
  const title = `${t("check.title")} · ${said(point.name)}`;
  const check = { form, kitchen, point, title, who: null };
  const slow = point.interval_s > SLOWEST_S;
  const lacking = boilsAt(kitchen) === null ? `\n${t("check.no_altitude")}` : "";
  const fields = [
    { name: "guards", kind: "note", text: () => guards(point, kitchen), hidden: () => !guards(point, kitchen) },
    bathField(kitchen, slow),
    { name: "first", kind: "note", text: () => t("check.first") + lacking },
  ];
  const send = (values, who, key) => {
    check.who = who;
    return begin(check, BATHS[values.bath], { anew: true, key });
  };
  const then = () => {
    find("dialog[open]").addEventListener("close", () => leave(check), { once: true });
    if (slow) typeReadings(check);
    else place(check, check.baths, { anew: true });
  };
  form.open({ title, fields, send, then }, kitchen);
}

/** Without a result: the probe guards its place again when it is back. */
const leave = (check) => check.done || order("calibration_cancel", { point: check.point.id }, check.who, randomKey());

const boilsAt = (kitchen) => kitchen.kitchen.boiling_point ?? null;

function bathField(kitchen, slow) {
  const boils = boilsAt(kitchen);
  const names = boils === null ? ["ice"] : slow ? ["ice", "boiling"] : Object.keys(BATHS);
  const shows = { ice: t("check.shows", { value: withUnit(0, "Cel") }), boiling: t("check.shows", { value: withUnit(boils, "Cel") }) };
  const baths = options(names, (name) => t(`check.bath.${name}`)).map((each) => ({ ...each, hint: shows[each.value] }));
  return { name: "bath", kind: "choice", label: t("check.bath"), options: baths, value: "ice" };
}

/** What else is measured by the probe: meanwhile that is ice. */
function guards(point, kitchen) {
  const food = kitchen.openBatches.filter((batch) => batch.at_point === point.id).map((batch) => batch.product);
  if (food.length) return t("check.measures_food", { food: food.join(", ") });
  return point.controls.length ? t("check.guards") : "";
}

/** What to do with the bath, and last with the page. */
function steps(bath, kitchen, last) {
  const { altitude, boiling_point: boils } = kitchen.kitchen;
  return `${t(`check.steps.${bath}`, { altitude: number(altitude, 0), value: withUnit(boils, "Cel") })}\n${t(last)}`;
}

function typeReadings(check) {
  const { form, kitchen, title, baths } = check;
  const fields = TYPED.map((name) => ({ name, kind: "number", label: t(`check.typed.${name}`), unit: "°C", signed: true }));
  const send = (values, who, key) => {
    const readings = TYPED.map((name) => Number(values[name]));
    return order("calibration_check", { point: check.point.id, [baths[0]]: readings }, who, key);
  };
  const about = steps(baths[0], kitchen, "check.steps.typed");
  form.open({ title, about, fields, send, then: (result) => showResult(check, result) }, kitchen);
}

/** Have the gateway listen to the first of the baths that are left. */
async function begin(check, baths, { anew, key }) {
  const outcome = await order("calibration_start", { point: check.point.id, bath: baths[0], anew }, check.who, key);
  if (!outcome.failure) Object.assign(check, { baths, since: Date.parse(outcome.result.since) });
  return outcome;
}

/** Show the minute as it goes; judge it when it is full. */
function listen(check) {
  const { form, kitchen, point, title, baths } = check;
  const bath = baths[0];
  const node = listening();
  const about = `${t(`check.listening.${bath}`, { value: withUnit(kitchen.kitchen.boiling_point, "Cel") })}`;
  form.show({ title, about, node, leave: t("sheet.cancel") });
  const look = setInterval(() => {
    if (!node.isConnected || !find("dialog[open]")) return clearInterval(look);
    const told = kitchen.records.probes.get(point.id)?.listening.find((each) => each.bath === bath);
    const log = told && Date.parse(told.since) === check.since ? told : null;
    drawListening(node, log, kitchen);
    if (!log?.done) return;
    clearInterval(look);
    const more = baths.slice(1);
    if (more.length && log.steady) place(check, more, { anew: false });
    else judge(check);
  }, LOOK_MS);
  drawListening(node, null, kitchen);
}

function listening() {
  const value = (name) => make("li", { className: name }, make("span"), make("b"));
  const bar = make("div", { className: "bar-of-minute" }, make("i"));
  const values = make("ul", {}, value("mean"), value("sigma"), value("heard"));
  return make("div", { className: "listening" }, bar, make("p", { className: "left" }), values);
}

function drawListening(node, log, kitchen) {
  const passed = log ? Math.min(MINUTE_MS, Math.max(0, kitchen.now() - Date.parse(log.since))) : 0;
  const part = (name, label, text) => {
    const [words, number] = node.querySelector(`.${name}`).children;
    setText(words, label);
    setText(number, text);
  };
  find("i", node).style.width = `${(100 * passed) / MINUTE_MS}%`;
  const steady = log === null || log.readings < 2 || log.steady;
  setAttribute(node, "data-steady", String(steady));
  setText(find(".left", node), steady ? t("check.left", { left: duration(MINUTE_MS - passed) }) : t("check.unsteady"));
  part("mean", t("check.mean"), number(log?.mean, 2) + " °C");
  part("sigma", t("check.sigma"), number(log?.sigma, 2) + " °C");
  part("heard", t("check.readings"), number(log?.readings ?? 0, 0));
}

/** The probe goes into a bath; it is listened to when it is there. The gateway keeps the ice meanwhile. */
function place(check, baths, { anew }) {
  const { form, kitchen, title } = check;
  const about = (anew ? "" : `${t("check.ice_done")}\n`) + steps(baths[0], kitchen, "check.steps.listen");
  const next = act(t(`check.next.${baths[0]}`), async () => {
    const { failure } = await begin(check, baths, { anew, key: randomKey() });
    if (failure) fail(check, failure);
    else listen(check);
  });
  form.show({ title, about, node: next, leave: t("sheet.cancel") });
}

async function judge(check) {
  const { result, failure } = await order("calibration_check", { point: check.point.id }, check.who, randomKey());
  if (failure) fail(check, failure);
  else showResult(check, result);
}

const again = (check) =>
  act(t("check.again"), () => {
    check.done = true;
    checkProbe(check.form, check.kitchen, check.point);
  });

function fail(check, failure) {
  check.form.show({ title: check.title, about: failure, node: again(check), leave: t("check.close") });
}

/** How it is called: a minute that was not steady says nothing of the probe. */
export const outcomeOf = ({ outcome, repeat }) => (repeat ? "REPEAT" : outcome);

function showResult(check, result) {
  check.done = true;
  const outcome = outcomeOf(result);
  const head = make("p", { className: "found" }, t(`check.outcome.${outcome}`));
  const list = make("ul", {}, ...numbers(result).map(([label, text]) => make("li", {}, make("span", {}, label), make("b", {}, text))));
  const node = make("div", { className: "result", "data-outcome": outcome }, head, list, make("p", {}, meaning(result)));
  if (outcome === "REPEAT") node.append(again(check));
  check.form.show({ title: check.title, node, leave: t("check.close") });
}

function numbers(result) {
  const spread = [t("check.sigma"), `${number(result.sigma, 2)} °C`];
  const rows = [];
  if (result.ice_mean !== null) rows.push([t("check.in_ice"), `${number(result.ice_mean, 2)} °C`]);
  if (result.boiling_mean !== null) rows.push([t("check.in_boiling", { value: withUnit(result.expected, "Cel") }), `${number(result.boiling_mean, 2)} °C`]);
  rows.push(spread);
  if (result.error !== null) rows.push([t("check.error"), signed(result.error)]);
  if (!result.repeat) rows.push([t("check.offset"), signed(result.offset_in_force)]);
  return rows;
}

/** What follows, or what to do. */
function meaning(result) {
  if (result.repeat) return t(`check.repeat.${result.ice === null ? "boiling" : "ice"}`);
  if (result.outcome === "OFFSET_STORED") return t("check.means.OFFSET_STORED", { offset: signed(result.offset_in_force) });
  return t(`check.means.${result.outcome}`);
}

function act(words, done) {
  const button = make("button", { type: "button", className: "act" }, words);
  button.addEventListener("click", done);
  return button;
}
