// The one dialog of the page: a few large choices, and the name of who says so sends it. See fields.js for what is asked.

import { find, keyed, make, setText } from "./dom.js";
import { fieldNode } from "./fields.js";
import { keypad } from "./keypad.js";
import { randomKey } from "./server.js";
import { t } from "./words.js";

const LAST = "mbg.person";

/**
 * `open(form, kitchen)` shows a form: { title, about, fields, send, done }.
 * `send(values, person, key)` answers { result } or { failure }; `done(result)` is called when it is stored. A field
 * of `extra` stands below the names: it may be left as it is.
 */
export function sheet(dialog) {
  const outcome = find(".outcome", dialog);
  const pad = keypad(find(".keypad", dialog));
  let form = null;
  let nodes = [];
  let keys = {};
  let sending = false;

  const values = () => Object.fromEntries(nodes.map((field) => [field.name, field.value()]));

  const send = async (person) => {
    sending = true;
    check();
    setText(outcome, t("sheet.sending"));
    const given = values();
    // One key for what was said and by whom: a second tap after a lost answer is the same command.
    const key = (keys[JSON.stringify([person.id, given])] ??= randomKey());
    const { result, failure } = await form.send(given, person.id, key);
    sending = false;
    check();
    if (failure) {
      setText(outcome, t("sheet.failed", { reason: failure }));
      return;
    }
    localStorage.setItem(LAST, person.id);
    dialog.close();
    form.done?.(result);
  };

  /** Names can be tapped when all that must be said is said. */
  const check = () => {
    const missing = nodes.some((field) => !field.complete());
    for (const button of dialog.querySelectorAll(".people button")) button.disabled = sending || missing;
    setText(find(".whose", dialog), missing ? t("sheet.incomplete") : t("sheet.whose"));
  };

  const open = (asked, kitchen) => {
    [form, keys, sending] = [asked, {}, false];
    setText(find("h2", dialog), form.title);
    setText(find(".about", dialog), form.about ?? "");
    setText(find(".cancel", dialog), t("sheet.cancel"));
    setText(outcome, "");
    const context = { changed, values };
    nodes = form.fields.map((field) => fieldNode(field, context));
    const part = (extra) => nodes.filter((field) => field.extra === extra).map((field) => field.node);
    find(".fields", dialog).replaceChildren(...part(false));
    find(".extras", dialog).replaceChildren(...part(true));
    pad.serve(nodes.filter((field) => field.numeric));
    showPeople(find(".people", dialog), kitchen.kitchen.people, send);
    changed();
    if (!dialog.open) dialog.showModal();
    (find(".fields [autofocus], .fields input, .fields button", dialog) ?? find(".people button", dialog))?.focus();
  };

  const changed = () => {
    for (const field of nodes) field.changed();
    setText(outcome, "");
    check();
  };

  find(".cancel", dialog).addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  return { open };
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
