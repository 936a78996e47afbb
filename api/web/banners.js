// What must be seen from the door: nothing is recorded, or what is on the board is old.

import { keyed, make, setAttribute, setText } from "./dom.js";
import { clock } from "./format.js";
import { t } from "./words.js";

export function renderBanners(parent, kitchen, link) {
  keyed(parent, banners(kitchen, link), {
    key: (banner) => banner.kind,
    create: () => make("div", {}, make("b"), make("span")),
    update: (node, banner) => {
      setAttribute(node, "class", `banner ${banner.kind}`);
      node.firstChild.hidden = !banner.title;
      setText(node.firstChild, banner.title);
      setText(node.lastChild, banner.text);
    },
  });
}

function banners(kitchen, link) {
  const out = [];
  if (kitchen.health.recording === false) out.push(notRecording(kitchen));
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
