// The scales on which people weigh: what each shows now, what it waits for, and what has been put on so far.

import { keyed, make, setAttribute, setText } from "./dom.js";
import { clock, weight } from "./format.js";
import { order } from "./orders.js";
import { randomKey } from "./server.js";
import { closeForm, MEASURED, notice } from "./stock_forms.js";
import { said, t } from "./words.js";

export function renderBenches(parent, kitchen, { live, form, choose }) {
  keyed(parent, kitchen.benches, {
    key: (bench) => bench.scale,
    create: (bench) => create(bench.scale, kitchen, { form, choose }),
    update: (node, bench) => update(node, bench, kitchen, live),
  });
}

function create(scale, kitchen, { form, choose }) {
  const part = (name, tag = "span") => make(tag, { className: name });
  const session = () => kitchen.records.sessions.get(kitchen.records.benches.get(scale).session);
  const say = (node, failure) => setText(node.querySelector(".outcome"), failure ?? "");
  const node = make("article", { className: "card bench", "data-bench": scale });

  const button = (name, tapped) => {
    const made = make("button", { type: "button", className: name });
    made.addEventListener("click", tapped);
    return made;
  };
  const direct = (name) => async () => {
    const { id, who } = session();
    const { failure } = await order(name, { session: id }, who, randomKey());
    say(node, failure);
  };
  const container = () => {
    const known = kitchen.catalogue.containers.map(({ id, name, tare }) => ({ value: id, text: said(name), hint: weight(tare, "kg") }));
    const none = { value: "", text: t("weigh.no_container") };
    const { id, who } = session();
    form.choose({ title: t("weigh.do.container"), options: [none, ...known] }, async (chosen) => {
      const { failure } = await order("weigh_container", { session: id, container: chosen || null }, who, randomKey());
      form.close();
      say(node, failure);
    });
  };
  const close = async () => {
    const open = session();
    const asks = open.purpose === "receive" && MEASURED.has(kitchen.item(open.item)?.storage);
    if (asks) return form.open(closeForm(open, kitchen), kitchen);
    const { result, error, failure } = await order("weigh_close", { session: open.id }, open.who, randomKey());
    if (error) form.open(closeForm(open, kitchen), kitchen, error);
    else if (result && notice(result)) form.show({ title: whatOf(open, kitchen), about: notice(result), node: "" });
    say(node, failure);
  };

  const shows = make("div", { className: "shows-now" }, part("name"), part("weight", "b"), part("waits"));
  const doing = make("div", { className: "doing" }, part("what", "b"), part("loads", "ol"), part("problem"), part("outcome"));
  const buttons = make("div", { className: "buttons" });
  buttons.append(button("done", close), button("undo", direct("weigh_undo")), button("tare", direct("weigh_tare")));
  buttons.append(button("container", container), button("cancel", direct("weigh_cancel")));
  buttons.append(button("what-is", () => choose(scale)));
  node.append(shows, doing, buttons);
  return node;
}

function update(node, bench, kitchen, live) {
  const session = kitchen.records.sessions.get(bench.session);
  const put = (name, text) => setText(node.querySelector(`.${name}`), text);
  const wants = live ? bench.waiting_for : "signal";
  setAttribute(node, "data-waits", wants);
  put("name", said(kitchen.point(bench.scale)?.name) || bench.scale);
  put("weight", weight(bench.weight, "kg"));
  put("waits", t(`weigh.waits.${wants}`));
  put("what", session ? whatOf(session, kitchen) : "");
  put("problem", session?.problem ?? "");
  renderLoads(node.querySelector(".loads"), session, kitchen);
  renderButtons(node, bench, { session, kitchen });
}

function whatOf(session, kitchen) {
  const total = t("weigh.total", { total: weight(session.total, "kg") });
  const container = kitchen.catalogue.containers.find((each) => each.id === session.container);
  const within = container ? ` (${said(container.name)})` : "";
  return `${t(`stock.do.${session.purpose}`)} · ${said(session.name) || session.batch}${within} — ${total}`;
}

function renderLoads(parent, session, kitchen) {
  const loads = session?.taken ?? [];
  keyed(parent, loads, {
    key: (load) => load.at,
    create: () => make("li"),
    update: (row, load) => {
      const tare = Number(load.tare) ? ` (${weight(load.gross, "")}− ${weight(load.tare, "kg")})` : "";
      row.className = load.undone ? "undone" : "";
      setText(row, `${clock(load.at, kitchen.kitchen.zone)}  ${weight(load.net, "kg")}${tare}`);
    },
  });
}

function renderButtons(node, bench, { session, kitchen }) {
  const counted = session?.taken.some((load) => !load.undone) ?? false;
  const shown = {
    done: Boolean(session),
    undo: counted,
    tare: Boolean(session) && !counted,
    container: Boolean(session) && kitchen.catalogue.containers.length > 0,
    cancel: Boolean(session),
    "what-is": !session && bench.waiting_for === "item",
  };
  for (const [name, is] of Object.entries(shown)) {
    const button = node.querySelector(`button.${name}`);
    button.hidden = !is;
    setText(button, t(`weigh.do.${name}`));
  }
}
