// The views of the page, chosen by links to their names: the address says which one it is, back leads back.

import { find, keyed, make, setAttribute, setText } from "./dom.js";
import { t } from "./words.js";

const VIEWS = ["now", "food", "stock", "devices"];
const BACK_AFTER_MS = 180_000; // a wall display that nobody touches shows temperatures and alarms

export function views(changed) {
  let touched = performance.now();

  const current = () => {
    const name = location.hash.slice(1);
    return VIEWS.includes(name) ? name : VIEWS[0];
  };

  const show = (name) => {
    location.hash = name;
  };

  /** Call often; `notes` are the short texts beside a view's name, such as how many wait there. */
  const render = (notes) => {
    const shown = current();
    for (const view of document.querySelectorAll(".view")) view.hidden = view.dataset.view !== shown;
    keyed(find("#views"), VIEWS, {
      key: (name) => name,
      create: (name) => make("a", { href: `#${name}` }, make("span"), make("b")),
      update: (link, name) => {
        setText(link.firstChild, t(`views.${name}`));
        setText(link.lastChild, notes[name] ?? "");
        setAttribute(link, "aria-current", name === shown ? "page" : "false");
      },
    });
    const idle = performance.now() - touched > BACK_AFTER_MS;
    if (idle && shown !== VIEWS[0] && !find("dialog[open]")) show(VIEWS[0]);
  };

  for (const event of ["pointerdown", "keydown", "scroll"]) {
    document.addEventListener(event, () => (touched = performance.now()), { capture: true, passive: true });
  }
  addEventListener("hashchange", () => {
    scrollTo(0, 0);
    changed();
  });
  return { current, show, render };
}
