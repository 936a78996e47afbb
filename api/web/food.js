// Batches of food: how each stands and what to do about it, how long it may still be eaten, what comes next.

import { find, icon, keyed, make, setAttribute, setText } from "./dom.js";
import { acceptForm, approvalForm, markForm, moreForm, openForm, readingForm } from "./food_forms.js";
import { clock, duration, withUnit } from "./format.js";
import { showTrace } from "./trace.js";
import { renderVerdicts } from "./verdicts.js";
import { controlName, said, t } from "./words.js";

const OVER_SHOWN_MS = 12 * 3_600_000; // what has ended is shown for the rest of the day
const ICONS = { PASS: "normal", FAIL: "critical", INFEASIBLE: "critical", PREDICTED_FAIL: "warning", INDETERMINATE: "unknown" };
const AGAINST = new Set(["FAIL", "INFEASIBLE", "PREDICTED_FAIL", "INDETERMINATE"]);
const NEXT = {
  cooking_started: "cooking_ended",
  reheating_started: "cooking_ended",
  cooking_ended: "packed",
  packed: "departed",
  departed: "arrived",
  arrived: "eaten",
};

export function foodView(kitchen, { form }) {
  const open = () => form.open(openForm(kitchen), kitchen);

  find("#food-open").addEventListener("click", open);
  find("#plan button").addEventListener("click", () => form.open(approvalForm(kitchen.haccp), kitchen));

  const render = (live) => {
    setText(find("#food-open"), t("food.open"));
    const batches = sorted(kitchen.batches.filter((batch) => isShown(batch, kitchen.now())));
    setText(find("#food .about"), batches.length ? "" : t("food.none"));
    renderPlan(find("#plan"), kitchen);
    keyed(find("#food .list"), batches, {
      key: (batch) => batch.id,
      create: (batch) => create(batch.id, kitchen, form),
      update: (node, batch) => update(node, batch, kitchen, live),
    });
  };

  return { render };
}

/** Whose limits, and whether somebody stands for them. */
function renderPlan(card, kitchen) {
  const { haccp } = kitchen;
  card.hidden = haccp === null;
  if (haccp === null) return;
  const by = haccp.approved_by;
  setText(find("span", card), t(by ? "plan.approved" : "plan.proposal", { profile: haccp.profile, who: by ? kitchen.person(by) : "" }));
  setText(find("button", card), t("plan.approve"));
  find("button", card).hidden = by !== null;
}

function isShown(batch, now) {
  if (batch.state === "closed") return now - Date.parse(batch.closed_at) < OVER_SHOWN_MS;
  return batch.state !== "declined";
}

const running = (batch) => batch.state === "open" || batch.state === "proposed";

/** What waits for an answer, then what runs, the nearest time to eat by first, then what is over. */
function sorted(batches) {
  const rank = (batch) => (batch.state === "proposed" ? 0 : batch.state === "open" ? 1 : 2);
  const until = (batch) => batch.eat_by ?? "9";
  return [...batches].sort((a, b) => rank(a) - rank(b) || until(a).localeCompare(until(b)));
}

/** What is to be done about a batch: those that wait or are in danger. */
export const asksForCare = (batch) =>
  running(batch) && (batch.state === "proposed" || ["FAIL", "INFEASIBLE", "PREDICTED_FAIL"].includes(batch.outcome));

function create(id, kitchen, form) {
  const batch = () => kitchen.records.batches.get(id);
  const part = (name, tag = "span") => make(tag, { className: name });
  const button = (name, asked) => {
    const made = make("button", { type: "button", className: name });
    made.addEventListener("click", () => form.open(asked(batch()), kitchen));
    return made;
  };
  const head = make("div", { className: "name" }, part("product", "b"), part("portions"), part("state"));
  const outcome = make("div", { className: "verdict" }, part("mark"), make("div", {}, part("word", "b"), part("remedy")));
  const times = make("div", { className: "times" }, part("eat-by"), part("exposure"), part("now"));
  const buttons = make("div", { className: "buttons" });
  buttons.append(button("yes", (b) => acceptForm(b, true, kitchen)), button("no", (b) => acceptForm(b, false, kitchen)));
  buttons.append(button("next", (b) => markForm(b, nextOf(b), kitchen)), button("reading", (b) => readingForm({ batch: b.id }, b.product)));
  buttons.append(button("more", (b) => moreForm(b, kitchen)));
  const origin = make("button", { type: "button", className: "goods" });
  origin.addEventListener("click", () => showTrace(form, { batch: id }, { title: `${t("trace.origin")} · ${batch().product}`, kitchen }));
  const details = make("details", {}, make("summary"), part("marks", "ol"), part("verdicts", "div"), origin);
  return make("article", { className: "card batch", "data-batch": id }, head, outcome, times, buttons, details);
}

/** The mark that comes after the last one in the life of most batches; dishes are rinsed, a sample is kept and then gone. */
function nextOf(batch) {
  const only = batch.controls?.length === 1 ? batch.controls[0] : null;
  if (only === "rinse") return "close";
  if (only === "sample_fridge") return batch.marks.some((mark) => mark.event === "discarded") ? "close" : "discarded";
  const last = [...batch.marks].sort((a, b) => a.at.localeCompare(b.at)).findLast((mark) => mark.event in NEXT);
  return last ? NEXT[last.event] : "cooking_started";
}

function update(node, batch, kitchen, live) {
  const put = (name, text) => setText(node.querySelector(`.${name}`), text);
  const { zone } = kitchen.kitchen;
  const outcome = live ? (batch.outcome ?? "RUNNING") : "INDETERMINATE";
  if (node.dataset.outcome !== outcome) {
    node.dataset.outcome = outcome;
    node.querySelector(".mark").replaceChildren(icon(ICONS[outcome] ?? "stale"));
  }
  setAttribute(node, "data-state", batch.state);
  put("product", batch.product);
  put("portions", batch.portions ? t("food.portions", { n: batch.portions }) : "");
  const began = `${batch.id} · ${t(`food.state.${batch.state}`)} ${clock(batch.closed_at ?? batch.opened_at, zone)}`;
  put("state", batch.catching_up ? `${began} · ${t("food.catching_up")}` : began);
  put("word", t(`food.outcome.${outcome}`));
  put("remedy", remedy(batch, outcome));
  showEatBy(node.querySelector(".eat-by"), batch, kitchen);
  put("exposure", exposure(batch));
  put("now", nowText(batch, kitchen));
  showButtons(node, batch);
  setText(node.querySelector("summary"), t("food.details"));
  setText(node.querySelector(".goods"), t("trace.origin"));
  renderMarks(node.querySelector(".marks"), batch, kitchen);
  renderVerdicts(node.querySelector(".verdicts"), batch.verdicts ?? [], kitchen);
}

/** The controls that are against the food, and what to do. */
function remedy(batch, outcome) {
  if (!AGAINST.has(outcome)) return "";
  const against = (batch.verdicts ?? []).filter((verdict) => verdict.verdict === outcome);
  const controls = [...new Set(against.map((verdict) => controlName(verdict.control)))].join(", ");
  const action = against.find((verdict) => verdict.action)?.action;
  const what = action === "DISCARD" ? t("food.action.DISCARD") : t(`food.remedy.${outcome}`);
  return [controls, what].filter(Boolean).join(": ");
}

function showEatBy(node, batch, kitchen) {
  const left = batch.eat_by && running(batch) ? Date.parse(batch.eat_by) - kitchen.now() : null;
  const near = batch.eat_by_near && kitchen.now() >= Date.parse(batch.eat_by_near);
  setAttribute(node, "data-near", left === null ? "" : left < 0 ? "over" : near ? "near" : "");
  if (left === null) return setText(node, "");
  const time = clock(batch.eat_by, kitchen.kitchen.zone);
  setText(node, left < 0 ? t("food.eat_by.over", { time }) : t("food.eat_by", { time, left: duration(left) }));
}

function exposure(batch) {
  const { exposure_min: minutes, exposure_left_min: left } = batch;
  if (minutes === null || minutes === undefined) return "";
  const so = t("food.exposure", { duration: duration(minutes * 60_000) });
  return left === null || left === undefined ? so : `${so}, ${t("food.exposure.left", { duration: duration(left * 60_000) })}`;
}

function nowText(batch, kitchen) {
  const point = kitchen.point(batch.at_point);
  if (!point) return running(batch) ? t("food.no_sensor") : "";
  return `${said(point.name)}: ${withUnit(point.reading?.value, point.unit)}`;
}

function showButtons(node, batch) {
  const offer = batch.offers?.[0];
  const shown = {
    yes: Boolean(offer),
    no: Boolean(offer),
    next: batch.state === "open",
    reading: running(batch),
    more: batch.state === "open",
  };
  const words = {
    yes: offer ? t(`food.offer.${offer.kind}.yes`) : "",
    no: offer ? t(`food.offer.${offer.kind}.no`) : "",
    next: t(`food.mark.${nextOf(batch)}`),
    reading: t("food.reading"),
    more: t("food.more"),
  };
  for (const [name, is] of Object.entries(shown)) {
    const button = node.querySelector(`button.${name}`);
    button.hidden = !is;
    setText(button, words[name]);
  }
}

/** Marks and typed readings, in order of time. */
function renderMarks(parent, batch, kitchen) {
  const rows = [...batch.marks, ...(batch.typed ?? [])].sort((a, b) => a.at.localeCompare(b.at));
  keyed(parent, rows, {
    key: (row) => row.key ?? `${row.at} ${row.event}`,
    create: () => make("li"),
    update: (node, row) => setText(node, row.event ? markText(row, kitchen) : typedText(row, kitchen)),
  });
}

function typedText(reading, kitchen) {
  const what = `${clock(reading.at, kitchen.kitchen.zone)} ${withUnit(reading.value, "Cel")} ${t(`food.step.${reading.step}`)}`;
  return [what, reading.instrument, kitchen.person(reading.person), t("food.typed")].join(" · ");
}

function markText(mark, kitchen) {
  const where = said(kitchen.point(mark.point)?.name) || kitchen.schoolName(mark.school);
  const who = mark.person ? kitchen.person(mark.person) : mark.proposed ? t("food.by_trace") : "";
  const what = [t(`food.marked.${mark.event}`), where].filter(Boolean).join(" ");
  return [`${clock(mark.at, kitchen.kitchen.zone)} ${what}`, who, mark.note].filter(Boolean).join(" · ");
}
