// Numbers, weights, times and ages as people read them: decimal comma in Indonesian, the kitchen's own time zone.

import { locale, t } from "./words.js";

const UNITS = { Cel: "°C", "%RH": "%", 1: "" };
const DECIMALS = { Cel: 1, "%RH": 0, kg: 2, V: 2, hPa: 0 };
const ALIASES = { WIB: "Asia/Jakarta", WITA: "Asia/Makassar", WIT: "Asia/Jayapura" };
const NONE = "–";

export const unitOf = (unit) => UNITS[unit] ?? unit;

export function number(value, decimals) {
  if (value === null || value === undefined) return NONE;
  const text = new Intl.NumberFormat(locale(), {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  }).format(value);
  return /[1-9]/.test(text) ? text.replace("-", "−") : text.replace("-", "");
}

/** A measured value, with as many decimals as its unit deserves. */
export const measured = (value, unit) => number(value, DECIMALS[unit] ?? 1);

/** What is added to a temperature, with its sign. */
export const signed = (kelvin) => `${kelvin > 0 ? "+" : ""}${number(kelvin, 2)} ${UNITS.Cel}`;

/** A limit: as it was written, with its unit. */
export function limit(value, unit) {
  const text = new Intl.NumberFormat(locale(), { maximumFractionDigits: 2 }).format(value);
  return `${text.replace("-", "−")} ${unitOf(unit)}`;
}

export const withUnit = (value, unit) => `${measured(value, unit)} ${unitOf(unit)}`;

/** A weight of the ledger: decimal text, shown digit for digit. */
export function weight(text, unit) {
  if (text === null || text === undefined) return NONE;
  const [whole, fraction] = text.replace("-", "").split(".");
  const grouped = new Intl.NumberFormat(locale()).format(Number(whole));
  const mark = locale() === "id-ID" ? "," : ".";
  const sign = text.startsWith("-") ? "−" : "";
  return `${sign}${grouped}${fraction ? mark + fraction : ""} ${unit}`;
}

/** Clock times in the kitchen's zone; `at` is milliseconds or ISO text. */
export function clock(at, zone, { seconds = false } = {}) {
  const parts = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: ALIASES[zone] ?? zone };
  if (seconds) parts.second = "2-digit";
  return new Intl.DateTimeFormat(locale(), parts).format(new Date(at));
}

/** A clock time of today, else with its day. */
export function moment(at, zone, now) {
  const parts = { day: "numeric", month: "short", timeZone: ALIASES[zone] ?? zone };
  const day = (when) => new Intl.DateTimeFormat(locale(), parts).format(new Date(when)).replace(" ", "\u00a0");
  return day(at) === day(now) ? clock(at, zone) : `${day(at)} ${clock(at, zone)}`;
}

/** A moment as the fields of the kinds `date` and `time` have it. */
export function dayAndTime(at, zone) {
  const parts = { dateStyle: "short", timeStyle: "short", timeZone: ALIASES[zone] ?? zone };
  return new Intl.DateTimeFormat("sv-SE", parts).format(new Date(at)).split(" ");
}

export function zoneName(zone) {
  return Object.keys(ALIASES).find((name) => name === zone || ALIASES[name] === zone) ?? "";
}

/** A length of time in its largest whole unit; milliseconds. */
export function duration(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return t("time.seconds", { n: s });
  if (s < 3600) return t("time.minutes", { n: Math.floor(s / 60) });
  if (s < 86400) {
    const minutes = Math.floor((s % 3600) / 60);
    const hours = t("time.hours", { n: Math.floor(s / 3600) });
    return minutes ? `${hours} ${t("time.minutes", { n: minutes })}` : hours;
  }
  return t("time.days", { n: Math.floor(s / 86400) });
}

export const ago = (ms) => (ms < 1000 ? t("time.now") : t("time.ago", { duration: duration(ms) }));
