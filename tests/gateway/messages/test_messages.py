"""What an alarm says, in both languages, and that no word is missing in one of them."""

import string
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.reading import Reason
from gateway.alarms.alarm import Alarm
from gateway.alarms.conditions import (
    batch_alarm,
    limit_alarm,
    past_system_alarm,
    recall_alarm,
    stale_alarm,
    stock_alarm,
    system_alarm,
    typed_alarm,
)
from gateway.alarms.kinds import AlarmLevel, SystemKind
from gateway.alarms.subjects import BatchSubject, ItemSubject, LotSubject, TypedSubject
from gateway.haccp.limits.kinds import BATCH_KINDS, POINT_KINDS
from gateway.haccp.rules.deviation import Deviation
from gateway.haccp.rules.holding import Side
from gateway.messages import CATALOGUE, Text
from gateway.messages.alarm_words import Names, words_of
from gateway.messages.words import clock, duration, number
from gateway.monitoring.batches.verdicts import LEVEL_OF, BatchReason

AT_0312 = 1_795_464_720_000_000  # 2026-11-24 03:12 in Jakarta
MINUTE = 60_000_000
JAKARTA = ZoneInfo("Asia/Jakarta")
NAMES = Names(
    points={"c1": {"id": "Chiller daging", "en": "Meat chiller"}},
    control_kinds={f"ccp-{kind}": kind for kind in POINT_KINDS},
    items={"rice": {"id": "Beras", "en": "Rice"}},
    zone=JAKARTA,
)


def said(alarm: Alarm, now: int = AT_0312, product: str | None = None) -> Text:
    return words_of(alarm, NAMES, now=now, product=product)


def both(indonesian: str, english: str) -> Text:
    return {"id": indonesian, "en": english}


def beyond(control: str, level: str, value: float, limit: float, returned_at: int | None = None) -> Alarm:
    deviation = Deviation(
        control=control,
        point="c1",
        level=level,
        side=Side.ABOVE,
        started_at=AT_0312,
        raised_at=AT_0312,
        returned_at=returned_at,
        value=value,
        limit=limit,
        worst=value,
    )
    return limit_alarm(deviation, known_at=AT_0312)


def limit_words(kind: str, level: str, value: float, limit: float, minutes: int = 0) -> Text:
    return said(beyond(f"ccp-{kind}", level, value, limit), now=AT_0312 + minutes * MINUTE)


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
            limit_words("cold_holding", "critical", 7.1, 5, 12),
            both(
                "Chiller daging: 7,1 °C, di atas batas 5 °C selama 12 menit — tutup pintu, periksa isi",
                "Meat chiller: 7.1 °C, above the limit of 5 °C for 12 minutes — close the door, check the food",
            ),
        ),
        (
            limit_words("hot_holding", "warning", 61.5, 63.0),
            both(
                "Chiller daging: 61,5 °C, di bawah batas peringatan 63 °C — periksa pemanas, ukur suhu makanan",
                "Meat chiller: 61.5 °C, below the warning limit of 63 °C — check the heater, measure the food",
            ),
        ),
        (
            limit_words("cold_holding", "warning", -17.0, -18.5, 61),
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
    assert f": {text} °C, di atas batas 5 °C" in limit_words("cold_holding", "critical", value, 5)["id"]


def test_a_limit_alarm_says_the_worst_value_and_how_long_it_lasted() -> None:
    alarm = msgspec.structs.replace(
        beyond("ccp-cold_holding.2", "critical", 6.0, 5.0), worst=9.3, returned_at=AT_0312 + 30 * MINUTE
    )
    assert "9.3 °C, above the limit of 5 °C for 30 minutes" in said(alarm, now=AT_0312 + 90 * MINUTE)["en"]


def test_a_limit_alarm_without_a_value_is_refused() -> None:
    with pytest.raises(ValueError, match="has a value and a limit"):
        said(msgspec.structs.replace(beyond("ccp-cold_holding", "critical", 6.0, 5.0), worst=None, value=None))


def test_what_has_left_the_plan_is_called_by_its_id_and_taken_for_cold_food() -> None:
    alarm = beyond("ccp-gone.low", "critical", 7.0, 5.0)
    gone = msgspec.structs.replace(alarm, subject=msgspec.structs.replace(alarm.subject, point="freezer-9"))
    assert said(gone)["en"] == "freezer-9: 7.0 °C, above the limit of 5 °C — close the door, check the food"


def test_a_silent_point_says_since_when() -> None:
    since = said(stale_alarm("c1", since=AT_0312, known_at=AT_0312, reason=None, guarded=True))
    assert since == both(
        "Chiller daging: tidak ada data sejak 03.12 — periksa alat dan kabel",
        "Meat chiller: no data since 03:12 — check the device and its cable",
    )


def test_a_broken_probe_is_called_broken() -> None:
    fault = said(stale_alarm("c1", since=AT_0312, known_at=AT_0312, reason=Reason.SENSOR_FAILURE, guarded=True))
    assert fault == both(
        "Chiller daging: probe rusak sejak 03.12 — periksa alat dan kabel",
        "Meat chiller: probe failure since 03:12 — check the device and its cable",
    )


def test_what_became_known_late_says_when_it_happened() -> None:
    late = said(beyond("ccp-cold_holding", "critical", 9, 5, returned_at=AT_0312))
    assert late["id"].endswith("(terjadi pukul 03.12, baru diketahui)")
    assert late["en"].endswith("(happened at 03:12, known only now)")


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_words(reason: Reason) -> None:
    alarm = said(stale_alarm("c1", since=AT_0312, known_at=AT_0312, reason=reason, guarded=True))
    assert "tidak ada data" in alarm["id"] or CATALOGUE["en"][f"reason.{reason}"] in alarm["en"]


@pytest.mark.parametrize("value", [4, 6])
@pytest.mark.parametrize("level", ["critical", "warning"])
@pytest.mark.parametrize("kind", POINT_KINDS)
def test_every_kind_of_control_has_words_on_both_sides(kind: str, level: str, value: float) -> None:
    words = limit_words(kind, level, value, 5)["en"]
    assert "limit of 5 " in words
    assert ("above the" if value > 5 else "below the") in words


def test_a_typed_temperature_is_said_to_be_one() -> None:
    alarm = typed_alarm(TypedSubject("ccp-1", "hot_holding", "c1"), at=AT_0312, value=55.0, limit=60.0)
    assert said(alarm) == both(
        "Chiller daging: 55,0 °C, di bawah batas 60 °C — periksa pemanas, ukur suhu makanan (termometer tangan)",
        "Meat chiller: 55.0 °C, below the limit of 60 °C — check the heater, measure the food (hand thermometer)",
    )


@pytest.mark.parametrize("control", BATCH_KINDS)
@pytest.mark.parametrize("reason", BatchReason)
def test_every_alarm_of_a_batch_has_words(reason: BatchReason, control: str) -> None:
    subject = BatchSubject("20261124-01", control)
    alarm = batch_alarm(subject, LEVEL_OF[reason], reason, since=AT_0312, known_at=AT_0312, late=True)
    told = said(msgspec.structs.replace(alarm, value=30.0), product="Beras")
    assert told["id"].startswith("Beras (20261124-01): ")
    assert told["en"].endswith("(happened at 03:12, known only now)")


def test_a_time_to_eat_by_is_told_as_a_time() -> None:
    subject = BatchSubject("b", "eat_by")
    alarm = batch_alarm(subject, AlarmLevel.WARNING, "eat_by_near", since=AT_0312, known_at=AT_0312)
    told = said(msgspec.structs.replace(alarm, value=30.0), product="Rice")
    assert told == both(
        "Rice (b): harus dimakan sebelum 03.42 — sajikan sekarang", "Rice (b): eat by 03:42 — serve it now"
    )


def test_an_alarm_of_a_batch_names_the_further_controls_that_are_not_met() -> None:
    subject = BatchSubject("b", "cooling", also=("exposure", "eat_by"))
    told = said(batch_alarm(subject, AlarmLevel.CRITICAL, "fail", since=AT_0312, known_at=AT_0312))
    assert told["en"].startswith("Batch (b): cooling not met")
    assert told["en"].endswith("(also not met: time in the danger zone, time to eat by)")


def test_nothing_recorded_says_since_when_and_to_use_paper() -> None:
    assert said(system_alarm(SystemKind.RECORDING_LOST, since=AT_0312, known_at=AT_0312)) == both(
        "Tidak ada yang dicatat sejak 03.12 — catat suhu di kertas, hubungi teknisi",
        "Nothing has been recorded since 03:12 — write temperatures on paper, call the technician",
    )


def test_a_gateway_that_was_off_over_midnight_names_both_days() -> None:
    since = AT_0312 - 4 * 60 * MINUTE
    assert said(past_system_alarm(SystemKind.GATEWAY_WAS_OFF, since=since, until=AT_0312)) == both(
        "Gateway mati dari 23 Nov 23.12 sampai 24 Nov 03.12 — ukur suhu makanan sekarang",
        "The gateway was off from 23 Nov 23:12 to 24 Nov 03:12 — measure the food now",
    )
    morning = said(past_system_alarm(SystemKind.GATEWAY_WAS_OFF, since=AT_0312, until=AT_0312 + MINUTE))
    assert morning["id"].startswith("Gateway mati dari 03.12 sampai 03.13")


@pytest.mark.parametrize("until", [None, AT_0312])
@pytest.mark.parametrize("kind", SystemKind)
def test_every_system_alarm_says_since_when_and_what_to_do(kind: SystemKind, until: int | None) -> None:
    alarm = system_alarm(kind, since=AT_0312, known_at=AT_0312, reason="a b")
    message = said(msgspec.structs.replace(alarm, returned_at=until))
    assert "03.12" in message["id"]
    assert " — " in message["en"]


def test_an_alarm_of_many_sensors_names_five_and_counts_the_others() -> None:
    alarm = system_alarm(SystemKind.CHECKS_DUE, since=AT_0312, known_at=AT_0312, reason="c1 b c d e f g")
    assert "since 24 Nov 03:12: Meat chiller, b, c, d, e and 2 more" in said(alarm)["en"]


def test_a_wrong_probe_says_how_many_batches_fail_by_it() -> None:
    alarm = recall_alarm("c1", "20261124-01", at=AT_0312)
    assert "Meat chiller: 1 past batches fail after all" in said(alarm)["en"]
    assert ": 20261124-01 — " in said(alarm)["en"]


@pytest.mark.parametrize(
    ("alarm", "expected"),
    [
        (
            stock_alarm(ItemSubject("rice"), AlarmLevel.LOW_STOCK, at=1, value=7.5, limit=20.0, reason="2.5"),
            "Rice: 7.5 kg available, reorder point 20 kg, enough for 2.5 days — order now",
        ),
        (
            stock_alarm(ItemSubject("salt"), AlarmLevel.LOW_STOCK, at=1, value=7.5, limit=20.0),
            "salt: 7.5 kg available, reorder point 20 kg — order now",
        ),
        (
            stock_alarm(ItemSubject("rice"), AlarmLevel.DRIFT, at=1, value=0.4, limit=0.2, reason="s1"),
            "Rice: the scale s1 drifted by 0.4 kg today — check its zero",
        ),
        (
            stock_alarm(LotSubject("rice", "L7"), AlarmLevel.EXPIRING, at=1, value=3.0, reason="2026-12-03"),
            "Rice, lot L7: 3 kg good until 3 Dec 2026 — use it first",
        ),
        (
            stock_alarm(LotSubject("rice", "L7"), AlarmLevel.EXPIRED, at=1, value=3.0),
            "Rice, lot L7: 3 kg past ? — do not cook it, weigh it as waste",
        ),
    ],
)
def test_a_stock_alarm_says_how_much_is_left_and_what_to_do(alarm: Alarm, expected: str) -> None:
    assert said(alarm)["en"] == expected


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
