// The board: one stream in, everything drawn from it. See kitchen.js for what is shown and why it may turn grey.

import { acknowledgement, renderAlarms } from "./alarms.js";
import { renderBanners } from "./banners.js";
import { chartCard } from "./chart.js";
import { clockForm } from "./clock_form.js";
import { follow } from "./connection.js";
import { devicesView } from "./devices.js";
import { find, setAttribute, setText } from "./dom.js";
import { asksForCare, foodView } from "./food.js";
import { readingForm } from "./food_forms.js";
import { clock, zoneName } from "./format.js";
import { isGuarded, Kitchen } from "./kitchen.js";
import { needsCare } from "./levels.js";
import { sheet } from "./sheet.js";
import { bell } from "./sound.js";
import { renderStock } from "./stock.js";
import { stockView } from "./stock_view.js";
import { renderTiles } from "./tiles.js";
import { showTrace } from "./trace.js";
import { views } from "./views.js";
import { chooseLanguage, loadWords, otherLanguage, proposeLanguage, said, t } from "./words.js";

const TICK_MS = 500;
const WORDS_AGAIN_MS = 2_000;

async function main() {
  await loadWords();
  const kitchen = new Kitchen();
  const chart = chartCard(find("#chart"), kitchen);
  const form = sheet(find("#sheet"));
  const sound = bell(find("#sound"));
  const devices = devicesView(kitchen, { form });
  const view = views(() => render());
  const food = foodView(kitchen, { form });
  const stock = stockView(kitchen, { form, shown: () => view.current() === "stock" });
  let waiting = false;

  const connection = follow((name, data) => {
    kitchen.take(name, data);
    if (name === "snapshot") begin();
    soon();
  });

  const begin = () => {
    proposeLanguage(kitchen.kitchen.language);
    if (!kitchen.point(chart.chosen())) chart.select(firstPoint(kitchen));
  };

  /** Ten changes a second are drawn once a frame. */
  const soon = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      render();
    });
  };

  const render = () => {
    const link = linkOf(connection, kitchen);
    const live = link.state === "connected";
    renderHeader(kitchen, link);
    renderBanners(find("#banners"), kitchen, link, () => form.open(clockForm(kitchen), kitchen));
    const care = kitchen.stock.filter(needsCare).length;
    const batches = kitchen.batches.filter(asksForCare).length;
    view.render({
      food: batches ? String(batches) : "",
      stock: care ? String(care) : "",
      devices: kitchen.strangers ? t("views.new", { n: kitchen.strangers }) : "",
    });
    find("main").hidden = kitchen.kitchen === null;
    if (kitchen.kitchen === null) return;
    if (view.current() === "food") food.render(live);
    if (view.current() === "stock") stock.render(live);
    devices.tick(view.current() === "devices", live);
    const choose = (point) => {
      chart.select(point);
      render();
    };
    const tiles = { live, chosen: chart.chosen(), choose };
    renderTiles(find("#guarded"), kitchen, { points: kitchen.points.filter(isGuarded), ...tiles });
    renderTiles(find("#others"), kitchen, { points: kitchen.points.filter((point) => !isGuarded(point)), ...tiles });
    setText(find("#alarms h2"), t("alarms.title"));
    setText(find("#chart .by-hand"), t("food.reading"));
    find("#chart .by-hand").hidden = kitchen.point(chart.chosen())?.quantity !== "temperature";
    const acknowledge = (id) => form.open(acknowledgement(kitchen.records.alarms.get(id), kitchen), kitchen);
    const trace = (alarm) => showTrace(form, { alarm }, { title: t("trace.goods"), kitchen });
    renderAlarms(find("#alarms .list"), kitchen, { live, acknowledge, trace });
    renderStock(find("#stock"), kitchen, { live });
    sound.update(kitchen.alarms);
  };

  find("#chart .by-hand").addEventListener("click", () => {
    const point = kitchen.point(chart.chosen());
    form.open(readingForm({ point: point.id }, said(point.name)), kitchen);
  });
  find("#waiting").addEventListener("click", () => {
    view.show("now");
    requestAnimationFrame(() => find("#alarms").scrollIntoView({ block: "center" }));
  });
  find("#language").addEventListener("click", () => {
    chooseLanguage(otherLanguage());
    render();
    chart.render();
  });
  setInterval(() => {
    render();
    chart.tick();
  }, TICK_MS);
  render();
}

/** "waiting", "lost" (the API is silent), "away" (the API lives, the gateway does not) or "connected". */
function linkOf(connection, kitchen) {
  const state = connection.state();
  const silence = connection.silence();
  return { state: state === "connected" && !kitchen.gateway.connected ? "away" : state, silence };
}

function renderHeader(kitchen, link) {
  const badge = find("#link");
  setText(badge, t(`link.${link.state}`));
  setAttribute(badge, "data-link", link.state);
  setAttribute(document.body, "data-link", link.state);
  setText(find("#language"), otherLanguage().toUpperCase());
  setAttribute(find("#language"), "aria-label", t("language.switch"));
  if (kitchen.kitchen === null) return;
  const { name, zone } = kitchen.kitchen;
  setText(find("#kitchen"), name);
  if (document.title !== name) document.title = name;
  setText(find("#clock"), `${clock(kitchen.now(), zone, { seconds: true })} ${zoneName(zone)}`.trim());
  const waiting = kitchen.alarms.filter((alarm) => alarm.state.endsWith("UNACKNOWLEDGED")).length;
  showBadge(find("#waiting"), waiting > 0, t("alarms.waiting", { n: waiting }));
  showBadge(find("#demo"), kitchen.demonstration, t("badge.demonstration", { speed: kitchen.speed }));
  showBadge(find("#broker"), kitchen.broker?.kind === "demonstration", t("badge.broker"));
}

function showBadge(node, shown, text) {
  if (node.hidden === shown) node.hidden = !shown;
  setText(node, text);
}

/** What the chart shows at first: the point of the newest alarm, else the first that is guarded. */
function firstPoint(kitchen) {
  const alarm = kitchen.alarms.filter((each) => each.point).sort((a, b) => b.raised_at.localeCompare(a.raised_at))[0];
  return alarm?.point ?? (kitchen.points.find(isGuarded) ?? kitchen.points[0])?.id ?? null;
}

/** The page came, so its words will: a server that is just restarting is asked again. */
async function start() {
  try {
    await main();
  } catch (error) {
    console.warn(error);
    setTimeout(start, WORDS_AGAIN_MS);
  }
}

start();
