// What a sheet asks for: one of a few, a number, a day, a time, a text, a file; a note only tells.
//
// A field is { name, kind, label } and, if it has them, { value, optional, extra, options, unit, hidden(values) }; a note
// is { name, kind, text(values) }.

import { make, setText } from "./dom.js";

const LONGEST_TEXT = 500;

/** { name, node, value(), complete(), extra, numeric, changed() } of a field; call changed() once all are made. */
export function fieldNode(field, context) {
  const made = MAKERS[field.kind](field, context);
  const extra = field.extra ?? false;
  const shown = () => !field.hidden?.(context.values());
  const changed = () => {
    made.node.hidden = !shown();
    made.refresh?.();
  };
  const complete = () => field.optional || extra || made.node.hidden || made.value() !== null;
  return { name: field.name, extra, complete, changed, numeric: field.kind === "number" ? made : null, ...made };
}

const MAKERS = { choice, number, text, date: picked, time: picked, file, note };

function note(field, { values }) {
  const node = make("p", { className: "note" });
  return { node, value: () => "", refresh: () => setText(node, field.text(values())) };
}

/** Large buttons of which one is pressed; options are { value, text, hint }, or a function of the other values. */
function choice(field, { changed, values }) {
  let chosen = field.value ?? null;
  const group = make("div", { className: "options", role: "group", "aria-label": field.label });
  const node = make("div", { className: "field" }, make("span", { className: "label" }, field.label), group);
  const options = () => (typeof field.options === "function" ? field.options(values()) : field.options);

  const draw = (list) => {
    const buttons = list.map((option) => {
      const button = make("button", { type: "button", "aria-pressed": String(option.value === chosen) }, option.text);
      if (option.hint) button.append(make("small", {}, option.hint));
      button.addEventListener("click", () => {
        chosen = option.value === chosen && field.optional ? null : option.value;
        draw(list);
        changed();
      });
      return button;
    });
    group.replaceChildren(...buttons);
  };

  let drawn = "";
  const refresh = () => {
    const list = options();
    const now = JSON.stringify(list);
    if (now === drawn) return;
    drawn = now;
    if (!list.some((option) => option.value === chosen)) chosen = null;
    draw(list);
  };
  if (typeof field.options !== "function") refresh();
  return { node, value: () => chosen, refresh };
}

/** A decimal number as text with a point, typed with either mark; null while it is none. */
function number(field, { changed, values }) {
  const input = make("input", { type: "text", inputMode: "none", autocomplete: "off", value: field.value ?? "" });
  input.addEventListener("input", changed);
  const unit = make("span", { className: "unit" });
  const node = labelled(field, input, unit);
  node.classList.add("number");
  const refresh = () => setText(unit, (typeof field.unit === "function" ? field.unit(values()) : field.unit) ?? "");
  const value = () => {
    const typed = input.value.trim().replace("−", "-").replace(",", ".");
    return /^-?\d+(\.\d*)?$/.test(typed) ? typed.replace(/\.$/, "") : null;
  };
  return { node, input, value, refresh, signed: field.signed ?? false };
}

function text(field, { changed }) {
  const input = make("input", { type: "text", maxLength: LONGEST_TEXT, autocomplete: "off", value: field.value ?? "" });
  input.addEventListener("input", changed);
  return { node: labelled(field, input), value: () => input.value.trim() || null };
}

/** A day or a time of day. */
function picked(field, { changed }) {
  const input = make("input", { type: field.kind, value: field.value ?? "" });
  input.addEventListener("input", changed);
  return { node: labelled(field, input), input, value: () => input.value || null };
}

/** The text of a file. */
function file(field, { changed }) {
  let content = null;
  const input = make("input", { type: "file", accept: field.accept });
  input.addEventListener("change", async () => {
    content = (await input.files[0]?.text()) ?? null;
    changed();
  });
  return { node: labelled(field, input), value: () => content };
}

function labelled(field, ...inputs) {
  return make("label", { className: "field" }, make("span", { className: "label" }, field.label), ...inputs);
}
