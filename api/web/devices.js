// The devices of the kitchen: what each measures now, how it answers, and what went wrong with it, counted by kind.

import { renderDiscovered } from "./discovered.js";
import { find, keyed, make, setAttribute, setText } from "./dom.js";
import { clock, number, withUnit } from "./format.js";
import { looks } from "./kitchen.js";
import { renderProbes } from "./probes.js";
import { scaleOrders } from "./scale_orders.js";
import { get } from "./server.js";
import { said, t } from "./words.js";

const EVERY_MS = 5_000;
const WAITING_EVERY_MS = 1_000;

/** The view; `tick(shown)` each second asks the API while it is looked at. */
export function devicesView(kitchen, { form }) {
  let told = { devices: [], others: [] };
  let strangers = [];
  let due = 0;
  let loaded = 0;
  const orders = scaleOrders(kitchen, { form, loaded: () => loaded, told: () => (due = 0) });

  const load = async () => {
    const asked = performance.now();
    due = asked + (orders.waits() ? WAITING_EVERY_MS : EVERY_MS);
    const [devices, discovered] = await Promise.all([get("/api/devices"), get("/api/discovered")]);
    if (devices) [told, loaded] = [devices, asked];
    strangers = discovered?.discovered ?? strangers;
  };

  const render = (live) => {
    renderDiscovered(find("#discovered"), strangers, kitchen);
    setText(find("#devices h2"), t("devices.title"));
    const others = told.others.map((other) => ({ id: other.name, points: [], questions: null, ...other }));
    keyed(find("#devices .list"), [...told.devices, ...others], {
      key: (device) => device.id,
      create: (device) => create(device, orders.node(() => told.devices.find((each) => each.id === device.id) ?? device)),
      update: (node, device) => {
        update(node, device, { kitchen, live, form });
        orders.update(node, device);
      },
    });
  };

  const tick = async (shown, live) => {
    if (!shown) {
      due = 0;
      return;
    }
    if (performance.now() >= due) await load();
    render(live);
  };

  return { tick, render };
}

function create(device, orders) {
  const head = make("div", { className: "name" }, make("b", {}, device.id), make("small"));
  const node = make("article", { className: "device", "data-device": device.id }, head);
  node.append(make("ul", { className: "shows" }), make("ul", { className: "probes" }), make("p", { className: "answers" }), orders, make("ol", { className: "troubles" }));
  return node;
}

function update(node, device, { kitchen, live, form }) {
  setText(node.querySelector("small"), where(device));
  const points = device.points.map((id) => kitchen.point(id)).filter(Boolean);
  keyed(node.querySelector(".shows"), points, {
    key: (point) => point.id,
    create: () => make("li", {}, make("span"), make("b"), make("i")),
    update: (row, point) => updatePoint(row, point, { kitchen, live }),
  });
  renderProbes(node.querySelector(".probes"), points, { kitchen, form });
  setText(node.querySelector(".answers"), answers(device.questions));
  const troubles = device.troubles.length || !device.driver ? device.troubles : [null];
  keyed(node.querySelector(".troubles"), troubles, {
    key: (trouble) => trouble?.kind ?? "none",
    create: (trouble) => make("li", { className: trouble ? "trouble" : "empty" }),
    update: (row, trouble) => updateTrouble(row, trouble, kitchen),
  });
}

/** How it is reached: driver and port, or what it calls itself on the broker. */
function where(device) {
  const slave = device.slave === null || device.slave === undefined ? "" : t("devices.slave", { n: device.slave });
  return [device.driver, device.map, device.port, slave, device.sensor].filter(Boolean).join(" · ");
}

function updatePoint(row, point, { kitchen, live }) {
  const { look } = looks(point, { controls: kitchen.controlsOf(point), now: kitchen.now(), live });
  setAttribute(row, "data-look", look);
  const [name, value, word] = row.children;
  setText(name, said(point.name));
  setText(value, withUnit(point.reading?.value, point.unit));
  setText(word, t(`state.${look}`));
}

function answers(questions) {
  if (!questions?.asked) return "";
  const share = number((100 * questions.answered) / questions.asked, 1);
  return t("devices.answers", { share, asked: number(questions.asked, 0) });
}

function updateTrouble(row, trouble, kitchen) {
  if (trouble === null) {
    setText(row, t("devices.well"));
    return;
  }
  if (!row.firstChild) row.append(make("b"), make("span"), make("small"));
  const [count, words, text] = row.children;
  setText(count, t("devices.times", { n: number(trouble.count, 0) }));
  setText(words, said(trouble.words));
  const time = trouble.at ? `${clock(trouble.at, kitchen.kitchen.zone)}: ` : "";
  setText(text, trouble.text ? time + trouble.text : "");
}
