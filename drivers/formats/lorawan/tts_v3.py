"""Decode uplinks of The Things Stack 3 (TheThingsIndustries/lorawan-stack-docs: integrations/other-integrations/mqtt,
integrations/data-formats).

    v3/<application>@<tenant>/devices/<device id>/up
        {"end_device_ids":{"device_id":"dev1","dev_eui":"0004A30B001C0530"},"received_at":"2020-02-12T15:15:46.014773143Z",
         "uplink_message":{"f_port":1,"frm_payload":"gkHe","decoded_payload":{"temperature":1.0},
                           "last_battery_percentage":{"value":94.9},"rx_metadata":[{"rssi":-35,"snr":5}]}}

`decoded_payload` is present when the server has a formatter for the device. Otherwise the setting `codec` names ours
for `frm_payload`. Fields that are zero, false or empty are left out. The device is its DevEUI in lower case. An uplink
that was simulated in the console is not a reading, nor are joins, acknowledgements and other messages.
"""

import re
from typing import Any

from drivers.errors import DecodeError
from drivers.formats.common.format import IncomingMessage, MessageFormat, Results, read_object
from drivers.formats.common.format_settings import NO_SETTINGS, FormatSettings, text
from drivers.formats.lorawan import uplink
from drivers.formats.lorawan.codecs import codec
from drivers.reading import Reason
from drivers.values.device_time import from_text
from drivers.values.reading_builder import ReadingBuilder, percent

TOPIC = re.compile(r"v3/[^/]+/devices/(?P<device>[^/]+)/(?P<kind>.+)")
UP = "up"


class TtsV3(MessageFormat):
    """MessageDriver of `tts-v3`."""

    def __init__(self, settings: FormatSettings = NO_SETTINGS) -> None:
        """Settings: `codec`, and those of the codec.

        Raises:
            ConfigurationError: there is no such codec.
        """
        super().__init__()
        self._settings = settings
        self._codec = codec(text(settings, "codec", "milesight")) if "codec" in settings else None

    @property
    def topics(self) -> tuple[str, ...]:
        return ("v3/+/devices/+/up",)

    def device(self, _topic: str, /) -> str:
        """Return "": the topic has a name, but the device is its DevEUI, which only the message has."""
        return ""

    def _read(self, message: IncomingMessage) -> Results:
        match = TOPIC.fullmatch(message.topic)
        if match is None and message.topic:
            raise DecodeError("no topic of The Things Stack: v3/<application>@<tenant>/devices/<device>/up")
        if match is not None and match["kind"] != UP:
            return []
        values, warnings = read_object(message.payload, "")
        up = values.get("uplink_message")
        if not isinstance(up, dict) or values.get("simulated") is True or up.get("simulated") is True:
            return warnings
        device = _device(values, None if match is None else match["device"])
        device_time = from_text(values.get("received_at", up.get("received_at")))
        builder = ReadingBuilder(device=device, device_time=device_time, flags=message.flags, battery=_charge(up))
        object_ = up.get("decoded_payload")
        if isinstance(object_, dict):
            decoded = uplink.from_object(object_)
        else:
            decoded = uplink.from_frame(up.get("frm_payload", ""), up.get("f_port"), self._codec, self._settings)
        return [*uplink.readings(decoded, builder), *uplink.link(builder, up.get("rx_metadata")), *warnings]


def _device(values: dict[str, Any], topic_name: str | None) -> str:
    ids = values.get("end_device_ids")
    ids = ids if isinstance(ids, dict) else {}
    name, eui = ids.get("device_id"), ids.get("dev_eui")
    if topic_name is not None and isinstance(name, str) and name != topic_name:
        raise DecodeError(f"{name} came on the topic of {topic_name}", reason=Reason.NAME_MISMATCH)
    device = eui.lower() if isinstance(eui, str) and eui else name or topic_name
    if not isinstance(device, str):
        raise DecodeError("an uplink without dev_eui and device_id")
    return device


def _charge(up: dict[str, Any]) -> float | None:
    last = up.get("last_battery_percentage")
    return percent(last.get("value") if isinstance(last, dict) else last)
