"""Decode uplinks of ChirpStack 4 (chirpstack/chirpstack-docs: src/chirpstack/integrations/mqtt.md, events.md).

    application/<application>/device/<DevEUI>/event/up
        {"time":"2022-07-18T09:34:15.775023242+00:00","deviceInfo":{"devEui":"0101010101010101"},"fPort":1,
         "data":"qg==","object":{"temperature":3.4},"rxInfo":[{"rssi":-36,"snr":10.5}]}
    application/<application>/device/<DevEUI>/event/status
        {…,"batteryLevel":75.5,"externalPowerSource":false,"batteryLevelUnavailable":false}

`object` is present when the server has a codec for the device. Otherwise the setting `codec` names ours for `data`.
Fields that are zero are left out, also `fPort`. The device is its DevEUI. Other events are not readings.
"""

import re
from dataclasses import replace
from typing import Any

from drivers.errors import DecodeError
from drivers.formats.common.format import IncomingMessage, MessageFormat, Results, read_object
from drivers.formats.common.format_settings import NO_SETTINGS, FormatSettings, text
from drivers.formats.common.memory import BoundedDict
from drivers.formats.lorawan import uplink
from drivers.formats.lorawan.codecs import codec
from drivers.reading import Reading, Reason
from drivers.values.device_time import from_text
from drivers.values.reading_builder import ReadingBuilder, percent
from drivers.values.units import PERCENT

TOPIC = re.compile(r"(?:.+/)?application/[^/]+/device/(?P<device>[^/]+)/event/(?P<event>[^/]+)")


class ChirpStackV4(MessageFormat):
    """MessageDriver of `chirpstack-v4`."""

    def __init__(self, settings: FormatSettings = NO_SETTINGS) -> None:
        """Settings: `codec`, and those of the codec.

        Raises:
            ConfigurationError: there is no such codec.
        """
        super().__init__()
        self._settings = settings
        self._codec = codec(text(settings, "codec", "milesight")) if "codec" in settings else None
        self._charge: BoundedDict[str, float] = BoundedDict()

    @property
    def topics(self) -> tuple[str, ...]:
        return ("application/+/device/+/event/+",)

    def device(self, topic: str, /) -> str:
        match = TOPIC.fullmatch(topic)
        return "" if match is None else match["device"].lower()

    def _read(self, message: IncomingMessage) -> Results:
        match = TOPIC.fullmatch(message.topic)
        if match is None and message.topic:
            raise DecodeError("no topic of ChirpStack 4: application/<id>/device/<DevEUI>/event/<event>")
        event = "up" if match is None else match["event"]
        if event not in {"up", "status"}:
            return []
        values, warnings = read_object(message.payload, self.device(message.topic))
        device = _device(values, self.device(message.topic))
        builder = ReadingBuilder(device=device, device_time=from_text(values.get("time")), flags=message.flags)
        read = self._uplink if event == "up" else self._status
        return [*read(builder, values), *warnings]

    def _uplink(self, builder: ReadingBuilder, values: dict[str, Any]) -> list[Reading]:
        object_ = values.get("object")
        if isinstance(object_, dict):
            decoded = uplink.from_object(object_)
        else:
            decoded = uplink.from_frame(values.get("data", ""), values.get("fPort"), self._codec, self._settings)
        charged = replace(builder, battery=self._charge.get(builder.device))
        return [*uplink.readings(decoded, charged), *uplink.link(charged, values.get("rxInfo"))]

    def _status(self, builder: ReadingBuilder, values: dict[str, Any]) -> list[Reading]:
        """Decode the charge that a device reports to its server, unless it has no battery."""
        if values.get("externalPowerSource") or values.get("batteryLevelUnavailable") or "batteryLevel" not in values:
            return []
        charge = percent(values["batteryLevel"])
        if charge is not None:
            self._charge.put(builder.device, charge)
        return [builder.reading("", values["batteryLevel"], PERCENT)]


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
