// What the page knows: the snapshot with the changes merged into it, the kitchen's time, and how much of it to trust.

import { said } from "./words.js";

const IDENTITY = {
  ...{ points: "id", probes: "point", controls: "id", alarms: "id", links: "name" },
  ...{ stock: "item", benches: "scale", sessions: "id", batches: "id" },
};
const ENDED = { alarms: ["NORMAL"], sessions: ["closed", "cancelled"] };
const NOTHING = { items: [], stores: [], containers: [], recipes: [], schools: [], suppliers: [] };
const MOVEMENTS = 20;
const OLDER_THAN_EXPECTED = 2; // intervals: one may be under way

export class Kitchen {
  kitchen = null;
  records = Object.fromEntries(Object.keys(IDENTITY).map((kind) => [kind, new Map()]));
  catalogue = NOTHING;
  plans = [];
  haccp = null;
  movements = [];
  health = {};
  speed = 1;
  demonstration = false;
  broker = null;
  strangers = 0;
  gateway = { connected: false, since: null };
  #said = null;
  #heard = 0;

  /** Milliseconds of the kitchen's clock, carried on between two messages; null before the first. */
  now() {
    return this.#said === null ? null : this.#said + (performance.now() - this.#heard) * this.speed;
  }

  /** Take one event of the stream. */
  take(name, data) {
    if (name === "snapshot") this.#replace(data);
    if (name === "change") this.#merge(data);
    if (name === "gateway") this.gateway = data;
    if (data.gateway) this.gateway = data.gateway;
    if (data.now) this.#hear(data.now);
  }

  get points() {
    return [...this.records.points.values()];
  }

  get alarms() {
    return [...this.records.alarms.values()];
  }

  get stock() {
    return [...this.records.stock.values()];
  }

  get benches() {
    return [...this.records.benches.values()];
  }

  get batches() {
    return [...this.records.batches.values()];
  }

  get openBatches() {
    return this.batches.filter((batch) => batch.state === "open");
  }

  get items() {
    return this.catalogue.items;
  }

  item(id) {
    return this.catalogue.items.find((item) => item.id === id);
  }

  /** An item's name in both languages, whether or not it is still in the catalogue. */
  itemName(id) {
    return said((this.item(id) ?? this.records.stock.get(id))?.name) || id;
  }

  schoolName(id) {
    return said(this.catalogue.schools.find((school) => school.id === id)?.name) || (id ?? "");
  }

  supplierName(id) {
    return this.catalogue.suppliers.find((supplier) => supplier.id === id)?.name ?? id ?? "";
  }

  batchName(id) {
    return this.records.batches.get(id)?.product ?? id;
  }

  point(id) {
    return this.records.points.get(id);
  }

  controlsOf(point) {
    return point.controls.map((id) => this.records.controls.get(id)).filter(Boolean);
  }

  /** The alarms that stand at a point now, the newest last. */
  standing(point) {
    const of = this.alarms.filter((alarm) => alarm.point === point.id && alarm.returned_at === null);
    return of.sort((a, b) => a.raised_at.localeCompare(b.raised_at));
  }

  person(id) {
    return this.kitchen.people.find((person) => person.id === id)?.name ?? id;
  }

  #replace(data) {
    Object.assign(this, { kitchen: data.kitchen, health: data.health ?? {}, movements: data.movements ?? [] });
    Object.assign(this, { demonstration: data.demonstration, broker: data.broker, speed: data.clock?.speed ?? 1 });
    this.strangers = data.strangers ?? 0;
    this.#replaceLists({ catalogue: NOTHING, plans: [], ...data });
    for (const [kind, key] of Object.entries(IDENTITY)) {
      this.records[kind] = new Map((data[kind] ?? []).map((each) => [each[key], each]));
    }
  }

  #merge(data) {
    for (const [kind, key] of Object.entries(IDENTITY)) {
      for (const each of data[kind] ?? []) {
        this.records[kind].set(each[key], { ...this.records[kind].get(each[key]), ...each });
        if (ENDED[kind]?.includes(each.state)) this.records[kind].delete(each[key]);
      }
    }
    this.#replaceLists(data);
    const fresh = data.movements ?? [];
    const known = new Set(fresh.map((each) => each.id));
    this.movements = [...fresh, ...this.movements.filter((each) => !known.has(each.id))].slice(0, MOVEMENTS);
    this.health = { ...this.health, ...data.health };
    this.strangers = data.strangers ?? this.strangers;
  }

  /** What is told as a whole when anything in it changes. */
  #replaceLists(data) {
    this.catalogue = data.catalogue ?? this.catalogue;
    this.plans = data.plans ?? this.plans;
    this.haccp = data.haccp ?? this.haccp;
  }

  #hear(now) {
    this.#said = Date.parse(now);
    this.#heard = performance.now();
  }
}

export const isGuarded = (point) => point.controls.length > 0;

/** Whether a value is on the wrong side of a limit. */
export const beyond = (control, value, limit) => (control.side === "below" ? value < limit : value > limit);

/** The critical limits of some controls; a control of a further warning alone has none. */
export const critical = (controls) => controls.filter((control) => control.critical_limit !== null);

/**
 * How a point is shown: { look, age, old }. Green is only for a fresh value of a guarded point inside its limit;
 * whatever is not known to be so is grey, and a value beyond the limit is amber while the alarm's delay still runs.
 */
export function looks(point, { controls, now, live }) {
  const age = point.reading ? now - Date.parse(point.reading.measured_at) : null;
  const silent = age !== null && age > point.stale_after_s * 1000;
  const expected = point.reports === "on_change" ? point.max_gap_s : point.interval_s * OLDER_THAN_EXPECTED;
  const old = age !== null && age > expected * 1000;
  const look = (name) => ({ look: name, age, old: old || !live });
  if (!live || age === null) return look("unknown");
  if (point.state === "stale" || (silent && point.state !== "fault")) return look("stale");
  if (point.state !== "normal" && point.state !== "warning") return look(point.state);
  const { value } = point.reading;
  if (value === null) return look("unknown");
  if (critical(controls).some((each) => beyond(each, value, each.critical_limit))) return look("over");
  return look(point.state === "normal" && controls.length === 0 ? "plain" : point.state);
}
