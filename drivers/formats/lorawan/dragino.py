"""Decode Dragino's temperature nodes (dragino/dragino-end-node-decoder: LHT65N/…1.5.6, D23-LB_v1.3, LTC2-LB_v1.2).

All numbers are big-endian. A live frame has 11 bytes and is sent on port 2. 7FFF means that there is no probe. The
vendor's decoder turns it into 327.67, and a Pt100 beyond ±2000 into 0 °C; this one does not.

LHT65N  0-1 battery (2 bits status, 14 bits mV)  2-3 temperature i16 0.01 °C  4-5 humidity u16 0.1 %  6 ext  7-10 by ext
        ext & 3F: 01 a DS18B20 in 7-8; 09 a DS18B20 instead of the battery, u32 seconds since 1970 in 7-10;
        0B a second thermometer in 7-8 and hygrometer in 9-10; 0F, 10, 20 have the probe's serial number in 2-5
        ext bits 7-6 = 01 or 10 in a frame of whole records of 11 bytes: stored values, as 09 with the probe in 0-1
D23-LB  0-1 battery mV  2-3 T1 i16 0.1 °C  4-5 …  6 flags: mode in bits 2-6, 3 for three probes  7-8 T2  9-10 T3
LTC2-LB 0-1 battery mV  2 flags  3-4 T1 i16 0.1 °C  5-6 T2  7-10 u32 seconds since 1970
        port 3: stored records of 11 bytes, T2 in 2-3, T1 in 4-5, flags, seconds since 1970 in 7-10

Port 5 carries the model and its battery, other ports carry settings.
"""

from collections.abc import Iterator
from decimal import Decimal

from drivers.errors import DecodeError
from drivers.formats.common.decoded_values import DecodedValue
from drivers.formats.common.format_settings import FormatSettings
from drivers.reading import Reason
from drivers.values.device_time import UNKNOWN, DeviceTime, from_seconds
from drivers.values.units import CELSIUS, MILLIVOLT, PERCENT_RH

LIVE, STORED = 2, 3
UNKNOWN_PORT = 0
FRAME = 11
NO_PROBE = 0x7FFF
HUNDREDTH, TENTH = Decimal("0.01"), Decimal("0.1")
NUMBERED = {0x0E, 0x0F, 0x10, 0x20}
"""ext of frames with the probe's serial number instead of the built-in sensor."""
D23_MODE = 3
LARGEST_PT100 = Decimal(2000)


def lht65n(frame: bytes, port: int, _settings: FormatSettings) -> list[DecodedValue]:
    """Decode a frame of an LHT65N.

    Raises:
        DecodeError: this is not such a frame, or its ext value belongs to another sensor.
    """
    if port not in {UNKNOWN_PORT, LIVE, STORED}:
        return []
    records = _records(frame, "LHT65N")
    status = frame[6] >> 6
    if status == 0:
        return [*_lht65n_live(_only(records, "LHT65N"))]
    if status in {1, 2}:
        return [value for record in records for value in _lht65n_stored(record)]
    raise DecodeError("an LHT65N frame that is neither live nor kept", raw=frame)


def _lht65n_live(frame: bytes) -> Iterator[DecodedValue]:
    ext = frame[6] & 0x3F
    device_time = _time(frame) if ext in {0x09, 0x0A} else UNKNOWN
    if ext in {0x09, 0x0A}:
        yield _temperature("TempC_DS" if ext == 0x09 else "TempC_TMP117", frame[0:2], HUNDREDTH, device_time)
    else:
        yield _battery(frame, 0x3FFF)
    if ext not in NUMBERED:
        yield from _built_in(frame, device_time)
    if ext in {0x01, 0x02, 0x20}:
        yield _temperature("TempC_DS" if ext == 0x01 else "TempC_TMP117", frame[7:9], HUNDREDTH, device_time)
    elif ext in {0x0B, 0x10}:
        yield _temperature("Ext_TempC_SHT", frame[7:9], HUNDREDTH, device_time)
        yield _humidity("Ext_Hum_SHT", frame[9:11], device_time)


def _lht65n_stored(record: bytes) -> Iterator[DecodedValue]:
    device_time = _time(record)
    if record[6] & 0x0F in {0x01, 0x09}:
        yield _temperature("TempC_DS", record[0:2], HUNDREDTH, device_time, historical=True)
    yield from _built_in(record, device_time, historical=True)


def _built_in(frame: bytes, device_time: DeviceTime, *, historical: bool = False) -> Iterator[DecodedValue]:
    yield _temperature("TempC_SHT", frame[2:4], HUNDREDTH, device_time, historical=historical)
    yield _humidity("Hum_SHT", frame[4:6], device_time, historical=historical)


def d23(frame: bytes, port: int, _settings: FormatSettings) -> list[DecodedValue]:
    """Decode a frame of a D23-LB, with three probes.

    Raises:
        DecodeError: this is not such a frame, or it has another mode.
    """
    if port not in {UNKNOWN_PORT, LIVE}:
        return []
    frame = _only(_records(frame, "D23-LB"), "D23-LB")
    mode = (frame[6] & 0x7C) >> 2
    if mode != D23_MODE:
        raise DecodeError(f"mode {mode} is not that of a D23-LB", reason=Reason.UNKNOWN_MODEL, raw=frame)
    probes = {"TempC1": frame[2:4], "TempC2": frame[7:9], "TempC3": frame[9:11]}
    return [_battery(frame, 0xFFFF), *(_temperature(key, data, TENTH, UNKNOWN) for key, data in probes.items())]


def ltc2(frame: bytes, port: int, _settings: FormatSettings) -> list[DecodedValue]:
    """Decode a frame of an LTC2-LB, with two Pt100.

    Raises:
        DecodeError: this is not such a frame.
    """
    if port not in {UNKNOWN_PORT, LIVE, STORED}:
        return []
    records = _records(frame, "LTC2-LB")
    if port == STORED:
        return [value for record in records for value in _pt100s(record, 4, 2, historical=True)]
    live = _only(records, "LTC2-LB")
    return [_battery(live, 0xFFFF), *_pt100s(live, 3, 5, historical=False)]


def _pt100s(record: bytes, first: int, second: int, *, historical: bool) -> Iterator[DecodedValue]:
    device_time = _time(record)
    for key, at in (("Temp_Channel1", first), ("Temp_Channel2", second)):
        yield _temperature(key, record[at : at + 2], TENTH, device_time, historical=historical)


def _records(frame: bytes, model: str) -> list[bytes]:
    if not frame or len(frame) % FRAME:
        raise DecodeError(f"{len(frame)} bytes are no frame of an {model}, which has {FRAME}", raw=frame)
    return [frame[at : at + FRAME] for at in range(0, len(frame), FRAME)]


def _only(records: list[bytes], model: str) -> bytes:
    if len(records) > 1:
        raise DecodeError(f"a live frame of an {model} has {FRAME} bytes", raw=b"".join(records))
    return records[0]


def _time(record: bytes) -> DeviceTime:
    return from_seconds(Decimal(int.from_bytes(record[7:11], "big")))


def _battery(frame: bytes, mask: int) -> DecodedValue:
    return DecodedValue(key="BatV", value=Decimal(int.from_bytes(frame[0:2], "big") & mask), unit=MILLIVOLT)


def _temperature(
    key: str, data: bytes, step: Decimal, device_time: DeviceTime, *, historical: bool = False
) -> DecodedValue:
    raw = int.from_bytes(data, "big", signed=True)
    value = raw * step
    reason = Reason.NOT_CONNECTED if raw == NO_PROBE else None
    if reason is None and abs(value) > LARGEST_PT100:
        reason = Reason.SENSOR_FAILURE
    return DecodedValue(
        key=key,
        value=None if reason else value,
        unit=CELSIUS,
        reason=reason,
        device_time=device_time,
        historical=historical,
    )


def _humidity(key: str, data: bytes, device_time: DeviceTime, *, historical: bool = False) -> DecodedValue:
    value = (int.from_bytes(data, "big") & 0x0FFF) * TENTH
    return DecodedValue(key=key, value=value, unit=PERCENT_RH, device_time=device_time, historical=historical)
