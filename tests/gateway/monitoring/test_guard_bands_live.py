"""A probe's uncertainty moves the verdicts of batches as `judge` does, and no alarm."""

from pathlib import Path

import msgspec
import pytest
from food_rig import MINUTE, NOW, PLAN, FoodRig, measured, verdict

from drivers.reading import Quality, Reason
from gateway.config import ConfigError, parse
from gateway.records.commands import RefusedError
from gateway.records.quality import JUDGED_ALTHOUGH_UNCERTAIN

UNCERTAIN = PLAN.replace("measures: food, room: hall", "measures: food, room: hall, uncertainty: 0.5")


@pytest.fixture
def gateway(tmp_path: Path) -> FoodRig:
    return FoodRig(tmp_path, config=parse(UNCERTAIN, Path("kitchen.yaml")))


def core(gateway: FoodRig, peak: float, minute: int = 0) -> str:
    """A batch whose core rose to its peak, ten minutes long, and is closed."""
    at = NOW + minute * MINUTE
    said = {"product": "Ayam", "point": "pot", "food": "poultry", "controls": ["cooking"]}
    batch = str(gateway.say("batch_open", at, **said)["id"])
    now = gateway.take([measured(minute + half / 2, min(peak, 60 + half)) for half in range(40)])
    gateway.say("batch_close", now, batch=batch)
    return batch


@pytest.mark.parametrize(
    ("peak", "outcome"), [(74.4, "INDETERMINATE"), (74.5, "PASS"), (73.6, "INDETERMINATE"), (73.4, "FAIL")]
)
def test_the_verdict_of_a_batch_is_the_one_of_judge_with_the_points_uncertainty(
    gateway: FoodRig, peak: float, outcome: str
) -> None:
    found = verdict(gateway.batch_of(core(gateway, peak)), "cooking")
    assert found["verdict"] == outcome
    assert found["measures"]["uncertainty"]["value"] == 0.5
    assert ("within the uncertainty of ±0.5 of a limit" in found["reasons"]) is (outcome == "INDETERMINATE")


@pytest.mark.parametrize(("peak", "alarms"), [(73.9, ["critical"]), (74.1, [])])
def test_an_alarm_compares_the_reading_itself(gateway: FoodRig, peak: float, alarms: list[str]) -> None:
    assert verdict(gateway.batch_of(core(gateway, peak)), "cooking")["verdict"] == "INDETERMINATE"
    assert [alarm.level for alarm in gateway.alarms()] == alarms


def check(gateway: FoodRig, minute: int, **args: object) -> dict[str, object]:
    return gateway.say("calibration_check", NOW + minute * MINUTE, point="pot", **args)


@pytest.mark.parametrize("restarts", [False, True])
def test_after_a_good_check_the_uncertainty_is_the_one_of_the_check(gateway: FoodRig, restarts: bool) -> None:
    assert verdict(gateway.batch_of(core(gateway, 74.3)), "cooking")["verdict"] == "INDETERMINATE"
    told = check(gateway, 30, ice=[0.0, 0.02, -0.02, 0.0])
    assert told["uncertainty"] == pytest.approx(0.066, abs=0.001)
    if restarts:
        gateway.restart(NOW + 31 * MINUTE)
    found = verdict(gateway.batch_of(core(gateway, 74.3, 40)), "cooking")
    assert (found["verdict"], found["measures"]["uncertainty"]["value"]) == ("PASS", told["uncertainty"])


def test_what_a_check_leaves_uncorrected_is_uncertainty_and_a_certificate_says_it_better(gateway: FoodRig) -> None:
    assert check(gateway, 1, ice=[0.2, 0.2, 0.2])["uncertainty"] == pytest.approx(0.26)
    assert check(gateway, 2, ice=[0.5, 0.5, 0.5])["uncertainty"] == pytest.approx(0.06)
    assert check(gateway, 3, ice=[0.5, 0.5, 0.5], uncertainty=0.15)["uncertainty"] == 0.15
    with pytest.raises(RefusedError, match="'uncertainty' is in K"):
        check(gateway, 4, ice=[0.5, 0.5, 0.5], uncertainty=-1)


def test_an_uncertainty_of_anything_but_a_temperature_is_refused_with_its_line() -> None:
    wrong = PLAN.replace(
        "quantity: temperature, interval: 30s}\n", "quantity: humidity, interval: 30s, uncertainty: 2}\n"
    )
    with pytest.raises(ConfigError, match=r'points\[2\].uncertainty.*"hall" measures humidity'):
        parse(wrong, Path("kitchen.yaml"))


@pytest.mark.parametrize("reason", sorted(JUDGED_ALTHOUGH_UNCERTAIN))
def test_a_verdict_names_the_readings_that_are_judged_although_they_are_uncertain(
    gateway: FoodRig, reason: Reason
) -> None:
    batch = str(gateway.say("batch_open", NOW, product="Ayam", point="pot", controls=["cooking", "exposure"])["id"])
    doubted = {"quality": Quality.UNCERTAIN, "reason": reason}
    gateway.take([measured(half / 2, 80.0) for half in range(10)])
    gateway.take([msgspec.structs.replace(measured(5 + half / 2, 80.0), **doubted) for half in range(7)])
    for control in ("cooking", "exposure"):
        told = [one["id"] for one in verdict(gateway.batch_of(batch), control)["told"]]
        assert any(text.startswith("7 pembacaan") for text in told)
    gateway.restart(NOW + 9 * MINUTE)
    gateway.settle(NOW + 9 * MINUTE)
    assert any(one.startswith("7 readings") for one in verdict(gateway.batch_of(batch), "cooking")["reasons"])


def test_a_verdict_of_a_doubted_span_names_the_doubt(gateway: FoodRig) -> None:
    """The probe is found 2 K wrong: its readings since the last good check are doubted, the verdict superseded."""
    batch = core(gateway, 80.0)
    before = verdict(gateway.batch_of(batch), "cooking")
    check(gateway, 30, ice=[2.0, 2.0, 2.0])
    after = verdict(gateway.batch_of(batch), "cooking")
    assert (before["verdict"], after["verdict"]) == ("PASS", "PASS")
    assert after["key"] != before["key"]
    assert "40 readings of a probe whose calibration is doubted" in after["reasons"]


def test_a_verdict_names_the_readings_of_a_probe_that_was_due_for_its_check_and_stands(
    gateway: FoodRig,
) -> None:
    batch = str(gateway.say("batch_open", NOW, product="Ayam", point="pot", controls=["cooking"])["id"])
    gateway.take([measured(half / 2, 80.0) for half in range(10)])
    gateway.give("probe_dropped", NOW + 5 * MINUTE, point="pot")
    gateway.take([measured(5 + half / 2, 80.0) for half in range(7)])
    told = "7 readings of a probe that was due for its check"
    found = verdict(gateway.batch_of(batch), "cooking")
    assert (found["verdict"], found["reasons"]) == ("PASS", [told])
    gateway.restart(NOW + 9 * MINUTE)
    gateway.settle(NOW + 9 * MINUTE)
    assert told in verdict(gateway.batch_of(batch), "cooking")["reasons"]
