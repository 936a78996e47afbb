// The sheets of the food: begin a batch, mark what happens to it, type what a hand thermometer shows, end it.

import { withUnit } from "./format.js";
import { options, order } from "./orders.js";
import { controlName, said, t } from "./words.js";

const INSTRUMENT = "mbg.instrument";
const AGO_MIN = [0, 5, 10, 15, 30, 60];
const EVENTS = [
  ...["cooking_started", "cooking_ended", "moved", "packed", "departed", "arrived", "eaten", "reheating_started"],
  ...["discarded", "close"],
];
/** What a batch may be: food by the controls of the plan, or one that is judged by a control of its own. */
const KEPT = ["food", "sample_fridge", "rinse"];
const AT_SCHOOL = new Set(["departed", "arrived", "eaten"]);
const STEPS = ["core", "recheck", "delivery"];

const note = () => ({ name: "note", kind: "text", label: t("stock.note"), extra: true });

/** When it was: a wet hand comes late to the tablet. */
const when = () => ({
  ...{ name: "ago", kind: "choice", label: t("food.when"), value: 0 },
  options: options(AGO_MIN, (n) => (n ? t("time.ago", { duration: t("time.minutes", { n }) }) : t("food.now"))),
});

/** A moment as commands have it; null is now, by the gateway's clock. */
const at = (ago, kitchen) => (ago ? new Date(kitchen.now() - ago * 60_000).toISOString() : null);

/** Begin a batch of food. */
export function openForm(kitchen) {
  const recipes = kitchen.catalogue.recipes.map(({ id, name }) => ({ value: id, text: said(name) }));
  return {
    title: t("food.open"),
    fields: [
      { name: "kept", kind: "choice", label: t("food.kept"), options: options(KEPT, keptName), value: KEPT[0] },
      recipes.length ? { ...recipeField(recipes), hidden: isRinse } : null,
      { name: "product", kind: "text", label: t("food.product"), hidden: (values) => isRinse(values) || Boolean(values.recipe) },
      pointField(kitchen),
      { ...portionsField(), hidden: ({ kept }) => kept !== KEPT[0] },
      note(),
    ].filter(Boolean),
    send: ({ kept, recipe, product, portions, ...rest }, who, key) => {
      const named = kept === "rinse" ? keptName(kept) : recipes.find((each) => each.value === recipe)?.text;
      const count = portions === null ? null : Math.round(Number(portions));
      const controls = kept === KEPT[0] ? null : [kept];
      return order("batch_open", { product: named ?? product, recipe, portions: count, controls, ...rest }, who, key);
    },
  };
}

const keptName = (kept) => (kept === KEPT[0] ? t("food.kept.food") : controlName(kept));
const isRinse = ({ kept }) => kept === "rinse";
const recipeField = (recipes) => ({ name: "recipe", kind: "choice", label: t("food.recipe"), options: recipes, optional: true });

/** At which sensor; a pot without a probe is measured by hand. */
function pointField(kitchen) {
  const points = kitchen.points.filter((point) => point.quantity === "temperature");
  const places = points.map((point) => ({ value: point.id, text: said(point.name) }));
  return { name: "point", kind: "choice", label: t("food.point"), options: places, optional: true };
}

/** What the trace proposes is so, or it is not. */
export function acceptForm(batch, accept, kitchen) {
  const offer = batch.offers[0];
  const fields = accept && offer.kind === "cook" ? [{ name: "product", kind: "text", label: t("food.product"), value: batch.product }] : [];
  return {
    title: t(`food.offer.${offer.kind}.${accept ? "yes" : "no"}`),
    about: `${batch.product} · ${batch.id}`,
    fields: [...fields, note()],
    send: (values, who, key) => order(accept ? "batch_accept" : "batch_decline", { batch: batch.id, kind: offer.kind, ...values }, who, key),
  };
}

/** One mark, now or a little while ago. */
export function markForm(batch, event, kitchen) {
  const school = AT_SCHOOL.has(event) ? schoolField(kitchen) : null;
  return {
    title: `${t(`food.mark.${event}`)} · ${batch.product}`,
    about: batch.id,
    fields: [school, event === "departed" && school ? portionsField() : null, event === "close" ? null : when(), note()].filter(Boolean),
    send: (values, who, key) => mark(batch, { event, ...values }, { who, key, kitchen }),
  };
}

/** What leaves for a school with its portions is booked to it by the gateway. */
function mark(batch, { event, ago, portions, ...rest }, { who, key, kitchen }) {
  if (event === "close") return order("batch_close", { batch: batch.id, note: rest.note }, who, key);
  const count = portions ? Math.round(Number(portions)) : null;
  return order("batch_mark", { batch: batch.id, event, portions: count, at: at(ago, kitchen), ...rest }, who, key);
}

const portionsField = () => ({ name: "portions", kind: "number", label: t("food.portions.label"), optional: true });

function schoolField(kitchen) {
  const schools = kitchen.catalogue.schools.map(({ id, name }) => ({ value: id, text: said(name) }));
  const label = t("food.school");
  return schools.length ? { name: "school", kind: "choice", label, options: schools, optional: true } : null;
}

/** Any mark, or the end. */
export function moreForm(batch, kitchen) {
  const school = schoolField(kitchen);
  return {
    title: batch.product,
    about: batch.id,
    fields: [
      { name: "event", kind: "choice", label: t("food.what"), options: options(EVENTS, (each) => t(`food.mark.${each}`)) },
      { ...pointField(kitchen), hidden: ({ event }) => event !== "moved" },
      school && { ...school, hidden: ({ event }) => !AT_SCHOOL.has(event) },
      school && { ...portionsField(), hidden: ({ event }) => event !== "departed" },
      { ...when(), hidden: ({ event }) => event === "close" },
      note(),
    ].filter(Boolean),
    send: (values, who, key) => mark(batch, values, { who, key, kitchen }),
  };
}

/** Somebody of the kitchen stands for the limits as they are shown. */
export function approvalForm({ profile, hash, overrides }) {
  const lines = overrides.map(({ control, limit, value, reason }) => `${control} ${limit}: ${value} — ${reason}`);
  return {
    title: t("plan.approve"),
    about: [t("plan.limits", { profile }), ...lines].join("\n"),
    fields: [],
    send: (_, who, key) => order("approve_plan", { hash }, who, key),
  };
}

/** What a hand thermometer shows of a batch or at a point; the same instrument as last time is proposed. */
export function readingForm(of, name) {
  return {
    title: `${t("food.reading")} · ${name}`,
    fields: [
      { name: "value", kind: "number", label: t("food.reading.value"), unit: "°C", signed: true },
      { name: "instrument", kind: "text", label: t("food.instrument"), value: localStorage.getItem(INSTRUMENT) ?? "" },
      { name: "step", kind: "choice", label: t("food.step"), options: options(STEPS, (each) => t(`food.step.${each}`)), value: STEPS[0], extra: true },
    ],
    send: ({ value, instrument, step }, who, key) => {
      localStorage.setItem(INSTRUMENT, instrument);
      return order("typed_reading", { ...of, value: Number(value), instrument, step }, who, key);
    },
    notice: judgement,
  };
}

/** How the control points of a point stand by what was typed; a batch shows it on its card. */
function judgement({ verdicts }) {
  return (verdicts ?? [])
    .map(({ verdict, value, limit }) => {
      const against = limit === null ? "" : ` ${t("food.limit", { limit: withUnit(limit, "Cel") })}`;
      return `${withUnit(value, "Cel")}${against}: ${t(`food.outcome.${verdict}`)}`;
    })
    .join("\n");
}
