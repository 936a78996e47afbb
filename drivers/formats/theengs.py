"""Decode Bluetooth devices relayed by Theengs Gateway or OpenMQTTGateway (theengs/gateway: docs/use/use.md,
ble_gateway.py; theengs/decoder: docs/participate/adding-decoders.md, tests/BLE/test_ble.cpp).

    home/<gateway>/BTtoMQTT[/<MAC>]   {"id":"F3:52:85:…","rssi":-82,"tempc":24.1,"tempf":75.38,"hum":51,"batt":88}
    home/<gateway>/LWT                online | offline, retained

The device is `id`, its MAC. When °C and °F are both present, °C counts. A thermometer with several probes sends `tempc`
and `tempc2` … `tempc6`, or `tempc1` … `tempc6`. These are the names of the channels; `tempc` needs no channel. A probe
that is not plugged in has no key: if it had one before, its channel becomes BAD.

The same advert arrives through every gateway that receives it, and many times a second: within 2 s equal values are
marked as repeated. An encrypted advert has no values, and needs a key in the gateway. A device is lost when the last
gateway that received it is offline.
"""

import re
from typing import Any

from drivers.errors import DecodeError
from drivers.formats.common.format import IncomingMessage, MessageFormat, Results, read_object
from drivers.formats.common.memory import BoundedDict, missing
from drivers.reading import Flag, Quantity, Reading, Reason
from drivers.values.reading_builder import ReadingBuilder, percent
from drivers.values.units import CELSIUS, DBM, FAHRENHEIT, HECTOPASCAL, KILOGRAM, PERCENT, PERCENT_RH, POUND, VOLT, Unit

ONLINE = {b"online": True, b"offline": False}
RELAYED = "BTtoMQTT"
SAME_ADVERT = 2_000_000
"""Microseconds within which equal values are the same advert through another gateway."""
MOST_RELAYS = 64
PROBE = re.compile("tempc[1-9]?")
MEASURED: dict[str, Unit] = {"hum": PERCENT_RH, "pres": HECTOPASCAL, "volt": VOLT}
WEIGHT_UNITS = {"kg": KILOGRAM, "lb": POUND}

Values = dict[str, Any]


class Theengs(MessageFormat):
    """MessageDriver of `theengs`."""

    def __init__(self) -> None:
        super().__init__()
        self._last: BoundedDict[str, tuple[int, int]] = BoundedDict()
        self._probes: BoundedDict[str, frozenset[str]] = BoundedDict()
        self._relays: BoundedDict[str, frozenset[str]] = BoundedDict()

    @property
    def topics(self) -> tuple[str, ...]:
        return (f"+/+/{RELAYED}/#", "+/+/LWT")

    def device(self, _topic: str, /) -> str:
        return ""

    def status(self, topic: str, payload: bytes, /) -> bool | None:
        """Return whether a gateway is online, by its status message or its last will; None for any other message."""
        return ONLINE.get(payload) if topic.endswith("/LWT") else None

    def _lost(self, topic: str) -> list[Reading]:
        gateway = topic.removesuffix("/LWT")
        lost: list[Reading] = []
        for device in [*self._relays]:
            relays = self._relays.get(device) or frozenset()
            if gateway in relays:
                self._relays.put(device, relays - {gateway})
                lost += self._channels.lost(device) if relays == {gateway} else []
        return lost

    def _read(self, message: IncomingMessage) -> Results:
        gateway, relayed, _ = message.topic.partition(f"/{RELAYED}")
        if message.topic and not relayed:
            return []
        values, warnings = read_object(message.payload, "")
        device = values.get("id")
        if not isinstance(device, str) or not device:
            raise DecodeError("a Bluetooth device without id")
        self._note_relay(device, gateway)
        repeated = Flag.REPEATED if self._is_same_advert(device, values, message.at) else Flag.NONE
        builder = ReadingBuilder(device=device, flags=message.flags | repeated, battery=percent(values.get("batt")))
        readings = [*_measured(builder, values), *self._unplugged(device, values)]
        if not readings and "encr" in values:
            readings = [missing(device, "", Quantity.TEMPERATURE, Reason.NEEDS_KEY)]
        elif not readings and builder.battery is not None:
            readings = [builder.reading("", values["batt"], PERCENT)]
        if "rssi" in values:
            link = ReadingBuilder(device=device, flags=message.flags, battery=builder.battery)
            readings.append(link.reading("", values["rssi"], DBM))
        return [*readings, *warnings]

    def _note_relay(self, device: str, gateway: str) -> None:
        relays = self._relays.get(device) or frozenset()
        if len(relays) < MOST_RELAYS:
            self._relays.put(device, relays | {gateway})

    def _is_same_advert(self, device: str, values: Values, at: int | None) -> bool:
        content = hash(str({key: values[key] for key in values if key != "rssi"}))
        now = at or 0
        last = self._last.get(device)
        if last is not None and last[0] == content and 0 <= now - last[1] <= SAME_ADVERT:
            return True
        self._last.put(device, (content, now))
        return False

    def _unplugged(self, device: str, values: Values) -> list[Reading]:
        """Return BAD readings of probes that an earlier message had, and that this message with other probes lacks."""
        present = frozenset(key for key in values if PROBE.fullmatch(key))
        if not present:
            return []
        probes = (self._probes.get(device) or frozenset()) | present
        self._probes.put(device, probes)
        return [
            missing(device, _channel(key), Quantity.TEMPERATURE, Reason.NOT_CONNECTED)
            for key in sorted(probes - present)
        ]


def _channel(key: str) -> str:
    return "" if key == "tempc" else key


def _measured(builder: ReadingBuilder, values: Values) -> list[Reading]:
    readings = [builder.reading(_channel(key), values[key], CELSIUS) for key in values if PROBE.fullmatch(key)]
    if not readings and "tempf" in values:
        readings.append(builder.reading("", values["tempf"], FAHRENHEIT))
    readings += [builder.reading("", values[key], unit) for key, unit in MEASURED.items() if key in values]
    weight = WEIGHT_UNITS.get(str(values.get("unit")))
    if "weight" in values:
        reason = Reason.MALFORMED if weight is None else None
        readings.append(builder.reading("", values["weight"], weight or KILOGRAM, reason=reason))
    return readings
