// Zero and tare of a scale that is asked, from its card: told by a person, and what the scale made of it.

import { make, setText } from "./dom.js";
import { withUnit } from "./format.js";
import { order } from "./orders.js";
import { said, t } from "./words.js";

const ORDERS = ["zero", "tare"];
const REFUSALS = new Set(["busy", "no_reply", "syntax", "transmission"]);
const ANSWERED_MS = 7_000; // by then a refusal has been told: the gateway lists troubles every 5 s
const SHOWN_MS = 60_000;

/** What was ordered of which scale; `loaded()` is when the devices were last asked for, `told()` has them asked for soon. */
export function scaleOrders(kitchen, { form, loaded, told }) {
  const given = new Map();

  const ask = (device, name) => {
    const send = async (_, who, key) => {
      const outcome = await order(name, { device: device.id }, who, key);
      if (!outcome.failure) given.set(device.id, { at: performance.now(), before: refusals(device) });
      told();
      return outcome;
    };
    const about = t(`scale.${name}.about`);
    form.open({ title: `${t(`scale.${name}`)} · ${device.id}`, about, fields: [], send }, kitchen);
  };

  /** Buttons and outcome of one card; `device` gives it as last told. */
  const node = (device) => {
    const buttons = ORDERS.filter((name) => device().commands?.includes(name)).map((name) => {
      const made = make("button", { type: "button", className: name });
      made.addEventListener("click", () => ask(device(), name));
      return made;
    });
    const outcome = make("p", { className: "outcome" });
    return buttons.length ? make("div", { className: "orders" }, make("div", { className: "buttons" }, ...buttons), outcome) : "";
  };

  const update = (card, device) => {
    for (const name of ORDERS) {
      const button = card.querySelector(`button.${name}`);
      if (button) setText(button, t(`scale.${name}`));
    }
    const outcome = card.querySelector(".orders .outcome");
    if (outcome) setText(outcome, outcomeOf(device));
  };

  const outcomeOf = (device) => {
    const last = given.get(device.id);
    if (!last || performance.now() - last.at > SHOWN_MS) return "";
    const refused = device.troubles.find((each) => REFUSALS.has(each.kind) && each.count > (last.before.get(each.kind) ?? 0));
    if (refused) return t("scale.refused", { why: said(refused.words) });
    if (loaded() - last.at < ANSWERED_MS) return t("scale.told");
    const point = kitchen.point(device.points[0]);
    return t("scale.done", { weight: withUnit(point?.reading?.value, point?.unit) });
  };

  const waits = () => [...given.values()].some(({ at }) => loaded() - at < ANSWERED_MS);

  return { node, update, waits };
}

const refusals = (device) => new Map(device.troubles.filter((each) => REFUSALS.has(each.kind)).map((each) => [each.kind, each.count]));
