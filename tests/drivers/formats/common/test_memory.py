"""What a format remembers is bounded, and a lost device is missed channel by channel."""

from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import RejectedRecord
from drivers.formats.common.memory import LONGEST, MOST_CHANNELS, BoundedDict, KnownChannels, missing
from drivers.reading import Quality, Quantity, Reading, Reason


def reading(device: str, channel: str = "T", quantity: Quantity = Quantity.TEMPERATURE) -> Reading:
    return Reading(device=device, channel=channel, quantity=quantity, value=4.0, unit="Cel")


@given(st.lists(st.tuples(st.integers(0, 9), st.integers()), max_size=60), st.integers(1, 5))
def test_the_entries_that_stay_are_those_that_were_put_last(entries, most):
    memory: BoundedDict[int, int] = BoundedDict(most)
    for key, value in entries:
        memory.put(key, value)
    latest = list(dict.fromkeys(key for key, _ in reversed(entries)))[:most]
    assert set(memory) == set(latest)
    assert all(memory.get(key) == dict(entries)[key] for key in latest)


def test_an_entry_that_is_put_again_is_young_again():
    memory: BoundedDict[str, int] = BoundedDict(2)
    for key in ("a", "b", "a", "c"):
        memory.put(key, 1)
    assert [*memory] == ["a", "c"]


def test_a_key_that_is_too_long_to_be_a_name_is_not_remembered():
    memory: BoundedDict[str, int] = BoundedDict()
    memory.put("x" * LONGEST, 1)
    memory.put("x" * (LONGEST + 1), 2)
    assert [len(key) for key in memory] == [LONGEST]


def test_everything_can_be_forgotten():
    memory: BoundedDict[str, int] = BoundedDict()
    memory.put("a", 1)
    memory.forget()
    assert (memory.get("a"), [*memory]) == (None, [])


def test_a_lost_device_loses_each_channel_that_it_has_published_once():
    channels = KnownChannels()
    channels.note([reading("a", "T"), reading("a", "RH", Quantity.HUMIDITY), reading("b"), reading("a", "T")])
    lost = channels.lost("a")
    assert [(each.sensor, each.quantity, each.value) for each in lost] == [
        ("a/T", Quantity.TEMPERATURE, None),
        ("a/RH", Quantity.HUMIDITY, None),
    ]
    assert {(each.quality, each.reason) for each in lost} == {(Quality.BAD, Reason.NO_COMMUNICATION)}
    assert {each.sensor for each in channels.all_lost()} == {"a/T", "a/RH", "b/T"}


def test_a_device_that_nobody_knows_loses_nothing():
    assert KnownChannels().lost("a") == []


def test_a_rejected_record_is_no_channel():
    channels = KnownChannels()
    channels.note([RejectedRecord(device="a", name="T", reason=Reason.MALFORMED, text="no number")])
    assert channels.lost("a") == []


def test_channels_without_end_are_not_remembered():
    channels = KnownChannels()
    channels.note([reading("a", f"ch{number}") for number in range(MOST_CHANNELS + 50)])
    channels.note([reading("a", "x" * (LONGEST + 1))])
    assert len(channels.lost("a")) == MOST_CHANNELS


def test_a_missing_value_is_bad_in_the_unit_of_its_quantity():
    lost = missing("scale-1", "weight", Quantity.WEIGHT, Reason.NOT_CONNECTED)
    assert (lost.sensor, lost.unit, lost.value) == ("scale-1/weight", "kg", None)
    assert (lost.quality, lost.reason) == (Quality.BAD, Reason.NOT_CONNECTED)
