// The newest movements of the stock: what went from where to where, who says so, and a way to take it back.

import { find, keyed, make, setAttribute, setText } from "./dom.js";
import { moment, weight } from "./format.js";
import { reverseForm } from "./stock_forms.js";
import { said, t } from "./words.js";

export const SIGN = { receipt: "+", issue: "−", waste: "−", delivery: "−" };
const FINAL = new Set(["reversal", "put_away"]);

export function renderMovements(card, kitchen, { form }) {
  setText(find("h2", card), t("stock.movements"));
  const taken = new Set(kitchen.movements.map((movement) => movement.reverses).filter(Boolean));
  const rows = kitchen.movements.length ? kitchen.movements : [null];
  keyed(find(".list", card), rows, {
    key: (movement) => movement?.id ?? "none",
    create: (movement) => (movement ? create(movement, kitchen, form) : make("li", { className: "empty" })),
    update: (row, movement) => {
      if (movement === null) setText(row, t("stock.none"));
      else update(row, movement, kitchen, taken.has(movement.id));
    },
  });
}

function create(movement, kitchen, form) {
  const part = (name) => make("span", { className: name });
  const back = make("button", { type: "button", className: "back" });
  back.addEventListener("click", () => form.open(reverseForm(movement, spoken(movement, kitchen)), kitchen));
  return make("li", { className: "movement" }, part("time"), part("kind"), part("quantity"), part("steps"), back);
}

function update(row, movement, kitchen, isTakenBack) {
  const put = (name, text) => setText(row.querySelector(`.${name}`), text);
  setAttribute(row, "data-kind", movement.kind);
  row.classList.toggle("undone", isTakenBack);
  put("time", moment(movement.at, kitchen.kitchen.zone, kitchen.now()));
  put("kind", `${t(`stock.kind.${movement.kind}`)} ${kitchen.itemName(movement.item)}`);
  put("quantity", `${SIGN[movement.kind] ?? ""}${weight(movement.quantity, "kg")}`);
  put("steps", facts(movement, kitchen));
  const back = row.querySelector(".back");
  back.hidden = isTakenBack || FINAL.has(movement.kind);
  setText(back, t("stock.reverse"));
}

/** Weights before and after when a scale saw it, else who typed it; where it went; why. */
export function facts(movement, kitchen) {
  const seen = movement.before !== null && movement.after !== null;
  const weights = seen ? `${weight(movement.before, "").trim()} → ${weight(movement.after, "kg")}` : "";
  const typed = movement.entry === "typed" ? t("stock.by", { who: kitchen.person(movement.who) }) : "";
  const batch = movement.destination?.startsWith("batch:") ? kitchen.batchName(movement.destination.slice(6)) : "";
  const offline = movement.while_offline ? t("stock.offline") : "";
  return [weights, batch, typed, reasonText(movement.reason), offline].filter(Boolean).join(" · ");
}

const reasonText = (reason) => (reason ? t(`stock.reason.${reason}`).replace(/^stock\.reason\./, "") : "");

function spoken(movement, kitchen) {
  const name = kitchen.itemName(movement.item);
  const time = moment(movement.at, kitchen.kitchen.zone, kitchen.now());
  return `${time} ${t(`stock.kind.${movement.kind}`)} ${name} ${weight(movement.quantity, "kg")}`;
}
