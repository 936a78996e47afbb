// What must be seen from the door: nothing is recorded, or what is on the board is old.

import { keyed, make, setAttribute, setText } from "./dom.js";
import { clock, moment } from "./format.js";
import { said, t } from "./words.js";

/** `ask()` is what the clock's banner does when it is tapped. */
export function renderBanners(parent, kitchen, link, ask) {
  keyed(parent, banners(kitchen, link), {
    key: (banner) => banner.kind,
    create: (banner) => {
      const button = banner.button ? make("button", { type: "button" }) : "";
      if (button) button.addEventListener("click", ask);
      return make("div", {}, make("b"), make("span"), button);
    },
    update: (node, banner) => {
      setAttribute(node, "class", `banner ${banner.kind}`);
      node.firstChild.hidden = !banner.title;
      setText(node.firstChild, banner.title);
      setText(node.children[1], banner.text);
      if (banner.button) setText(node.lastChild, banner.button);
    },
  });
}

function banners(kitchen, link) {
  const out = [];
  if (kitchen.health.recording === false) out.push(notRecording(kitchen));
  if (kitchen.health.clock?.known === false) out.push(clockUnknown(kitchen));
  const jumped = kitchen.alarms.find((alarm) => alarm.level === "clock_jumped");
  if (jumped) out.push({ kind: "clock-jumped", title: "", text: said(jumped.message) });
  if (link.state === "lost") out.push(lost(kitchen, link));
  if (link.state === "away") out.push(away(kitchen));
  return out;
}

function notRecording(kitchen) {
  const since = kitchen.health.recording_since_lost;
  const time = since ? clock(since, kitchen.kitchen.zone) : "–";
  return {
    kind: "recording",
    title: t("banner.not_recording", { time }),
    text: t("banner.not_recording_remedy"),
  };
}

function clockUnknown(kitchen) {
  const title = t("banner.clock_unknown");
  const { suggested } = kitchen.health.clock;
  if (!suggested) return { kind: "clock", title, text: t("banner.clock_unknown_remedy") };
  return { kind: "clock-asked", title, text: t("banner.clock_asked"), button: askedClock(kitchen) };
}

/** The question that a person answers once after each start of the machine. */
export const askedClock = ({ health, kitchen }) => t("clock.ask", { time: moment(health.clock.suggested, kitchen.zone, 0) });

function lost(kitchen, link) {
  if (!kitchen.kitchen) return { kind: "lost", title: "", text: t("banner.unreached") };
  const time = clock(kitchen.now() - link.silence * kitchen.speed, kitchen.kitchen.zone);
  return { kind: "lost", title: "", text: t("banner.lost", { time }) };
}

function away(kitchen) {
  const { since } = kitchen.gateway;
  if (!since || !kitchen.kitchen) return { kind: "away", title: "", text: t("banner.unheard") };
  return { kind: "away", title: "", text: t("banner.away", { time: clock(since, kitchen.kitchen.zone) }) };
}
