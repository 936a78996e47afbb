// What the rules say of a batch: each control with the numbers and times that led to it.

import { keyed, make, setAttribute, setText } from "./dom.js";
import { clock, duration, limit, number, withUnit } from "./format.js";
import { controlName, has, said, t } from "./words.js";

const AT_LEAST = new Set(["peak", "held_s", "f_min", "kept_min", "log_reduction"]);
const DAY_MIN = 1_440; // from here on hours: 47 of the 72 for which a sample is kept are not "a day"

export function renderVerdicts(parent, verdicts, kitchen) {
  keyed(parent, verdicts, {
    key: (verdict) => `${verdict.control} ${verdict.source}`,
    create: () => make("section", {}, make("b"), make("ul"), make("p")),
    update: (node, verdict) => update(node, verdict, kitchen),
  });
}

function update(node, verdict, kitchen) {
  const [title, list, reasons] = node.children;
  setAttribute(node, "data-outcome", verdict.verdict);
  setText(title, titleOf(verdict, kitchen));
  const measures = Object.entries(verdict.measures ?? {}).filter(([, measure]) => measure && measure.value !== null);
  keyed(list, measures, {
    key: ([name]) => name,
    create: () => make("li", {}, make("span"), make("b")),
    update: (row, [name, measure]) => {
      setAttribute(row, "data-outcome", measure.verdict ?? "");
      setText(row.firstChild, nameOf(name, verdict));
      setText(row.lastChild, measureText(name, measure, kitchen));
    },
  });
  setText(reasons, (verdict.told ?? []).map(said).join("; "));
}

/** A stage of cooling is called by its temperatures. */
function nameOf(name, { limits }) {
  const stage = limits?.stages?.find((each) => name === each.name || name === `predicted_${each.name}`);
  if (!stage) return has(`measure.${name}`) ? t(`measure.${name}`) : name.replaceAll("_", " ");
  const span = `${limit(stage.from, "Cel")} → ${limit(stage.to, "Cel")}`;
  return name === stage.name ? span : t("food.forecast", { span });
}

function titleOf(verdict, kitchen) {
  const typed = verdict.source === "typed" ? ` (${t("food.typed")})` : "";
  const time = verdict.decided_at ? `, ${clock(verdict.decided_at, kitchen.kitchen.zone)}` : "";
  return `${controlName(verdict.control)}${typed}: ${t(`food.outcome.${verdict.verdict}`)}${time}`;
}

function measureText(name, { value, unit, limit: at, gap_min: gap }, kitchen) {
  const shown = amount(value, unit, kitchen);
  const none = at === null || at === undefined || (name === "held_s" && at === 0); // at once is no time to hold
  const against = none ? "" : ` ${t(AT_LEAST.has(name) ? "food.least" : "food.limit", { limit: amount(at, unit, kitchen) })}`;
  return `${shown}${against}${gap ? ` ${t("food.gap", { gap: duration(gap * 60_000) })}` : ""}`;
}

function amount(value, unit, kitchen) {
  if (unit === "time") return clock(value, kitchen.kitchen.zone);
  if (unit === "min") return value < DAY_MIN ? duration(value * 60_000) : t("time.hours", { n: number(Math.floor(value / 60), 0) });
  if (unit === "1") return number(value, 0);
  if (unit === "K") return `${number(value, 2)} °C`;
  if (unit === "s") return duration(value * 1_000);
  return unit === "Cel" || unit === "°C" ? withUnit(value, "Cel") : `${number(value, 1)} ${unit ?? ""}`.trim();
}
