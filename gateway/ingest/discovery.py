"""Devices that are heard on the broker and stand in no kitchen.yaml: listed, with the lines to paste; never stored."""

from dataclasses import dataclass, field
from typing import Any

from drivers.reading import UNIT_OF, Quality, Quantity, Reading

MOST_DEVICES = 200
MOST_POINTS = 40
"""A broker may carry a whole house; a person reads a page of it."""

Json = dict[str, Any]


@dataclass(slots=True)
class Heard:
    """One device that nobody has configured. Times are UTC microseconds."""

    format: str
    sensor: str
    first_at: int
    last_at: int
    points: dict[tuple[str, Quantity], Reading] = field(default_factory=dict)

    def told(self) -> Json:
        """For the page and `mbg-gateway devices --mqtt`."""
        return {
            "format": self.format,
            "sensor": self.sensor,
            "first_at": self.first_at,
            "last_at": self.last_at,
            "points": [
                {
                    "channel": channel,
                    "quantity": quantity.value,
                    "unit": UNIT_OF[quantity],
                    "value": reading.value,
                    "quality": reading.quality.name.lower(),
                    "reason": reading.reason,
                }
                for (channel, quantity), reading in self.points.items()
            ],
            "paste": lines_to_paste(self),
        }


class Discovery:
    """What has been heard of strangers, the newest devices first forgotten when there are too many."""

    def __init__(self) -> None:
        self._heard: dict[tuple[str, str], Heard] = {}
        self.version = 0
        """Grows with everything that is noted: whoever shows the devices compares it."""

    def note(self, format_: str, reading: Reading, at: int) -> None:
        """A reading of a device that kitchen.yaml does not name."""
        key = (format_, reading.device)
        heard = self._heard.get(key)
        if heard is None:
            if len(self._heard) >= MOST_DEVICES:
                return
            heard = self._heard[key] = Heard(format_, reading.device, at, at)
        heard.last_at = at
        self.version += 1
        if len(heard.points) < MOST_POINTS or (reading.channel, reading.quantity) in heard.points:
            heard.points[reading.channel, reading.quantity] = reading

    def told(self) -> list[Json]:
        """All of them, in the order in which they were first heard."""
        return [heard.told() for heard in self._heard.values()]


def lines_to_paste(heard: Heard) -> str:
    """The lines of kitchen.yaml that make the device one of the kitchen's; ids and names are for a person to better."""
    device = _id(heard.sensor)
    lines = ["devices:", f"  - {{id: {device}, driver: {heard.format}, sensor: {_quoted(heard.sensor)}}}", "points:"]
    for (channel, quantity), reading in heard.points.items():
        if reading.quality is Quality.BAD and reading.value is None and not channel and len(heard.points) > 1:
            continue
        point = _id("-".join(filter(None, (heard.sensor, channel, quantity.value))))
        lines.append(
            f"  - {{id: {point}, name: {_quoted(point)}, device: {device}, channel: {_quoted(channel)}, "
            f"quantity: {quantity.value}, interval: 5m}}"
        )
    return "\n".join(lines)


def _id(text: str) -> str:
    words = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in text.lower()).strip("-")
    while "--" in words:
        words = words.replace("--", "-")
    return words[:60].strip("-") or "device"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
