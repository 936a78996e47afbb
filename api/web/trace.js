// Which goods an excursion has touched, and who ate them; and back, from a batch of food to its lots.

import { make } from "./dom.js";
import { clock, weight } from "./format.js";
import { get } from "./server.js";
import { t } from "./words.js";

/** Whether what is at this point can be told: a store names it. */
export const isTraced = (point, kitchen) => kitchen.catalogue.stores.some((store) => store.points.includes(point));

/** Show the lots, batches and schools of `asked`, such as { alarm } or { batch }. */
export async function showTrace(form, asked, { title, kitchen }) {
  const told = await get(`/api/stock/trace?${new URLSearchParams(asked)}`);
  form.show({ title, about: told ? aboutOf(told, kitchen) : t("trace.failed"), node: told ? tables(told, kitchen) : "" });
}

function aboutOf({ exposed, portions, start, end }, kitchen) {
  const time = (at) => clock(at, kitchen.kitchen.zone);
  const span = start ? `${time(start)}–${end ? time(end) : t("trace.until_now")}` : "";
  const stood = exposed === null ? "" : t("trace.exposed", { quantity: weight(exposed, "kg") });
  return [span, stood, portions ? t("food.portions", { n: portions }) : ""].filter(Boolean).join(" · ");
}

function tables(told, kitchen) {
  const lots = told.lots.map((lot) => [
    kitchen.itemName(lot.item),
    [lot.number ?? lot.id, kitchen.supplierName(lot.supplier)].filter(Boolean).join(" · "),
    weight(lot.stood?.exposed ?? lot.received, "kg"),
  ]);
  const batches = told.batches.map((food) => [food.product ?? food.batch, food.batch, portionsText(food.portions)]);
  const schools = told.schools.map(({ school, portions }) => [kitchen.schoolName(school), "", portionsText(portions)]);
  const out = make("div", { className: "trace" });
  for (const [name, rows] of Object.entries({ lots, batches, schools })) {
    out.append(make("h3", {}, t(`trace.${name}`)), rows.length ? table(rows) : make("p", { className: "empty" }, t("trace.none")));
  }
  return out;
}

const portionsText = (n) => (n ? t("food.portions", { n }) : "");

/** Rows of cells under their headings, if there are any. */
export function table(rows, heads = []) {
  const line = (tag, cells) => make("tr", {}, ...cells.map((cell) => make(tag, {}, cell)));
  const head = heads.length ? [make("thead", {}, line("th", heads))] : [];
  return make("table", {}, ...head, make("tbody", {}, ...rows.map((cells) => line("td", cells))));
}
