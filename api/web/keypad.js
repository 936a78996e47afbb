// Keys for wet hands; they type into the number that was touched last.

import { make, setText } from "./dom.js";
import { locale } from "./words.js";

const KEYS = ["7", "8", "9", "4", "5", "6", "1", "2", "3", "mark", "0", "back"];
const SIGN = "±";

export function keypad(parent) {
  let numbers = [];
  let current = null;

  const choose = (number) => {
    current = number;
    for (const each of numbers) each.input.classList.toggle("chosen", each === current);
    parent.querySelector(".sign").hidden = !current?.signed;
  };

  const press = (name) => {
    const { input } = current;
    input.value = typed(input.value, name);
    input.dispatchEvent(new Event("input"));
  };

  const keys = [...KEYS, SIGN].map((name) => {
    const key = make("button", { type: "button", className: name === SIGN ? "sign" : "", "data-press": name }, name);
    key.addEventListener("click", () => press(name));
    return key;
  });
  parent.replaceChildren(...keys);

  /** The numbers of the sheet that is open now; without any there are no keys. */
  const serve = (fields) => {
    numbers = fields.map((field) => field.numeric);
    parent.hidden = numbers.length === 0;
    for (const number of numbers) number.input.addEventListener("focus", () => choose(number));
    setText(parent.querySelector("[data-press=mark]"), mark());
    setText(parent.querySelector("[data-press=back]"), "⌫");
    if (numbers.length) choose(numbers[0]);
  };

  return { serve };
}

const mark = () => (locale() === "id-ID" ? "," : ".");

function typed(text, name) {
  if (name === "back") return text.slice(0, -1);
  if (name === SIGN) return text.startsWith("−") ? text.slice(1) : `−${text}`;
  if (name !== "mark") return text + name;
  return /[.,]/.test(text) ? text : (text || "0") + mark();
}
