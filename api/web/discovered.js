// Devices that are heard on the broker and stand in no kitchen.yaml: what they show, and the lines that make them ours.

import { keyed, make, setText } from "./dom.js";
import { ago, withUnit } from "./format.js";
import { t } from "./words.js";

export function renderDiscovered(card, devices, kitchen) {
  card.hidden = devices.length === 0;
  setText(card.querySelector("h2"), t("discovered.title"));
  setText(card.querySelector(".about"), t("discovered.about"));
  keyed(card.querySelector(".list"), devices, {
    key: (device) => `${device.format} ${device.sensor}`,
    create,
    update: (node, device) => update(node, device, kitchen),
  });
}

function create(device) {
  const button = make("button", { type: "button", className: "copy" });
  const lines = make("pre", { className: "lines", tabIndex: 0 });
  button.addEventListener("click", () => copy(lines, button));
  const head = make("summary", {}, make("b", {}, device.sensor), make("span", { className: "format" }, device.format));
  head.append(make("span", { className: "values" }), make("span", { className: "age" }));
  return make("details", { className: "stranger" }, head, lines, button);
}

function update(node, device, kitchen) {
  const put = (name, text) => setText(node.querySelector(`.${name}`), text);
  put("values", device.points.map(value).join(" · "));
  put("age", ago(kitchen.now() - Date.parse(device.last_at)));
  put("lines", device.paste);
  const button = node.querySelector(".copy");
  if (button.dataset.copied !== device.paste) setText(button, t("discovered.copy"));
}

function value(point) {
  const shown = point.value === null ? (point.reason ?? "–") : withUnit(point.value, point.unit);
  return [point.channel, shown].filter(Boolean).join(" ");
}

/** Over plain http there is no navigator.clipboard; what is selected can be copied everywhere. */
function copy(lines, button) {
  getSelection().selectAllChildren(lines);
  const copied = document.execCommand("copy");
  if (copied) button.dataset.copied = lines.textContent;
  setText(button, t(copied ? "discovered.copied" : "discovered.selected"));
}
