// What people order of the gateway, as sheets: the fields that a command takes, and the questions that it may ask back.

import { post } from "./server.js";
import { t } from "./words.js";

const DECISIONS = ["rejected", "accepted"];

/** Give a command; arguments that are null are left out. */
export function order(name, args, who, key) {
  const given = Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null));
  return post(`/api/commands/${name}`, { ...given, who, key });
}

/** Fields by which a person answers what the gateway asks back instead of booking, by the word of its refusal. */
export const QUESTIONS = {
  duplicate_receipt: () => [confirmation("again")],
  count_of_zero: () => [confirmation("zero")],
  lot_short: () => [{ name: "explain", kind: "text", label: t("ask.explain") }],
  too_warm: () => [
    { name: "decision", kind: "choice", label: t("ask.decision"), options: options(DECISIONS, (each) => t(`ask.decision.${each}`)) },
    { name: "note", kind: "text", label: t("ask.why"), hidden: ({ decision }) => decision !== "accepted" },
  ],
};

const confirmation = (name) => ({
  name,
  kind: "choice",
  label: t(`ask.${name}`),
  options: [{ value: true, text: t(`ask.${name}.yes`) }],
});

/** The options of a choice; `words` says each. */
export const options = (names, words) => names.map((value) => ({ value, text: words(value) }));
