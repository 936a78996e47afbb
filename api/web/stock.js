// The stock beside temperatures and alarms: what stands on scales or needs care, and the latest movements.

import { keyed, make, setAttribute, setText } from "./dom.js";
import { moment, weight } from "./format.js";
import { needsCare, onHandText } from "./levels.js";
import { facts, SIGN } from "./movements.js";
import { said, t } from "./words.js";

const SHOWN = 5;

export function renderStock(card, kitchen, { live }) {
  const items = kitchen.stock.filter((item) => item.weight !== null || needsCare(item)).slice(0, SHOWN);
  card.hidden = kitchen.stock.length === 0;
  setText(card.querySelector("h2"), t("stock.title"));
  keyed(card.querySelector(".items"), items, {
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
  setText(node.querySelector(".on-hand"), onHandText(item));
  setText(node.querySelector(".scale"), item.weight === null ? "" : scaleText(item));
}

function scaleText(item) {
  const text = t("stock.weight", { weight: weight(item.weight, "kg") });
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
  const put = (name, text) => setText(row.querySelector(`.${name}`), text);
  setAttribute(row, "data-kind", movement.kind);
  put("time", moment(movement.at, kitchen.kitchen.zone, kitchen.now()));
  put("kind", `${t(`stock.kind.${movement.kind}`)} ${kitchen.itemName(movement.item)}`);
  put("quantity", `${SIGN[movement.kind] ?? ""}${weight(movement.quantity, "kg")}`);
  put("steps", facts(movement, kitchen));
}
