// The stock: what is weighed now, what is there and how long it lasts, what to order, what to use first, what moved.

import { find, keyed, make, setText } from "./dom.js";
import { renderLevels } from "./levels.js";
import { renderMovements } from "./movements.js";
import { options, order } from "./orders.js";
import { scanner } from "./scanner.js";
import { randomKey } from "./server.js";
import { showShrinkage } from "./shrinkage.js";
import { barcodeForm, eaterForm, itemsForm, PURPOSES, stockForm } from "./stock_forms.js";
import { renderBenches } from "./weigh.js";
import { said, t } from "./words.js";

const EATER = "eater";
const LISTS = ["items", "lots", "movements"];

export function stockView(kitchen, { form, shown }) {
  const card = find("#items");

  const open = (purpose, given = {}) => form.open(stockForm(purpose, given, kitchen), kitchen);

  /** Something of no purpose yet: which one is asked first. What stands on a scale of its own is issued by itself. */
  const choose = (given) => {
    const level = kitchen.records.stock.get(given.item);
    const ownScale = Boolean(level?.scales.length);
    const purposes = PURPOSES.filter((purpose) => !(ownScale && purpose === "issue"));
    const choices = options(ownScale ? [EATER, ...purposes] : purposes, (each) => t(`stock.do.${each}`));
    const title = given.item ? said(level.name) : t("weigh.item");
    form.choose({ title, options: choices }, (purpose) =>
      purpose === EATER ? form.open(eaterForm(level, kitchen), kitchen) : open(purpose, given),
    );
  };

  find("#shrinkage").addEventListener("click", () => showShrinkage(form, kitchen));
  find("#import").addEventListener("click", () => form.open(itemsForm(), kitchen));

  const scanned = async (code) => {
    const who = kitchen.kitchen.people[0]?.id;
    const { result, failure } = await order("stock_scan", { code }, who, randomKey());
    if (result && !result.item && result.gtin) form.open(barcodeForm(code, kitchen, received), kitchen);
    else received(code, result, failure);
  };

  const received = (code, { item, number: lot, expires_on } = {}, failure = null) => {
    const about = failure ?? t(item ? "stock.scanned" : "stock.scanned.unknown", { code });
    open("receive", { item, number: lot, expires_on, about, code });
  };

  scanner((code) => shown() && !find("dialog[open]") && scanned(code));

  const render = (live) => {
    renderActions(find("#stock-actions"), open);
    renderBenches(find("#benches"), kitchen, { live, form, choose: (bench) => choose({ bench }) });
    setText(find("h2", card), t("stock.title"));
    setText(find(".about", card), kitchen.stock.length ? "" : t("stock.empty"));
    renderLevels(find(".list", card), kitchen.stock, { live, tapped: (item) => choose({ item }) });
    renderLists(find("#lists"));
    renderMovements(find("#movements"), kitchen, { form });
  };

  return { render };
}

function renderActions(parent, open) {
  keyed(parent, PURPOSES, {
    key: (purpose) => purpose,
    create: (purpose) => {
      const button = make("button", { type: "button", className: "act", "data-do": purpose });
      button.addEventListener("click", () => open(purpose));
      return button;
    },
    update: (button, purpose) => setText(button, t(`stock.do.${purpose}`)),
  });
}

/** What a spreadsheet can take, and give. */
function renderLists(parent) {
  keyed(find("span", parent), LISTS, {
    key: (name) => name,
    create: (name) => make("a", { href: `/api/stock/export/${name}.csv` }),
    update: (link, name) => setText(link, t(`stock.export.${name}`)),
  });
  setText(find("#import", parent), t("stock.import"));
  setText(find("#shrinkage", parent), t("shrinkage.title"));
}
