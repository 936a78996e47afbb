// What is there of each item: how much, how long it lasts, what to order, what to use first.

import { keyed, make, setAttribute, setText } from "./dom.js";
import { number, weight } from "./format.js";
import { said, t } from "./words.js";

const WIDE = 3; // a bar is as long as three times the point of reordering

export function renderLevels(parent, stock, { live, tapped }) {
  keyed(parent, sorted(stock), {
    key: (item) => item.item,
    create: (item) => createItem(item.item, () => tapped(item.item)),
    update: (node, item) => updateItem(node, item, live),
  });
}

/** What somebody must look at first. */
function sorted(stock) {
  const rank = (item) => (isExpired(item) ? 0 : item.low ? 1 : isExpiring(item) ? 2 : 3);
  return [...stock].sort((a, b) => rank(a) - rank(b));
}

const isExpired = (item) => item.soonest?.some((lot) => lot.freshness === "expired") ?? false;
const isExpiring = (item) => item.soonest?.some((lot) => lot.freshness === "expiring") ?? false;
export const needsCare = (item) => item.low || isExpired(item) || isExpiring(item);

function createItem(id, tapped) {
  const part = (name, ...children) => make("span", { className: name }, ...children);
  const bar = part("level", part("filled"), part("point"));
  const node = make("button", { type: "button", className: "stock-item", "data-item": id });
  node.append(part("name"), part("on-hand"), bar, part("cover"), part("order"), part("scale"), part("lots"));
  node.addEventListener("click", tapped);
  return node;
}

function updateItem(node, item, live) {
  const put = (name, text) => setText(node.querySelector(`.${name}`), text);
  setAttribute(node, "data-look", !live || item.state !== "ok" ? "unknown" : item.low ? "low" : "ok");
  put("name", said(item.name));
  put("on-hand", onHandText(item));
  put("cover", coverText(item));
  put("order", item.low ? t("stock.order", { quantity: weight(item.order, "kg") }) : "");
  put("scale", item.weight === null ? "" : t("stock.weight", { weight: weight(item.weight, "kg") }));
  showBar(node, item);
  keyed(node.querySelector(".lots"), item.soonest ?? [], {
    key: (lot) => `${lot.lot} ${lot.place}`,
    create: () => make("span", { className: "lot" }),
    update: (row, lot) => {
      setAttribute(row, "data-fresh", lot.freshness);
      setText(row, [weight(lot.quantity, "kg"), lot.expires_on ? lotDate(lot) : lot.number].filter(Boolean).join(" · "));
    },
  });
}

export function onHandText(item) {
  if (item.on_hand === null) return t("stock.unknown");
  // Kilograms as the scale says them; pieces and litres are worked out from them, so no more digits than they are worth.
  if (item.unit === "kg" || !item.shown) return weight(item.on_hand, "kg");
  return `${number(Number(item.shown), item.unit === "L" ? 1 : 0)} ${unitWord(item.unit)}`;
}

const unitWord = (unit) => (unit === "pcs" ? t("stock.pieces") : unit);

function coverText({ cover }) {
  if (!cover) return "";
  const decimals = (days) => (days < 10 ? 1 : 0);
  const [low, high] = [number(cover.low, 0), number(cover.high, 0)];
  const span = low === high ? "" : ` (${low}–${high})`;
  return t("stock.cover", { days: number(cover.days, decimals(cover.days)), span });
}

function showBar(node, item) {
  const bar = node.querySelector(".level");
  const point = Number(item.reorder_point);
  bar.hidden = !point || item.on_hand === null;
  if (bar.hidden) return;
  const share = Math.min(1, Math.max(0, Number(item.available ?? item.on_hand) / (point * WIDE)));
  bar.firstChild.style.width = `${Math.round(share * 100)}%`;
}

export const lotDate = (lot) => t(`stock.lot.${lot.freshness}`, { date: day(lot.expires_on), days: Math.abs(lot.days_left) });

const day = (iso) => iso.split("-").reverse().join("-");
