// The chart of the chosen tile: history from the journal, its end carried on by the live readings.

import { find, keyed, make, setAttribute, setText } from "./dom.js";
import { withUnit } from "./format.js";
import { plot } from "./plot.js";
import { get } from "./server.js";
import { said, t } from "./words.js";

const WINDOWS = [1, 6, 24]; // hours
const SPANS = 360; // of a window: about as many as there are pixels to tell apart
const OFTENEST_MS = 5_000;
const RAREST_MS = 60_000;

export function chartCard(card, kitchen) {
  const chosen = { point: null, hours: 6 };
  let spans = []; // [ms, lowest, highest, mean]
  let state = "loading";
  let begins = 0; // ms: the first reading, when the range holds more than the journal
  let due = 0;
  let asked = 0;

  const select = (point) => {
    if (chosen.point === point) return;
    Object.assign(chosen, { point });
    restart();
  };

  const restart = () => {
    [spans, state, begins, due] = [[], "loading", 0, 0];
    render();
  };

  const load = async () => {
    const question = ++asked;
    const to = kitchen.now();
    const from = Math.max(to - chosen.hours * 3_600_000, begins);
    due = performance.now() + Math.min(RAREST_MS, Math.max(OFTENEST_MS, (to - from) / SPANS / kitchen.speed));
    const found = await fetchSpans(chosen.point, from, to);
    if (question !== asked) return; // another tile was tapped meanwhile
    state = found === null ? "failed" : "empty";
    if (found !== null) spans = found;
    if (startsLate(from, to)) return load();
    render();
  };

  /** A young kitchen: ask again for the part that has data, which then gets all the spans. */
  const startsLate = (from, to) => {
    if (spans.length === 0 || spans[0][0] - from < (to - from) / 10) return false;
    begins = spans[0][0] - (to - from) / SPANS;
    return true;
  };

  /** Carry the line on to the reading that just came. */
  const follow = () => {
    const reading = kitchen.point(chosen.point)?.reading;
    if (!reading || reading.value === null) return;
    const at = Date.parse(reading.measured_at);
    if (at > (spans.at(-1)?.[0] ?? 0)) spans.push([at, reading.value, reading.value, reading.value]);
    if (spans[0]?.[0] < kitchen.now() - chosen.hours * 3_600_000) spans.shift();
  };

  const render = () => {
    const point = kitchen.point(chosen.point);
    if (!point) return;
    const window = t("chart.window", { n: chosen.hours });
    setText(find("h2", card), t("chart.title", { name: said(point.name), window }));
    renderWindows(find(".choice", card), chosen.hours, (hours) => {
      chosen.hours = hours;
      restart();
    });
    show(find(".plot", card), point);
  };

  const show = (parent, point) => {
    if (parent.clientWidth === 0) return; // another view is shown
    if (spans.length < 2) {
      parent.replaceChildren(make("p", { className: "empty" }, state === "loading" ? "" : t(`chart.${state}`)));
      return;
    }
    const to = kitchen.now();
    const figure = { spans, from: to - chosen.hours * 3_600_000, to, controls: kitchen.controlsOf(point), point };
    const svg = plot(figure, { width: parent.clientWidth, height: parent.clientHeight, zone: kitchen.kitchen.zone });
    setAttribute(svg, "aria-label", spoken(point));
    parent.replaceChildren(svg);
  };

  const spoken = (point) => {
    const low = withUnit(Math.min(...spans.map((s) => s[1])), point.unit);
    const high = withUnit(Math.max(...spans.map((s) => s[2])), point.unit);
    return t("chart.said", { name: said(point.name), low, high });
  };

  /** Call each second. */
  const tick = () => {
    if (chosen.point === null || kitchen.now() === null) return;
    follow();
    if (performance.now() >= due) load();
    else render();
  };

  new ResizeObserver(() => render()).observe(find(".plot", card));
  return { select, render, tick, chosen: () => chosen.point };
}

function renderWindows(parent, hours, choose) {
  setAttribute(parent, "aria-label", t("chart.choose"));
  keyed(parent, WINDOWS, {
    key: (each) => each,
    create: (each) => {
      const button = make("button", { type: "button" });
      button.addEventListener("click", () => choose(each));
      return button;
    },
    update: (button, each) => {
      setText(button, t("chart.window", { n: each }));
      setAttribute(button, "aria-pressed", String(each === hours));
    },
  });
}

async function fetchSpans(point, from, to) {
  // Only from the journal: the wall does not wait for InfluxDB.
  const span = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
  const query = new URLSearchParams({ ...span, spans: SPANS, source: "journal" });
  const answer = await get(`/api/points/${encodeURIComponent(point)}/chart?${query}`);
  return answer && answer.spans.map(([at, ...values]) => [Date.parse(at), ...values]);
}
