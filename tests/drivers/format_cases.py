"""What a case of a format whose messages are bytes writes down, and what holds of every reading."""

import json
import math
from datetime import UTC, datetime, timedelta

import pytest
from driver_cases import FOLDER
from offline_formats import build

from drivers.contract import RejectedRecord
from drivers.errors import DecodeError
from drivers.reading import UNIT_OF, Flag, Reading

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def rows(*formats):
    """A parameter (format, case) for each line of the formats' files."""
    files = {name: FOLDER / f"{name.replace(':', '-')}.jsonl" for name in formats}
    lines = [(name, json.loads(line)) for name, path in files.items() for line in path.read_text("utf-8").splitlines()]
    return [pytest.param(name, case, id=f"{name}: {case['name']}") for name, case in lines]


def message_of(case):
    return bytes.fromhex(case["hex"]) if "hex" in case else case["payload"].encode()


def check(format_id, case):
    """Earlier messages first; then the last one gives what the case expects, and nothing else."""
    driver = build(format_id, case.get("settings", {}))
    for earlier in case.get("context", ()):
        driver.decode(earlier.get("topic", ""), message_of(earlier), retain=earlier.get("retain", False))
    if "error" in case:
        with pytest.raises(DecodeError, match=case["says"]) as caught:
            driver.decode(case.get("topic", ""), message_of(case))
        assert caught.value.reason == case["error"]
        return
    results = driver.decode(case.get("topic", ""), message_of(case), retain=case.get("retain", False))
    assert [shown(each) for each in results if isinstance(each, Reading)] == case["expect"]
    assert [each.text for each in results if isinstance(each, RejectedRecord)] == case.get("said", [])


def shown(reading):
    """Sensor, quantity, value, and whatever is not as usual."""
    at = reading.measured_at
    unusual = {
        "time": None if at is None else (EPOCH + timedelta(microseconds=at)).isoformat().replace("+00:00", "Z"),
        "battery": reading.battery,
        "quality": None if reading.quality.name == "GOOD" else reading.quality.name.lower(),
        "reason": reading.reason,
        "flags": "|".join(flag.name or "" for flag in Flag if flag & reading.flags) or None,
    }
    usual = {"sensor": reading.sensor, "quantity": reading.quantity.value, "value": reading.value}
    return usual | {name: value for name, value in unusual.items() if value is not None}


def sound(result):
    """What holds of whatever a format returns: no value without trust, no trust without value, all within bounds."""
    if isinstance(result, RejectedRecord):
        return result.reason in {"malformed", "name_mismatch", "unknown_model"} and result.text
    return (
        result.unit == UNIT_OF[result.quantity]
        and (result.value is None) == (result.quality.name == "BAD")
        and (result.value is None or math.isfinite(result.value))
        and (result.reason is None) == (result.quality.name == "GOOD")
        and (result.battery is None or 0 <= result.battery <= 100)
        and (result.measured_at is None or 946_684_800_000_000 <= result.measured_at < 2**58)
    )
