// Who acknowledges: two taps with a wet hand, alarm and name. The note is there for who wants it.

import { find, keyed, make, setText } from "./dom.js";
import { has, said, t } from "./words.js";

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
    const failure = await post(alarm.id, { who: person.id, note: note.value.trim() || null, key });
    busy(false);
    if (failure !== null) {
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

/** Acknowledge; null when it is stored, else the reason in words. */
async function post(id, body) {
  try {
    const answer = await fetch(`/api/alarms/${encodeURIComponent(id)}/acknowledge`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (answer.ok) return null;
    const { error } = await answer.json();
    return t(has(`who.failed.${error}`) ? `who.failed.${error}` : "who.failed.other");
  } catch {
    return t("who.failed.other");
  }
}

/** crypto.randomUUID is missing over plain http, which is what a kitchen's network has. */
function randomKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
