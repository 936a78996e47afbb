// Who acknowledges: two taps with a wet hand, alarm and name. The note is there for who wants it.

import { find, keyed, make, setText } from "./dom.js";
import { post, randomKey } from "./server.js";
import { said, t } from "./words.js";

const LAST = "mbg.person";

/** The dialog; `open(alarm, kitchen)` shows it. */
export function whoDialog(dialog) {
  const note = find("#note", dialog);
  const outcome = find(".outcome", dialog);
  let asked = null;

  const send = async (person) => {
    const { alarm } = asked;
    // One key a person and opening: a second tap after a lost answer is the same acknowledgement.
    const key = (asked.keys[person.id] ??= randomKey());
    busy(true);
    setText(outcome, t("who.sending"));
    const body = { who: person.id, note: note.value.trim() || null, key };
    const { failure } = await post(`/api/alarms/${encodeURIComponent(alarm.id)}/acknowledge`, body);
    busy(false);
    if (failure) {
      setText(outcome, t("who.failed", { reason: failure }));
      return;
    }
    localStorage.setItem(LAST, person.id);
    dialog.close();
  };

  const busy = (is) => {
    for (const button of dialog.querySelectorAll(".people button")) button.disabled = is;
  };

  const open = (alarm, kitchen) => {
    asked = { alarm, keys: {} };
    note.value = "";
    busy(false);
    const point = kitchen.point(alarm.point);
    setText(find("h2", dialog), t("who.title"));
    setText(find(".about", dialog), [point ? said(point.name) : "", said(alarm.message)].filter(Boolean).join(" — "));
    setText(find("label span", dialog), t("who.note"));
    setText(find(".cancel", dialog), t("who.cancel"));
    setText(outcome, "");
    showPeople(find(".people", dialog), kitchen.kitchen.people, send);
    dialog.showModal();
    find(".people button", dialog)?.focus();
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
      if (person.id === last) button.append(make("small", {}, t("who.last")));
      button.addEventListener("click", () => send(person));
      return button;
    },
    update: () => {},
  });
}
