// The sheets of the stock: receive, issue, throw away, count; on a bench scale, or typed when there is none or it is broken.

import { clock, weight, withUnit } from "./format.js";
import { lotDate, onHandText } from "./levels.js";
import { options, order } from "./orders.js";
import { said, t } from "./words.js";

export const PURPOSES = ["receive", "issue", "waste", "count"];
const REASONS = ["expired", "spoiled", "fallen", "leftover", "other"];
export const MEASURED = new Set(["meat", "fish", "dairy", "produce", "frozen", "hot"]); // their core is measured at the door
const TYPED = "typed";

/** Receive, issue, waste or count: `given` may hold the item, a scanned code and what that says, and the bench. */
export function stockForm(purpose, given, kitchen) {
  const is = (...purposes) => purposes.includes(purpose);
  const itemOf = ({ item }) => kitchen.item(item ?? given.item);
  const typed = ({ how }) => how === undefined || how === TYPED;
  const fields = [
    given.item || given.whole ? null : itemField(given, kitchen),
    howField(purpose, given, kitchen),
    quantity({ unit: (values) => itemOf(values)?.unit ?? "kg", hidden: (values) => !typed(values) }),
    is("waste") && { name: "reason", kind: "choice", label: t("stock.reason"), options: options(REASONS, (each) => t(`stock.reason.${each}`)) },
    is("receive") && supplierField(kitchen),
    is("receive") && { name: "expires_on", kind: "date", label: t("stock.expires_on"), value: given.expires_on, optional: true },
    is("issue", "waste") && batchField(kitchen),
    is("issue", "waste") && lotField(kitchen, itemOf),
    is("receive") && {
      ...{ name: "temperature", kind: "number", unit: "°C", signed: true, optional: true, label: t("stock.core") },
      hidden: (values) => !typed(values) || !MEASURED.has(itemOf(values)?.storage),
    },
    is("receive") && { name: "number", kind: "text", label: t("stock.number"), value: given.number, extra: true },
    is("receive") && { name: "delivery_note", kind: "text", label: t("stock.delivery_note"), extra: true },
    is("receive") && { name: "expected", kind: "number", label: t("stock.expected"), unit: "kg", extra: true },
    { name: "note", kind: "text", label: t("stock.note"), extra: true },
  ];
  const name = given.item ? ` · ${said(kitchen.item(given.item).name)}` : "";
  return {
    title: `${t(`stock.do.${purpose}`)}${name}`,
    about: given.about,
    fields: fields.filter(Boolean),
    send: (values, who, key) => send(purpose, { ...given, ...values }, who, key),
    notice,
  };
}

function send(purpose, { item, how, quantity, expected, temperature, batch, lot, ...rest }, who, key) {
  const { expires_on, reason, supplier, number, delivery_note, note, code, again, zero, explain, decision } = rest;
  const common = { purpose, item, batch, lot, expires_on, reason, supplier, number, delivery_note, note, again };
  if (how !== TYPED) return order("weigh_open", { ...common, scale: how, expected: expected && `${expected}` }, who, key);
  const core = temperature === null || temperature === undefined ? null : Number(temperature);
  const args = { ...common, quantity, expected, temperature: core, zero: isZero(purpose, quantity) || zero, explain, decision };
  return order("stock_entry", item ? args : { ...args, code }, who, key);
}

/** A person who counts nothing and types a nought has confirmed it. */
const isZero = (purpose, quantity) => (purpose === "count" && Number(quantity) === 0 ? true : null);

const quantity = (more) => ({ name: "quantity", kind: "number", label: t("stock.quantity"), ...more });

function itemField(given, kitchen) {
  const items = kitchen.items.map((item) => ({ value: item.id, text: said(item.name), hint: onHand(item.id, kitchen) }));
  return { name: "item", kind: "choice", label: t("stock.item"), options: items, value: given.item };
}

function onHand(id, kitchen) {
  const level = kitchen.records.stock.get(id);
  return level ? onHandText(level) : "";
}

/** Which scale, or by hand: what is free comes first. */
function howField(purpose, given, kitchen) {
  const free = kitchen.benches.filter((bench) => bench.session === null && bench.uses.includes(purpose));
  const benches = free.map((bench) => ({ value: bench.scale, text: said(kitchen.point(bench.scale)?.name) || bench.scale }));
  const ways = [...benches, { value: TYPED, text: t("stock.typed"), hint: t("stock.typed.hint") }];
  return { name: "how", kind: "choice", label: t("stock.how"), options: ways, value: given.bench ?? ways[0].value };
}

function supplierField(kitchen) {
  const known = kitchen.catalogue.suppliers.map(({ id, name }) => ({ value: id, text: name }));
  const label = t("stock.supplier");
  return known.length ? { name: "supplier", kind: "choice", label, options: known, optional: true } : null;
}

const openBatches = (kitchen) =>
  kitchen.openBatches.map((batch) => ({
    value: batch.id,
    text: batch.product,
    hint: clock(batch.opened_at, kitchen.kitchen.zone),
  }));

function batchField(kitchen) {
  const open = openBatches(kitchen);
  return open.length ? { name: "batch", kind: "choice", label: t("stock.batch"), options: open, optional: true } : null;
}

/** Which lot; the first is the one to use first. */
function lotField(kitchen, itemOf) {
  const lots = (values) =>
    (kitchen.records.stock.get(itemOf(values)?.id)?.soonest ?? []).map((lot) => ({
      value: lot.lot,
      text: lot.number ?? lot.lot,
      hint: `${weight(lot.quantity, "kg")}${lot.expires_on ? ` · ${lotDate(lot)}` : ""}`,
    }));
  return { name: "lot", kind: "choice", label: t("stock.lot"), options: lots, optional: true, hidden: (given) => lots(given).length < 2 };
}

/** What a person must know of a delivery that is booked: it is not what was ordered, not cold, or past its date. */
export function notice({ arrived, missing, temperature, expired, refused }) {
  const quantity = weight((missing ?? "0").replace("-", ""), "kg");
  const off = arrived === "short" || arrived === "over" ? t(`stock.arrived.${arrived}`, { quantity }) : "";
  const warm = ["warning", "fail"].includes(temperature?.verdict)
    ? t("stock.warm", { value: withUnit(temperature.value, "Cel"), limit: withUnit(temperature.limit, "Cel") })
    : "";
  return [off, warm, expired ? t("stock.expired") : "", refused ? t("stock.refused") : ""].filter(Boolean).join("\n");
}

/** How a session ends: what is typed at its end, and the questions that may come. */
export function closeForm(session, kitchen) {
  const item = kitchen.item(session.item);
  const core = { name: "temperature", kind: "number", label: t("stock.core"), unit: "°C", signed: true, optional: true };
  const fields = session.purpose === "receive" && MEASURED.has(item?.storage) ? [core] : [];
  return {
    title: `${t("weigh.close")} · ${said(session.name)}`,
    about: t("weigh.total", { total: weight(session.total, "kg") }),
    fields: [...fields, { name: "note", kind: "text", label: t("stock.note"), extra: true }],
    send: ({ temperature, ...rest }, who, key) => {
      const core = temperature ? Number(temperature) : null;
      return order("weigh_close", { session: session.id, temperature: core, ...rest }, who, key);
    },
    notice,
  };
}

/** A movement is taken back by a linked one. */
export function reverseForm(movement, about) {
  return {
    title: t("stock.reverse"),
    about,
    fields: [{ name: "note", kind: "text", label: t("stock.note"), extra: true }],
    send: (values, who, key) => order("stock_reverse", { movement: movement.id, ...values }, who, key),
  };
}

/** What is taken from a scale of its own goes to this batch of food from now on, or to the kitchen. */
export function eaterForm(item, kitchen) {
  const eaters = [{ value: "", text: t("stock.eater.none") }, ...openBatches(kitchen)];
  return {
    title: `${t("stock.eater")} · ${said(item.name)}`,
    fields: [{ name: "batch", kind: "choice", label: t("stock.batch"), options: eaters, value: item.batch ?? "" }],
    send: ({ batch }, who, key) => order("stock_batch", { scale: item.scales[0], batch: batch || null }, who, key),
  };
}

/** A code that nobody knows yet: which item it is, once and for all; then it is received. */
export const barcodeForm = (code, kitchen, then) => ({
  title: t("stock.barcode"),
  about: t("stock.scanned.unknown", { code }),
  fields: [itemField({}, kitchen)],
  send: ({ item }, who, key) => order("stock_barcode", { code, item }, who, key),
  then: (result) => then(code, result),
});

/** The list of items from a spreadsheet. */
export const itemsForm = () => ({
  title: t("stock.import"),
  about: t("stock.import.about"),
  fields: [{ name: "csv", kind: "file", accept: ".csv,text/csv", label: t("stock.import.file") }],
  send: ({ csv }, who, key) => order("stock_items", { csv }, who, key),
});
