"""What an alarm or a movement says, in both languages, and that no word is missing in one of them."""

import string
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.reading import Reason
from gateway.haccp.limits.kinds import BATCH_KINDS, POINT_KINDS
from gateway.messages import (
    CATALOGUE,
    SystemKind,
    Text,
    batch_message,
    limit_message,
    movement_message,
    silence_message,
    system_message,
)
from gateway.messages.words import clock, duration, number
from gateway.monitoring.batches.verdicts import BatchReason

JAKARTA = ZoneInfo("Asia/Jakarta")
CHILLER: Text = {"id": "Chiller daging", "en": "Meat chiller"}
RICE: Text = {"id": "Beras", "en": "Rice"}
AT_0312 = 1_795_464_720_000_000  # 2026-11-24 03:12 in Jakarta


def both(indonesian: str, english: str) -> Text:
    return {"id": indonesian, "en": english}


def limit_alarm(kind: str, level: str, value: float, limit: float, minutes: int | None = None) -> Text:
    return limit_message(
        level, point_name=CHILLER, zone=JAKARTA, control_kind=kind, value=value, limit=limit, minutes=minutes
    )


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def test_both_languages_say_the_same_things_about_the_same_facts() -> None:
    assert CATALOGUE["id"].keys() == CATALOGUE["en"].keys()
    for key, template in CATALOGUE["id"].items():
        assert fields(template) == fields(CATALOGUE["en"][key]), key


@pytest.mark.parametrize(
    ("alarm", "expected"),
    [
        (
            limit_alarm("cold_holding", "critical", 7.1, 5, 12),
            both(
                "Chiller daging: 7,1 °C, di atas batas 5 °C selama 12 menit — tutup pintu, periksa isi",
                "Meat chiller: 7.1 °C, above the limit of 5 °C for 12 minutes — close the door, check the food",
            ),
        ),
        (
            limit_alarm("hot_holding", "warning", 61.5, 63.0, 0),
            both(
                "Chiller daging: 61,5 °C, di bawah batas peringatan 63 °C — periksa pemanas, ukur suhu makanan",
                "Meat chiller: 61.5 °C, below the warning limit of 63 °C — check the heater, measure the food",
            ),
        ),
        (
            limit_alarm("cold_holding", "warning", -17.0, -18.5, 61),
            both(
                "Chiller daging: −17,0 °C, di atas batas peringatan −18,5 °C selama 1 jam 1 menit"
                " — tutup pintu, periksa isi",
                "Meat chiller: −17.0 °C, above the warning limit of −18.5 °C for 1 hour 1 minute"
                " — close the door, check the food",
            ),
        ),
    ],
)
def test_a_limit_alarm_says_value_limit_time_and_what_to_do_first(alarm: Text, expected: Text) -> None:
    assert alarm == expected


@pytest.mark.parametrize(("value", "text"), [(5.04, "5,04"), (5.004, "5,004"), (5.06, "5,1"), (5.0, "5")])
def test_a_value_beyond_its_limit_never_reads_as_the_limit(value: float, text: str) -> None:
    assert f": {text} °C, di atas batas 5 °C" in limit_alarm("cold_holding", "critical", value, 5)["id"]


def test_a_silent_point_says_since_when() -> None:
    since = silence_message(point_name=CHILLER, zone=JAKARTA, since=AT_0312, reason=None)
    assert since == both(
        "Chiller daging: tidak ada data sejak 03.12 — periksa alat dan kabel",
        "Meat chiller: no data since 03:12 — check the device and its cable",
    )
    never = silence_message(point_name=CHILLER, zone=JAKARTA, since=None, reason=None)
    assert never["en"] == "Meat chiller: no data yet — check the device and its cable"


def test_a_broken_probe_is_called_broken() -> None:
    fault = silence_message(point_name=CHILLER, zone=JAKARTA, since=AT_0312, reason=Reason.SENSOR_FAILURE)
    assert fault == both(
        "Chiller daging: probe rusak sejak 03.12 — periksa alat dan kabel",
        "Meat chiller: probe failure since 03:12 — check the device and its cable",
    )


def test_what_became_known_late_says_when_it_happened() -> None:
    late = limit_message(
        "critical", point_name=CHILLER, zone=JAKARTA, control_kind="cold_holding", value=9, limit=5,
        late_at=AT_0312,
    )  # fmt: skip
    assert late["id"].endswith("(terjadi pukul 03.12, baru diketahui)")
    assert late["en"].endswith("(happened at 03:12, known only now)")


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_words(reason: Reason) -> None:
    alarm = silence_message(point_name=CHILLER, zone=JAKARTA, since=AT_0312, reason=reason)
    assert "tidak ada data" in alarm["id"] or CATALOGUE["en"][f"reason.{reason}"] in alarm["en"]


@pytest.mark.parametrize("value", [4, 6])
@pytest.mark.parametrize("level", ["critical", "warning"])
@pytest.mark.parametrize("kind", POINT_KINDS)
def test_every_kind_of_control_has_words_on_both_sides(kind: str, level: str, value: float) -> None:
    said = limit_alarm(kind, level, value, 5)["en"]
    assert "5 °C" in said
    assert ("above" if value > 5 else "below") in said


@pytest.mark.parametrize("control", BATCH_KINDS)
@pytest.mark.parametrize("reason", BatchReason)
def test_every_alarm_of_a_batch_has_words(reason: BatchReason, control: str) -> None:
    told = batch_message(reason, name=RICE, control=control, at=AT_0312, zone=JAKARTA, minutes=30.0, late=True)
    assert told["id"].startswith("Beras: ")
    assert told["en"].endswith("(happened at 03:12, known only now)")


def test_a_time_to_eat_by_is_told_as_a_time() -> None:
    told = batch_message("eat_by_near", name=RICE, control="eat_by", at=AT_0312, zone=JAKARTA, minutes=30.0)
    assert told == both("Beras: harus dimakan sebelum 03.42 — sajikan sekarang", "Rice: eat by 03:42 — serve it now")


def test_nothing_recorded_says_since_when_and_to_use_paper() -> None:
    assert system_message(SystemKind.RECORDING_LOST, zone=JAKARTA, since=AT_0312) == both(
        "Tidak ada yang dicatat sejak 03.12 — catat suhu di kertas, hubungi teknisi",
        "Nothing has been recorded since 03:12 — write temperatures on paper, call the technician",
    )


def test_a_gateway_that_was_off_over_midnight_names_both_days() -> None:
    since = AT_0312 - 4 * 3600 * 1_000_000
    assert system_message(SystemKind.GATEWAY_WAS_OFF, zone=JAKARTA, since=since, until=AT_0312) == both(
        "Gateway mati dari 23 Nov 23.12 sampai 24 Nov 03.12 — ukur suhu makanan sekarang",
        "The gateway was off from 23 Nov 23:12 to 24 Nov 03:12 — measure the food now",
    )
    morning = system_message(SystemKind.GATEWAY_WAS_OFF, zone=JAKARTA, since=AT_0312, until=AT_0312 + 60_000_000)
    assert morning["id"].startswith("Gateway mati dari 03.12 sampai 03.13")


@pytest.mark.parametrize("until", [None, AT_0312])
@pytest.mark.parametrize("kind", SystemKind)
def test_every_system_alarm_says_since_when_and_what_to_do(kind: SystemKind, until: int | None) -> None:
    message = system_message(kind, zone=JAKARTA, since=AT_0312, until=until)
    assert "03.12" in message["id"]
    assert " — " in message["en"]


def test_a_movement_says_what_came_in_and_what_the_scale_showed() -> None:
    weights = {"quantity": Decimal("25.00"), "before": Decimal("12.00"), "after": Decimal("37.00")}
    assert movement_message("receipt", item_name=RICE, **weights) == both(
        "Beras: masuk 25,00 kg (sebelum 12,00, sesudah 37,00 kg)",
        "Rice: 25.00 kg received (before 12.00, after 37.00 kg)",
    )
    issue = movement_message(
        "issue", item_name=RICE, quantity=Decimal("-2.50"), before=Decimal("37.00"), after=Decimal("34.50")
    )
    assert issue["en"] == "Rice: 2.50 kg issued (before 37.00, after 34.50 kg)"
    opening = movement_message("opening", item_name=RICE, quantity=Decimal("12.00"))
    assert opening["id"] == "Beras: stok awal 12,00 kg"


@pytest.mark.parametrize(
    ("minutes", "text"), [(0, "0 minutes"), (1, "1 minute"), (60, "1 hour"), (125, "2 hours 5 minutes")]
)
def test_minutes_in_words(minutes: int, text: str) -> None:
    assert duration(minutes)["en"] == text


@given(st.integers(min_value=0, max_value=4_000_000_000_000_000))
def test_a_clock_time_is_the_kitchens(at: int) -> None:
    minutes = (at // 60_000_000 + 7 * 60) % (24 * 60)
    assert clock(at, JAKARTA)["id"] == f"{minutes // 60:02}.{minutes % 60:02}"


@given(st.floats(min_value=-1e6, max_value=1e6))
def test_a_number_reads_back_in_both_languages(value: float) -> None:
    text = number(value)
    assert float(text["en"].replace("−", "-")) == value
    assert text["id"].replace(",", ".") == text["en"]
