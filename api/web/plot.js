// A line with its limits as SVG: what is beyond the critical limit is red, a gap in the data is a gap in the line.

import { draw } from "./dom.js";
import { clock, limit, number } from "./format.js";
import { beyond, critical } from "./kitchen.js";
import { t } from "./words.js";

const MARGIN = { left: 46, right: 12, top: 14, bottom: 26 };
const TICK_MINUTES = [1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360];
const TIME_TICKS = 7; // at most
const VALUE_TICKS = 5;
const BROKEN = 2.5; // spans or intervals without a value

/** The chart of `figure` = { spans: [ms, low, high, mean], from, to, controls, point } in so many pixels. */
export function plot(figure, { width, height, zone }) {
  const from = Math.max(figure.from, figure.spans[0][0]);
  const shown = figure.spans.filter(([at]) => at >= from);
  const [low, high, step] = values(shown, figure.controls);
  const x = scale(from, figure.to, MARGIN.left, width - MARGIN.right);
  const y = scale(low, high, height - MARGIN.bottom, MARGIN.top);
  const svg = draw("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img" });
  const area = { svg, x, y, width, height, low, high };
  valueAxis(area, step);
  timeAxis(area, { from, to: figure.to, zone });
  for (const control of figure.controls) limits(area, control, figure.point.unit);
  lines(area, shown, figure);
  return svg;
}

function scale(from, to, start, end) {
  const factor = (end - start) / (to - from || 1);
  return (value) => start + (value - from) * factor;
}

/** A range of values that holds the line and its limits, and a round step. */
function values(spans, controls) {
  const marks = controls.flatMap((control) => [control.critical_limit, control.warning_limit]).filter((mark) => mark !== null);
  const low = Math.min(...spans.map((s) => s[1]), ...marks);
  const high = Math.max(...spans.map((s) => s[2]), ...marks);
  const rough = Math.max(high - low, 0.5) / VALUE_TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough);
  return [Math.floor(low / step - 0.2) * step, Math.ceil(high / step + 0.2) * step, step];
}

function valueAxis({ svg, y, width, low, high }, step) {
  const decimals = step < 1 ? 1 : 0;
  for (let value = low; value <= high + step / 2; value += step) {
    svg.append(draw("line", { class: "grid", x1: MARGIN.left, x2: width - MARGIN.right, y1: y(value), y2: y(value) }));
    svg.append(draw("text", { class: "tick end", x: MARGIN.left - 8, y: y(value) + 4 }, number(value, decimals)));
  }
}

function timeAxis({ svg, x, width, height }, { from, to, zone }) {
  const most = Math.max(2, Math.min(TIME_TICKS, Math.floor((width - MARGIN.left) / 70)));
  const minutes = TICK_MINUTES.find((each) => (to - from) / (each * 60_000) <= most) ?? TICK_MINUTES.at(-1);
  const step = minutes * 60_000;
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
    if (x(at) > width - MARGIN.right - 14 || x(at) < MARGIN.left + 14) continue;
    svg.append(draw("text", { class: "tick middle", x: x(at), y: height - 6 }, clock(at, zone)));
  }
}

function limits(area, control, unit) {
  const { svg, y, width } = area;
  const span = { x: MARGIN.left, width: Math.max(0, width - MARGIN.left - MARGIN.right) };
  if (control.critical_limit !== null) criticalLimit(area, control, { span, unit });
  if (control.warning_limit === null) return;
  const warning = y(control.warning_limit);
  svg.append(draw("line", { class: "limit early", x1: span.x, x2: span.x + span.width, y1: warning, y2: warning }));
}

function criticalLimit({ svg, y, height }, control, { span, unit }) {
  const at = y(control.critical_limit);
  const hot = control.side === "below";
  const top = hot ? MARGIN.top : at;
  const bottom = hot ? at : height - MARGIN.bottom;
  svg.prepend(draw("rect", { class: "safe", ...span, y: top, height: Math.max(0, bottom - top) }));
  svg.append(draw("line", { class: "limit", x1: span.x, x2: span.x + span.width, y1: at, y2: at }));
  const text = t("chart.limit", { limit: limit(control.critical_limit, unit) });
  svg.append(draw("text", { class: "limit-text end", x: span.x + span.width - 4, y: hot ? at + 14 : at - 5 }, text));
}

function lines({ svg, x, y }, spans, { from, to, controls, point }) {
  const silence = point.reports === "on_change" ? point.max_gap_s / BROKEN : point.interval_s;
  const broken = BROKEN * Math.max((to - from) / 360, silence * 1000);
  const isBeyond = (value) => critical(controls).some((control) => beyond(control, value, control.critical_limit));
  for (const run of runs(spans, broken)) {
    const band = [...run.map((s) => [s[0], s[2]]), ...[...run].reverse().map((s) => [s[0], s[1]])];
    svg.append(draw("path", { class: "band", d: `${path(band, x, y)}Z` }));
    svg.append(draw("path", { class: "line", d: path(run.map((s) => [s[0], s[3]]), x, y) }));
    const over = run.map((s, place) => [s, run[place + 1]]).filter(([s, next]) => next && (isBeyond(s[3]) || isBeyond(next[3])));
    const d = over.map(([s, next]) => path([[s[0], s[3]], [next[0], next[3]]], x, y)).join("");
    if (d) svg.append(draw("path", { class: "line over", d }));
  }
}

/** Cut the spans where data are missing. */
function runs(spans, broken) {
  const out = [];
  for (const span of spans) {
    const run = out.at(-1);
    if (run && span[0] - run.at(-1)[0] <= broken) run.push(span);
    else out.push([span]);
  }
  return out;
}

function path(points, x, y) {
  return points.map(([at, value], place) => `${place ? "L" : "M"}${x(at).toFixed(1)} ${y(value).toFixed(1)}`).join("");
}
