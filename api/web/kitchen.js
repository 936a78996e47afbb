// What the page knows: the snapshot with the changes merged into it, the kitchen's time, and how much of it to trust.

const IDENTITY = { points: "id", controls: "id", alarms: "id", stock: "item", links: "name" };
const MOVEMENTS = 20;
const OLDER_THAN_EXPECTED = 2; // intervals: one may be under way

export class Kitchen {
  kitchen = null;
  records = { points: new Map(), controls: new Map(), alarms: new Map(), stock: new Map(), links: new Map() };
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
    for (const [kind, key] of Object.entries(IDENTITY)) {
      this.records[kind] = new Map((data[kind] ?? []).map((each) => [each[key], each]));
    }
  }

  #merge(data) {
    for (const [kind, key] of Object.entries(IDENTITY)) {
      for (const each of data[kind] ?? []) {
        this.records[kind].set(each[key], { ...this.records[kind].get(each[key]), ...each });
      }
    }
    for (const alarm of data.alarms ?? []) {
      if (alarm.state === "NORMAL") this.records.alarms.delete(alarm.id);
    }
    const fresh = data.movements ?? [];
    const known = new Set(fresh.map((each) => each.id));
    this.movements = [...fresh, ...this.movements.filter((each) => !known.has(each.id))].slice(0, MOVEMENTS);
    this.health = { ...this.health, ...data.health };
    this.strangers = data.strangers ?? this.strangers;
  }

  #hear(now) {
    this.#said = Date.parse(now);
    this.#heard = performance.now();
  }
}

export const isGuarded = (point) => point.controls.length > 0;

/** Whether a value is on the wrong side of a limit. */
export const beyond = (kind, value, limit) => (kind === "hot_holding" ? value < limit : value > limit);

/**
 * How a point is shown: { look, age, old }. Green is only for a fresh value of a guarded point inside its limit;
 * whatever is not known to be so is grey, and a value beyond the limit is amber while the alarm's delay still runs.
 */
export function looks(point, { controls, now, live }) {
  const age = point.reading ? now - Date.parse(point.reading.measured_at) : null;
  const silent = age !== null && age > point.stale_after_s * 1000;
  const old = age !== null && age > point.interval_s * 1000 * OLDER_THAN_EXPECTED;
  const look = (name) => ({ look: name, age, old: old || !live });
  if (!live || age === null) return look("unknown");
  if (point.state === "stale" || (silent && point.state !== "fault")) return look("stale");
  if (point.state !== "normal" && point.state !== "warning") return look(point.state);
  const { value } = point.reading;
  if (value === null) return look("unknown");
  if (controls.some((each) => beyond(each.kind, value, each.critical_limit))) return look("over");
  return look(point.state === "normal" && controls.length === 0 ? "plain" : point.state);
}
