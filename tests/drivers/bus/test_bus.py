"""One question at a time on a shared line: no answer ever counts for another question."""

from collections import Counter
from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.bus.bus import Bus
from drivers.contract import Trouble
from drivers.errors import ConfigurationError
from drivers.framing import crc16_modbus
from drivers.probes.modbus import ModbusDevice
from drivers.probes.register_map import load_map, parse_map
from drivers.reading import Quality, Reading, Reason

AT = 1_764_000_000_000_000
TWO_BLOCKS = """
name: two-blocks
registers:
  - {channel: near, quantity: temperature, unit: Cel, function: 4, address: 1, type: int16}
  - {channel: far, quantity: temperature, unit: Cel, function: 4, address: 100, type: int16}
"""


def frame(text: str) -> bytes:
    return bytes.fromhex(text) + crc16_modbus(bytes.fromhex(text))


def value_of(slave: int, address: int) -> int:
    return slave * 1000 + address


class Wire:
    """A line with slaves whose answers take as long as the test says; time is a number that the test moves."""

    def __init__(self, *slaves: int, register_map: str = "", **settings: float) -> None:
        one = parse_map(register_map) if register_map else load_map("xy-md02")
        self.bus = Bus([ModbusDevice(f"slave-{slave}", one, slave=slave) for slave in slaves], **settings)
        self.now = 100.0
        self.results: list[Reading | Trouble] = []
        self.asked: list[tuple[float, int]] = []
        self.coming: list[tuple[float, bytes]] = []

    def answer_of(self, question: bytes) -> bytes:
        slave, function, first, count = question[0], question[1], question[3], question[5]
        values = [value_of(slave, address) for address in range(first, first + count)]
        head = pack(">BBB", slave, function, 2 * count) + b"".join(pack(">h", value) for value in values)
        return head + crc16_modbus(head)

    def run(self, seconds: float, latencies: list[float | None], echo: bool = False) -> None:
        """Let time pass; the n-th question is answered after the n-th latency, None is never."""
        end = self.now + seconds
        while self.now < end:
            if (question := self.bus.next_request(self.now)) is not None:
                self.asked.append((self.now, question[0]))
                latency = latencies[(len(self.asked) - 1) % len(latencies)]
                if echo:
                    self.coming.append((self.now + 0.001, question))
                if latency is not None:
                    self.coming.append((self.now + latency, self.answer_of(question)))
            self.now += 0.002
            arrived = sorted(each for each in self.coming if each[0] <= self.now)
            self.coming = [each for each in self.coming if each[0] > self.now]
            self.hear(b"".join(answer for _, answer in arrived))

    def poll(self, latency: float | None, *slaves: int, echo: bool = False) -> None:
        for slave in slaves:
            self.bus.schedule(f"slave-{slave}")
        self.run(1.2, [latency], echo)

    def hear(self, chunk: bytes) -> None:
        self.results += self.bus.receive_data(chunk, AT, self.now)

    @property
    def kinds(self) -> Counter[str]:
        return Counter(str(each.kind) for each in self.results if isinstance(each, Trouble))

    @property
    def readings(self) -> list[Reading]:
        return [each for each in self.results if isinstance(each, Reading)]


prompt, slow, never = st.floats(0.004, 0.09), st.floats(0.11, 0.95), st.none()


@given(st.lists(st.one_of(prompt, slow, never), min_size=1, max_size=12), st.booleans())
def test_a_late_answer_is_never_taken_for_the_next_question(latencies, echo):
    """Two slaves, each with two questions of the same shape: every value is that of its own register."""
    wire = Wire(1, 2, register_map=TWO_BLOCKS, timeout=0.1, slowest=1.0)
    for _ in range(6):
        wire.bus.schedule("slave-1")
        wire.bus.schedule("slave-2")
        wire.run(1.5, latencies, echo)
    address = {"near": 1, "far": 100}
    for reading in wire.readings:
        slave = int(reading.device.removeprefix("slave-"))
        assert reading.value in {None, value_of(slave, address[reading.channel])}
    for station in wire.bus.statistics.values():
        settled = station.answered + station.no_reply
        assert settled <= station.asked <= settled + station.late + 1
        assert station.late <= 2 * station.no_reply


@given(st.lists(st.floats(0.004, 5.0), min_size=1, max_size=12))
def test_slaves_slower_than_any_limit_never_swap_their_values(latencies):
    wire = Wire(1, 2, timeout=0.1, slowest=0.3)
    for _ in range(8):
        wire.bus.schedule("slave-1")
        wire.bus.schedule("slave-2")
        wire.run(1.0, latencies)
    for reading in wire.readings:
        slave = int(reading.device.removeprefix("slave-"))
        assert reading.value is None or slave * 100 <= reading.value < slave * 100 + 1


@given(st.floats(0.11, 1.1), st.lists(st.none() | st.floats(0.004, 0.09), max_size=4))
def test_a_slave_slower_than_any_limit_never_swaps_its_own_registers(latency, before):
    """Two questions whose answers look the same: nothing but the time tells them apart."""
    wire = Wire(1, register_map=TWO_BLOCKS, timeout=0.1, slowest=0.3)
    for latencies in (before or [0.01], [latency]):
        for _ in range(8):
            wire.bus.schedule("slave-1")
            wire.run(2.5, latencies)
    address = {"near": 1, "far": 100}
    assert all(each.value in {None, value_of(1, address[each.channel])} for each in wire.readings)


def test_a_slave_that_missed_a_question_is_believed_again_after_one_more():
    wire = Wire(1, register_map=TWO_BLOCKS, timeout=0.1, slowest=0.3)
    wire.bus.schedule("slave-1")
    wire.run(0.5, [0.01, None])
    wire.bus.schedule("slave-1")
    wire.run(2.0, [0.01])
    assert wire.kinds == {"no_reply": 1, "late_reply": 1}
    before = len(wire.readings)
    wire.bus.schedule("slave-1")
    wire.run(2.0, [0.01])
    assert [each.value for each in wire.readings[before:]] == [value_of(1, 1), value_of(1, 100)]


def test_after_a_time_out_nothing_is_asked_until_the_slowest_could_have_answered():
    wire = Wire(1, 2, timeout=0.1, slowest=0.5)
    wire.bus.schedule("slave-1")
    wire.bus.schedule("slave-2")
    wire.run(1.5, [None])
    (first, second) = wire.asked
    assert second[0] - first[0] >= 0.5


def test_a_late_answer_is_counted_and_frees_the_line():
    wire = Wire(1, 2, timeout=0.1, slowest=1.0)
    wire.bus.schedule("slave-1")
    wire.bus.schedule("slave-2")
    wire.run(1.0, [0.2, 0.01])
    assert wire.kinds == {"no_reply": 1, "late_reply": 1}
    assert {reading.device for reading in wire.readings} == {"slave-2"}
    assert wire.asked[1][0] - wire.asked[0][0] < 0.3


def test_questions_keep_a_silence_of_three_and_a_half_characters():
    wire = Wire(1, 2, baud=1200)
    wire.bus.schedule("slave-1")
    wire.bus.schedule("slave-2")
    wire.run(0.5, [0.02])
    (first, second) = wire.asked
    assert second[0] - first[0] >= 0.02 + 3.5 * 11 / 1200


def test_an_echoing_adapter_changes_nothing():
    wire = Wire(1)
    wire.poll(0.05, 1, echo=True)
    assert len(wire.readings) == 2
    assert not wire.kinds
    wire.poll(None, 1, echo=True)
    assert wire.kinds == {"no_reply": 1}


def test_a_slave_that_is_lost_says_so_once_and_leaves_the_line_to_the_others():
    wire = Wire(1, 2, timeout=0.1, slowest=0.2)
    for _ in range(60):
        wire.poll(None, 1)
    dead = wire.bus.statistics["slave-1"]
    assert 8 <= dead.asked <= 3 + 60 // 6
    bad = [(each.channel, each.quality, each.reason) for each in wire.readings]
    assert bad == [(channel, Quality.BAD, Reason.NO_COMMUNICATION) for channel in ("T", "RH")]


def test_a_slave_that_is_back_is_asked_at_every_turn_again():
    wire = Wire(1, timeout=0.1, slowest=0.2)
    for _ in range(20):
        wire.poll(None, 1)
    for _ in range(10):
        wire.poll(0.02, 1)
    before = wire.bus.statistics["slave-1"].answered
    wire.poll(0.02, 1)
    assert wire.bus.statistics["slave-1"].answered == before + 1


def test_a_wrong_checksum_is_no_reading_and_the_next_answer_is():
    wire = Wire(1, timeout=0.1, slowest=0.2)
    wire.bus.schedule("slave-1")
    assert wire.bus.next_request(wire.now) is not None
    wire.hear(bytes.fromhex("01 04 04 01 31 02 22 2a cf"))
    wire.run(0.5, [None])
    assert (wire.readings, wire.kinds) == ([], {"checksum": 1})
    wire.poll(0.02, 1)
    assert len(wire.readings) == 2


def test_an_answer_that_has_begun_in_time_may_end_after_the_time_out():
    wire = Wire(1, timeout=0.1, slowest=1.0)
    wire.bus.schedule("slave-1")
    question = wire.bus.next_request(wire.now)
    assert question is not None
    for byte in wire.answer_of(question):
        wire.now += 0.03
        wire.hear(bytes((byte,)))
    assert len(wire.readings) == 2


def test_noise_before_the_first_question_is_told_and_does_not_block_the_line():
    wire = Wire(1)
    wire.hear(b"\0\0\x7f\x7f")
    wire.poll(0.02, 1)
    assert wire.kinds == {"framing": 1}
    assert len(wire.readings) == 2


def test_a_device_whose_question_still_waits_is_not_asked_twice():
    wire = Wire(1, 2)
    for _ in range(5):
        wire.bus.schedule("slave-1")
    wire.run(1.0, [0.02])
    assert len(wire.asked) == 1


def test_a_refusal_is_counted_and_is_no_silence():
    wire = Wire(1)
    wire.bus.schedule("slave-1")
    wire.bus.next_request(wire.now)
    wire.hear(frame("018402"))
    assert wire.bus.statistics["slave-1"].exceptions == 1
    assert wire.kinds == {"exception": 1}


def test_a_line_that_was_lost_forgets_its_questions():
    wire = Wire(1)
    wire.bus.schedule("slave-1")
    question = wire.bus.next_request(wire.now)
    assert question is not None
    wire.bus.reset()
    wire.now += 1
    wire.hear(wire.answer_of(question))
    wire.run(0.1, [None])
    assert wire.readings == []


def test_two_devices_of_one_name_are_refused():
    with pytest.raises(ConfigurationError, match="same id"):
        Wire(1, 1)


def test_a_bus_without_devices_is_refused():
    with pytest.raises(ConfigurationError, match="a bus without devices"):
        Bus([])


@pytest.mark.parametrize(("baud", "silence"), [(1200, 3.5 * 11 / 1200), (9600, 3.5 * 11 / 9600), (38_400, 0.00175)])
def test_the_silence_before_a_request_is_three_and_a_half_characters_or_1_75_ms(baud, silence):
    wire = Wire(1, baud=baud)
    wire.hear(b"\0")
    wire.bus.schedule("slave-1")
    assert wire.bus.seconds_to_wait(wire.now) == pytest.approx(silence)
    wire.now += silence * 0.9
    wire.hear(b"")
    assert wire.bus.next_request(wire.now) is None
    wire.now += silence * 0.2
    wire.hear(b"")
    assert wire.bus.next_request(wire.now) is not None


def test_an_idle_bus_waits_for_the_next_turn_and_a_waiting_one_for_its_time_out():
    wire = Wire(1, timeout=0.3, slowest=1.0)
    assert wire.bus.seconds_to_wait(wire.now) is None
    wire.bus.schedule("slave-1")
    assert wire.bus.seconds_to_wait(wire.now) == 0.0
    wire.bus.next_request(wire.now)
    assert wire.bus.seconds_to_wait(wire.now + 0.1) == pytest.approx(0.2)
    wire.now += 0.3
    wire.hear(b"")
    assert wire.bus.seconds_to_wait(wire.now) == pytest.approx(0.7), "until the slowest could have responded"


def test_a_time_out_comes_at_its_moment_and_not_before():
    wire = Wire(1, timeout=0.3, slowest=1.0)
    wire.bus.schedule("slave-1")
    wire.bus.next_request(wire.now)
    wire.now += 0.25
    wire.hear(b"")
    assert not wire.kinds
    wire.now += 0.05
    wire.hear(b"")
    assert wire.kinds == {"no_reply": 1}


def test_a_device_that_sends_without_end_does_not_fill_the_memory():
    wire = Wire(1)
    for _ in range(50):
        wire.hear(b"\xff" * 100)
    assert 1 <= wire.kinds["framing"] <= 50
    assert all(len(each.raw) <= 1024 for each in wire.results if isinstance(each, Trouble))


def test_bytes_beside_a_response_are_counted_as_noise():
    wire = Wire(1)
    wire.bus.schedule("slave-1")
    question = wire.bus.next_request(wire.now)
    assert question is not None
    wire.hear(b"\0\xfe" + wire.answer_of(question))
    assert wire.bus.statistics["slave-1"].framing == 1
    assert wire.kinds == {"framing": 1}
    assert len(wire.readings) == 2


def test_a_line_end_after_a_response_of_text_is_no_noise():
    wire = Wire(1)
    wire.bus.schedule("slave-1")
    question = wire.bus.next_request(wire.now)
    assert question is not None
    wire.hear(b"\r\n" + wire.answer_of(question))
    wire.hear(b"\r\n")
    wire.run(0.1, [None])
    assert not wire.kinds


def test_an_answer_that_is_cut_off_is_explained_and_counted_as_framing():
    wire = Wire(1, timeout=0.1, slowest=0.2)
    wire.bus.schedule("slave-1")
    question = wire.bus.next_request(wire.now)
    assert question is not None
    wire.hear(wire.answer_of(question)[:5])
    wire.run(0.3, [None])
    assert wire.kinds == {"framing": 1}
    assert wire.bus.statistics["slave-1"].framing == 1
    assert wire.bus.statistics["slave-1"].no_reply == 0


def test_a_device_is_reported_lost_only_after_three_failures_in_a_row():
    wire = Wire(1, timeout=0.1, slowest=0.2)
    for latency in (None, None, 0.02, None, None):
        wire.poll(latency, 1)
    assert Reason.NO_COMMUNICATION not in {each.reason for each in wire.readings}
    wire.poll(None, 1)
    wire.poll(None, 1)
    assert [each.reason for each in wire.readings[-2:]] == [Reason.NO_COMMUNICATION] * 2


@given(st.lists(st.sampled_from(["schedule", "send", "byte", "answer", "noise", "wait", "reset"]), max_size=40))
def test_whatever_happens_on_the_line_no_request_leaves_while_another_waits(steps):
    wire = Wire(1, 2, timeout=0.1, slowest=0.3)
    waiting = None
    for step in steps:
        match step:
            case "schedule":
                wire.bus.schedule("slave-1")
                wire.bus.schedule("slave-2")
            case "send":
                question = wire.bus.next_request(wire.now)
                assert question is None or waiting is None or wire.now - waiting[0] >= 0.1 or waiting[1]
                waiting = waiting if question is None else (wire.now, False, question)
            case "byte":
                wire.hear(b"\x01")
            case "noise":
                wire.hear(b"\xff\0" * 8)
            case "answer" if waiting is not None:
                wire.hear(wire.answer_of(waiting[2]))
                waiting = (waiting[0], True, waiting[2])
            case "reset":
                wire.bus.reset()
                waiting = None
            case _:
                wire.now += 0.02
                wire.hear(b"")
    for reading in wire.readings:
        slave = int(reading.device.removeprefix("slave-"))
        assert reading.value in {None, value_of(slave, 1) / 10, value_of(slave, 2) / 10}
