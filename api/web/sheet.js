// The one dialog of the page: a few large choices, and the name of who says so sends it. See fields.js for what is asked.

import { find, keyed, make, setText } from "./dom.js";
import { fieldNode } from "./fields.js";
import { keypad } from "./keypad.js";
import { QUESTIONS } from "./orders.js";
import { randomKey } from "./server.js";
import { t } from "./words.js";

const LAST = "mbg.person";

/**
 * `open(form, kitchen)` shows a form: { title, about, fields, send, notice, then }.
 * `send(values, person, key)` answers { result } or { failure, error }; `notice(result)` is what is to be said when it
 * is stored, if anything; `then(result)` asks what comes next instead. An error that is a question (orders.js) adds its fields. A field of `extra` may be left.
 * `choose({ title, options }, then)` asks for one of a few first; `show({ title, about, node, leave })` only tells;
 * `leave` is what its last button says.
 */
export function sheet(dialog) {
  const outcome = find(".outcome", dialog);
  const pad = keypad(find(".keypad", dialog));
  let form = null;
  let nodes = [];
  let keys = {};
  let sending = false;

  const values = () => Object.fromEntries(nodes.map((field) => [field.name, field.node.hidden ? null : field.value()]));

  const send = async (person) => {
    sending = true;
    check();
    setText(outcome, t("sheet.sending"));
    const given = values();
    // One key for what was said and by whom: a second tap after a lost answer is the same command.
    const key = (keys[JSON.stringify([person.id, given])] ??= randomKey());
    const { result, failure, error } = await form.send(given, person.id, key);
    sending = false;
    if (failure) {
      ask(error);
      setText(outcome, t(error in QUESTIONS ? "sheet.question" : "sheet.failed", { reason: failure }));
      return;
    }
    localStorage.setItem(LAST, person.id);
    const notice = form.notice?.(result);
    if (form.then) form.then(result);
    else if (notice) show({ title: form.title, about: notice, node: "" });
    else dialog.close();
  };

  /** Add what the gateway asks back, once. */
  const ask = (error) => {
    for (const field of QUESTIONS[error]?.() ?? []) {
      if (nodes.some((each) => each.name === field.name && !each.extra)) continue;
      nodes = nodes.filter((each) => each.name !== field.name || each.node.remove());
      const made = fieldNode(field, context);
      nodes.push(made);
      find(".fields", dialog).append(made.node);
      made.node.scrollIntoView({ block: "nearest" });
    }
    for (const field of nodes) field.changed();
    check();
  };

  /** Names can be tapped when all that must be said is said. */
  const check = () => {
    const missing = nodes.some((field) => !field.complete());
    for (const button of dialog.querySelectorAll(".people button")) button.disabled = sending || missing;
    setText(find(".whose", dialog), missing ? t("sheet.incomplete") : t("sheet.whose"));
  };

  const begin = ({ title, about, leave }) => {
    setText(find("h2", dialog), title);
    setText(find(".about", dialog), about ?? "");
    setText(find(".cancel", dialog), leave ?? t("sheet.cancel"));
    setText(outcome, "");
    showExtras(find(".extras", dialog), []);
    if (!dialog.open) dialog.showModal();
    find(".asks", dialog).scrollTop = 0;
  };

  const show = ({ title, about, node, leave }) => {
    begin({ title, about, leave });
    find(".fields", dialog).replaceChildren(node);
    nodes = [];
    pad.serve([]);
    setText(find(".whose", dialog), "");
    find(".people", dialog).replaceChildren();
  };

  const choose = ({ title, options }, then) => {
    const field = { name: "choice", kind: "choice", label: "", options };
    const made = fieldNode(field, { changed: () => then(made.value()), values: () => ({}) });
    show({ title, node: made.node });
  };

  const open = (asked, kitchen, question = null) => {
    [form, keys, sending] = [asked, {}, false];
    begin(form);
    nodes = form.fields.map((field) => fieldNode(field, context));
    const part = (extra) => nodes.filter((field) => field.extra === extra).map((field) => field.node);
    find(".fields", dialog).replaceChildren(...part(false));
    showExtras(find(".extras", dialog), part(true));
    pad.serve(nodes.filter((field) => field.numeric));
    showPeople(find(".people", dialog), kitchen.kitchen.people, send);
    changed();
    ask(question);
    // Not a text: a tablet would show its keyboard over half of the sheet.
    find(".fields [inputmode=none], .fields button, .people button", dialog)?.focus();
  };

  const changed = () => {
    for (const field of nodes) field.changed();
    setText(outcome, "");
    check();
  };

  const context = { changed, values };

  find(".cancel", dialog).addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  return { open, choose, show, close: () => dialog.close() };
}

/** What may be left as it is; several such fields are folded away. */
function showExtras(details, fields) {
  details.hidden = fields.length === 0;
  details.open = fields.length === 1;
  details.classList.toggle("alone", fields.length === 1);
  setText(details.firstElementChild, t("sheet.more"));
  details.lastElementChild.replaceChildren(...fields);
}

function showPeople(parent, people, send) {
  const last = localStorage.getItem(LAST);
  const sorted = [...people].sort((a, b) => (b.id === last) - (a.id === last));
  parent.replaceChildren();
  keyed(parent, sorted, {
    key: (person) => person.id,
    create: (person) => {
      const button = make("button", { type: "button", "data-person": person.id }, person.name);
      if (person.id === last) button.append(make("small", {}, t("sheet.last")));
      button.addEventListener("click", () => send(person));
      return button;
    },
    update: () => {},
  });
}
