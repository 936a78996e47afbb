"""What the bus remembers of one device: how rarely a silent one is polled, and which responses it still owes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.bus.station import LOST_AFTER, RAREST_TURN, BusRequest, Station
from drivers.contract import BusResponse
from drivers.errors import DecodeError

PING, PONG, OTHER = b"ping", b"pong", b"other"


class Echo:
    """A device whose response to a request is the request itself."""

    device = "echo"
    silent_requests = frozenset([OTHER])

    def requests(self):
        return [PING, PONG]

    def find_response(self, request, received, _at):
        start = received.find(request)
        return None if start < 0 else BusResponse(results=[], start=start, end=start + len(request))

    def explain(self, _request, received):
        return DecodeError("no echo", raw=received)

    def lost_readings(self):
        return []


def turns_skipped(misses: int) -> int:
    """Turns that a device rests after its misses."""
    station = Station(Echo(), misses=misses)
    station.rest()
    return station.resting


def test_a_device_that_missed_little_is_polled_at_every_turn():
    assert [turns_skipped(misses) for misses in range(LOST_AFTER - 1)] == [0] * (LOST_AFTER - 1)


def test_a_silent_device_is_polled_at_every_second_fourth_and_eighth_turn():
    assert [turns_skipped(LOST_AFTER - 1 + more) for more in range(5)] == [1, 3, 7, 7, 7]


@given(st.integers(0, 10_000))
def test_however_long_it_is_silent_it_is_polled_again(misses):
    assert 0 <= turns_skipped(misses) < RAREST_TURN


def test_a_new_station_owes_nothing_and_has_counted_nothing():
    station = Station(Echo())
    assert (station.owed, station.sent, station.misses, station.resting) == ({}, set(), 0, 0)
    counts = station.statistics
    assert [getattr(counts, name) for name in counts.__slots__] == [0] * len(counts.__slots__)


@pytest.mark.parametrize(("before", "owed"), [(10.0, {PING, PONG}), (10.1, {PONG}), (20.0, {PONG}), (20.1, set())])
def test_a_response_is_owed_for_a_while(before, owed):
    station = Station(Echo(), owed={PING: 10.0, PONG: 20.0})
    station.forget_owed(before=before)
    assert set(station.owed) == owed


@pytest.mark.parametrize(
    ("sent", "owed", "received", "rivals"),
    [
        ({PING, PONG}, {PONG: 1.0}, b"ping pong", {PONG}),
        ({PING, PONG}, {PONG: 1.0}, b"ping", set()),
        ({PING, PONG}, {}, b"ping pong", set()),
        ({PING}, {PONG: 1.0}, b"ping pong", set()),
        ({PING, PONG, OTHER}, {PING: 1.0}, b"ping pong other", {PONG, OTHER}),
    ],
)
def test_bytes_are_ambiguous_only_while_something_is_owed(sent, owed, received, rivals):
    station = Station(Echo(), sent=sent, owed=owed)
    assert station.rivals_of(PING, received, 0) == rivals


def test_a_request_knows_its_device_and_whether_silence_is_a_response():
    station = Station(Echo())
    assert BusRequest(station, PING).device == "echo"
    assert [BusRequest(station, frame).may_be_silent for frame in (PING, OTHER)] == [False, True]
