// An alarm that nobody has acknowledged is heard, not only seen. Browsers play nothing before the first tap.

import { find, setAttribute } from "./dom.js";
import { t } from "./words.js";

const EVERY_MS = 2_000;
const TONES = [880, 660]; // Hz: two falling tones carry through a kitchen's hum better than one
const TONE_S = 0.18;

/** The bell: `update(alarms)` each time the list may have changed. Silencing holds for the alarms of that moment. */
export function bell(button) {
  let context = null;
  let calling = [];
  const silenced = new Set();

  const unlock = () => {
    context ??= new AudioContext();
    if (context.state === "suspended") context.resume();
    show();
  };

  const show = () => {
    const off = context === null || (calling.length > 0 && calling.every((id) => silenced.has(id)));
    const words = context === null ? "sound.locked" : off ? "sound.off" : "sound.on";
    setAttribute(find("use", button), "href", off ? "#bell-off" : "#bell");
    setAttribute(button, "aria-label", t(words));
    setAttribute(button, "title", t(words));
  };

  const ring = () => {
    if (context?.state === "running" && calling.some((id) => !silenced.has(id))) play(context);
  };

  const update = (alarms) => {
    calling = alarms.filter((each) => each.state === "UNACKNOWLEDGED" && each.priority === "high").map((each) => each.id);
    show();
  };

  document.addEventListener("pointerdown", unlock, { capture: true });
  button.addEventListener("click", () => {
    const all = calling.every((id) => silenced.has(id));
    for (const id of calling) all ? silenced.delete(id) : silenced.add(id);
    show();
  });
  setInterval(ring, EVERY_MS);
  return { update };
}

function play(context) {
  TONES.forEach((frequency, place) => {
    const from = context.currentTime + place * TONE_S;
    const tone = new OscillatorNode(context, { frequency, type: "square" });
    const loudness = new GainNode(context, { gain: 0.25 });
    tone.connect(loudness).connect(context.destination);
    tone.start(from);
    tone.stop(from + TONE_S);
  });
}
