// What was weighed into the food against what its recipes ask for, by week and item.

import { make } from "./dom.js";
import { number, weight } from "./format.js";
import { get } from "./server.js";
import { table } from "./trace.js";
import { t } from "./words.js";

const WEEKS = 8;

export async function showShrinkage(form, kitchen) {
  const told = await get(`/api/stock/shrinkage?weeks=${WEEKS}`);
  const rows = (told?.rows ?? []).filter((row) => [row.expected, row.weighed, row.wasted, row.adjusted].some(Number));
  const about = t(told ? (rows.length ? "shrinkage.about" : "shrinkage.none") : "trace.failed");
  form.show({ title: t("shrinkage.title"), about, node: weeks(rows, kitchen) });
}

function weeks(rows, kitchen) {
  const out = make("div", { className: "trace" });
  for (const week of new Set(rows.map((row) => row.week))) {
    const lines = rows.filter((row) => row.week === week).map((row) => line(row, kitchen));
    const heads = ["item", "expected", "weighed", "lost", "unexplained"].map((name) => t(`shrinkage.${name}`));
    const [year, number] = week.split("-W");
    out.append(make("h3", {}, t("shrinkage.week", { number: Number(number), year })), table(lines, heads));
  }
  return out;
}

/** Wasted and missing goods are one column: both left the stores and reached no pot. */
function line({ item, expected, weighed, wasted, adjusted, unexplained, share }, kitchen) {
  const lost = (Number(wasted) + Number(adjusted)).toFixed(3);
  const percent = share === null ? "" : ` (${signed(number(share * 100, 0))} %)`;
  const beyond = Number(expected) ? `${signed(weight(unexplained, "kg"))}${percent}` : "–";
  return [kitchen.itemName(item), weight(expected, "kg"), weight(weighed, "kg"), weight(lost, "kg"), beyond];
}

const signed = (text) => (/^−|^[0,.]+(?: |$)/.test(text) ? text : `+${text}`);
