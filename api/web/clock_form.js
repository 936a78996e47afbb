// Once after each start of the machine somebody says what time it is, where nothing else knows: "Is it 03:12 now?"

import { askedClock } from "./banners.js";
import { dayAndTime } from "./format.js";
import { options, order } from "./orders.js";
import { t } from "./words.js";

/** The suggested time is right, so that no other needs to be said. */
const suits = ({ answer }) => answer !== "other";

export function clockForm(kitchen) {
  const [day, hour] = dayAndTime(kitchen.health.clock.suggested, kitchen.kitchen.zone);
  return {
    title: askedClock(kitchen),
    about: t("clock.about"),
    fields: [
      { name: "answer", kind: "choice", label: "", value: "yes", options: options(["yes", "other"], (each) => t(`clock.${each}`)) },
      { name: "day", kind: "date", label: t("clock.day"), value: day, hidden: suits },
      { name: "hour", kind: "time", label: t("clock.time"), value: hour, hidden: suits },
    ],
    send: (said, who, key) => order("confirm_clock", suits(said) ? {} : { time: `${said.day}T${said.hour}` }, who, key),
  };
}
