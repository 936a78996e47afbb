"""Uplinks of ChirpStack 4 (chirpstack/chirpstack-docs: src/chirpstack/integrations/mqtt.md, events.md).

    application/<application>/device/<DevEUI>/event/up
        {"time":"2022-07-18T09:34:15.775023242+00:00","deviceInfo":{"devEui":"0101010101010101"},"fPort":1,
         "data":"qg==","object":{"temperature":3.4},"rxInfo":[{"rssi":-36,"snr":10.5}]}
    application/<application>/device/<DevEUI>/event/status
        {…,"batteryLevel":75.5,"externalPowerSource":false,"batteryLevelUnavailable":false}

`object` is there when the server has a codec for the device; else the setting `codec` names ours for `data`. Fields
that are zero are left out, `fPort` too. The device is its DevEUI. Other events are no readings.
"""

import re
from dataclasses import replace
from typing import Any

from drivers.errors import DecodeError
from drivers.formats.common.format import Format, Incoming, Results, read_object
from drivers.formats.common.measure import PERCENT, Sender, percent
from drivers.formats.common.memory import Memory
from drivers.formats.common.moment import from_text
from drivers.formats.common.settings import NONE, Settings, text
from drivers.formats.lorawan import uplink
from drivers.formats.lorawan.codecs import codec
from drivers.reading import Reading, Reason

TOPIC = re.compile(r"(?:.+/)?application/[^/]+/device/(?P<device>[^/]+)/event/(?P<event>[^/]+)")


class ChirpStackV4(Format):
    """MessageDriver of `chirpstack-v4`."""

    def __init__(self, settings: Settings = NONE) -> None:
        """Settings: `codec`, and those of the codec.

        Raises:
            ConfigurationError: there is no such codec.
        """
        super().__init__()
        self._settings = settings
        self._codec = codec(text(settings, "codec", "milesight")) if "codec" in settings else None
        self._charge: Memory[str, float] = Memory()

    @property
    def topics(self) -> tuple[str, ...]:
        return ("application/+/device/+/event/+",)

    def device(self, topic: str) -> str:
        found = TOPIC.fullmatch(topic)
        return "" if found is None else found["device"].lower()

    def _read(self, message: Incoming) -> Results:
        found = TOPIC.fullmatch(message.topic)
        if found is None and message.topic:
            raise DecodeError("no topic of ChirpStack 4: application/<id>/device/<DevEUI>/event/<event>")
        event = "up" if found is None else found["event"]
        if event not in {"up", "status"}:
            return []
        values, said = read_object(message.payload, self.device(message.topic))
        device = _device(values, self.device(message.topic))
        sender = Sender(device=device, moment=from_text(values.get("time")), flags=message.flags)
        read = self._uplink if event == "up" else self._status
        return [*read(sender, values), *said]

    def _uplink(self, sender: Sender, values: dict[str, Any]) -> list[Reading]:
        object_ = values.get("object")
        if isinstance(object_, dict):
            samples = uplink.decoded(object_)
        else:
            samples = uplink.from_frame(values.get("data", ""), values.get("fPort"), self._codec, self._settings)
        known = replace(sender, battery=self._charge.get(sender.device))
        return [*uplink.readings(samples, known), *uplink.link(known, values.get("rxInfo"))]

    def _status(self, sender: Sender, values: dict[str, Any]) -> list[Reading]:
        """The charge that a device tells its server, unless it has none."""
        if values.get("externalPowerSource") or values.get("batteryLevelUnavailable") or "batteryLevel" not in values:
            return []
        charge = percent(values["batteryLevel"])
        if charge is not None:
            self._charge.put(sender.device, charge)
        return [sender.reading("", values["batteryLevel"], PERCENT)]


def _device(values: dict[str, Any], topic_device: str) -> str:
    info = values.get("deviceInfo")
    own = info.get("devEui") if isinstance(info, dict) else None
    if not isinstance(own, str) or not own:
        if not topic_device:
            raise DecodeError("an uplink without devEui")
        return topic_device
    if topic_device and own.lower() != topic_device:
        raise DecodeError(f"{own} came on the topic of {topic_device}", reason=Reason.NAME_MISMATCH)
    return own.lower()
