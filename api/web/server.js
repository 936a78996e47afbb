// What the page asks of the API besides the stream.

import { has, t } from "./words.js";

/** The answer as an object; null when there is none. */
export async function get(path) {
  try {
    const answer = await fetch(path);
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

/** Have something done: { result } when it is stored, else { failure, error } with the reason in words. */
export async function post(path, body) {
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const told = await answer.json();
    if (answer.ok) return { result: told };
    // The gateway's own sentence says what, where and the remedy; it is English, so the page has its own for the usual.
    const { error, message } = told;
    return { error, failure: has(`failed.${error}`) ? t(`failed.${error}`) : (message ?? t("failed.other")) };
  } catch {
    return { failure: t("failed.other") };
  }
}

/** crypto.randomUUID is missing over plain http, which is what a kitchen's network has. */
export function randomKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
