// What is on hand, what the scale shows, and the latest receipts and issues with the weight before and after.

import { keyed, make, setAttribute, setText } from "./dom.js";
import { clock, weight } from "./format.js";
import { said, t } from "./words.js";

const SHOWN = 5;
const SIGN = { receipt: "+", issue: "−", opening: "" };

export function renderStock(card, kitchen, { live }) {
  card.hidden = kitchen.stock.length === 0;
  setText(card.querySelector("h2"), t("stock.title"));
  keyed(card.querySelector(".items"), kitchen.stock, {
    key: (item) => item.item,
    create: createItem,
    update: (node, item) => updateItem(node, item, live),
  });
  const rows = kitchen.movements.slice(0, SHOWN);
  keyed(card.querySelector(".movements"), rows.length ? rows : [null], {
    key: (movement) => movement?.id ?? "none",
    create: createMovement,
    update: (node, movement) => {
      if (movement) updateMovement(node, movement, kitchen);
      else setText(node, t("stock.none"));
    },
  });
}

function createItem() {
  const part = (name) => make("span", { className: name });
  return make("div", { className: "item" }, part("name"), part("on-hand"), part("scale"));
}

function updateItem(node, item, live) {
  const known = live && item.state === "ok";
  node.classList.toggle("grey", !known);
  setText(node.querySelector(".name"), said(item.name));
  const onHand = item.on_hand === null ? t("stock.unknown") : weight(item.on_hand, item.unit);
  setText(node.querySelector(".on-hand"), onHand);
  setText(node.querySelector(".scale"), item.weight === null ? "" : scaleText(item));
}

function scaleText(item) {
  const text = t("stock.weight", { weight: weight(item.weight, item.unit) });
  return item.stable === false ? `${text} · ${t("stock.unstable")}` : text;
}

function createMovement(movement) {
  if (movement === null) return make("li", { className: "empty" });
  const part = (name) => make("span", { className: name });
  const row = make("li", { className: "movement" });
  row.append(part("time"), part("kind"), part("quantity"), part("steps"));
  return row;
}

function updateMovement(row, movement, kitchen) {
  const unit = kitchen.records.stock.get(movement.item)?.unit ?? "";
  const name = said(kitchen.records.stock.get(movement.item)?.name);
  setAttribute(row, "data-kind", movement.kind);
  setText(row.querySelector(".time"), clock(movement.at, kitchen.kitchen.zone));
  setText(row.querySelector(".kind"), `${t(`stock.${movement.kind}`)} ${name}`);
  setText(row.querySelector(".quantity"), `${SIGN[movement.kind]}${weight(movement.quantity, unit)}`);
  const steps = `${weight(movement.before, "").trim()} → ${weight(movement.after, unit)}`;
  setText(row.querySelector(".steps"), movement.while_offline ? `${steps} · ${t("stock.offline")}` : steps);
}
