"""Damaged frames and messages of every protocol and format: no exception but the drivers' own, no number out of noise.

The count is hypothesis's usual one; `make fuzz` tries 20,000 for each.
"""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.reading import UNIT_OF, Quantity
from gateway.cli.offline.decode import NOTHING_ELSE, answer, formats, protocols
from gateway.haccp.limits.fields import Fields

CASES = Path(__file__).parents[2] / "drivers" / "cases"
# No byte of these frames can change and leave another weight: eight bits of checksum, or seven for seven-bit bytes.
CHECKED = ["cas-cmd", "cas-pos", "toledo-continuous", "yaohua-cmd", "yaohua-y0", "yaohua-y3"]
WORDS = {"good", "suspect", "fault", "history"}

pytestmark = pytest.mark.fuzz


def cases_of(name: str) -> list[dict[str, Any]]:
    stem = name.replace("modbus-rtu:", "modbus-").replace(":", "-")
    return [json.loads(line) for line in (CASES / f"{stem}.jsonl").read_text("utf-8").splitlines()]


def bytes_of(case: dict[str, Any]) -> bytes:
    return bytes.fromhex(case["hex"]) if case.get("hex") is not None else str(case["payload"]).encode()


Bytes = st.SearchStrategy[bytes]


def damaged(wholes: list[bytes]) -> Bytes:
    """Frames, one after another, of which bytes are changed, lost, doubled or new."""
    noise = st.binary(max_size=8)
    whole = st.sampled_from(wholes)
    at = st.integers(0, 80)
    changed = st.builds(lambda one, where, new: one[:where] + new + one[where + len(new) :], whole, at, noise)
    longer = st.builds(lambda one, where, new: one[:where] + new + one[where:], whole, at, noise)
    shorter = st.builds(lambda one, where, length: one[:where] + one[where + length :], whole, at, st.integers(1, 9))
    seven_bits = st.builds(lambda one: bytes(byte | byte.bit_count() % 2 << 7 for byte in one), whole)
    parts = st.lists(st.one_of(whole, changed, longer, shorter, seven_bits, st.binary(max_size=40)), max_size=4)
    return parts.map(b"".join)


def digits_of(text: str) -> str:
    """The digits of a number without zeros at its ends, which a scale may write as blanks or as the point's place."""
    return "".join(filter(str.isdigit, text)).strip("0")


def decoded(what: str, name: str, payload: bytes, case: dict[str, Any]) -> Any:
    settings = case.get("settings") or case.get("set") or {}
    asked = {what: name, "hex": payload.hex(), "set": settings, "topic": case.get("topic") or ""}
    told = answer(Fields(asked, folder=Path()))
    json.dumps(told, allow_nan=False)
    return told


@pytest.mark.parametrize("name", protocols())
@given(data=st.data())
def test_damaged_frames_of_a_scale_give_no_guessed_digit(name: str, data: st.DataObject) -> None:
    payload = data.draw(damaged([bytes_of(case) for case in cases_of(name)]))
    told = decoded("protocol", name, payload, {})
    weight = told["weight"]
    if weight is not None:
        written = payload.translate(None, b".,/[] ").decode("latin-1")
        assert digits_of(weight) in written or digits_of(weight)[::-1] in written
        assert told["error"] is None
        assert told["overload"] is False
    if told["error"] in NOTHING_ELSE:
        assert [told[key] for key in ("weight", "unit", "stable", "net", "overload")] == [*[None] * 4, False]


@pytest.mark.parametrize("name", CHECKED)
@given(data=st.data())
def test_a_checked_frame_of_which_a_byte_is_changed_is_no_other_weight(name: str, data: st.DataObject) -> None:
    frame = bytes_of(data.draw(st.sampled_from([case for case in cases_of(name) if case.get("clean")])))
    at, byte = data.draw(st.integers(0, len(frame) - 1)), data.draw(st.integers(0, 255))
    weight = decoded("protocol", name, frame, {})["weight"]
    found = decoded("protocol", name, frame[:at] + bytes((byte,)) + frame[at + 1 :], {})["weight"]
    assert found in {None, weight}


@pytest.mark.parametrize("name", formats())
@given(data=st.data())
def test_damaged_messages_are_readings_or_refused_in_words(name: str, data: st.DataObject) -> None:
    cases = [case for case in cases_of(name) if case.get("payload") is not None or case.get("hex") is not None]
    payload = data.draw(damaged([bytes_of(case) for case in cases]))
    told = decoded("format", name, payload, data.draw(st.sampled_from(cases)))
    if isinstance(told, dict):
        assert told["error"]
        assert told["message"]
        return
    for reading in told:
        assert reading["quality"] in WORDS
        assert (reading["value"] is None) == (reading["quality"] == "fault")
        assert reading["value"] is None or math.isfinite(reading["value"])
        assert (reading["reason"] is None) == (reading["quality"] in {"good", "history"})
        assert reading["quantity"] is None or reading["unit"] == UNIT_OF[Quantity(reading["quantity"])]
