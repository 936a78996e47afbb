"""Questions to one slave, and the byte-exact judgement of its answers."""

from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import BusResponse, Trouble
from drivers.framing import crc16_modbus
from drivers.probes.modbus import ModbusDevice
from drivers.probes.register_map import load_map
from drivers.reading import Reading, Reason

AT = 1_764_000_000_000_000
ANSWER = bytes.fromhex("01 04 04 01 31 02 22 2a ce")


def xy_md02(slave: int = 1) -> ModbusDevice:
    return ModbusDevice("chiller-1", load_map("xy-md02"), slave=slave)


def judged(heard: bytes) -> BusResponse | None:
    device = xy_md02()
    return device.find_response(device.requests()[0], heard, AT)


def test_temperature_and_humidity_are_one_question():
    assert [question.hex(" ") for question in xy_md02().requests()] == ["01 04 00 01 00 02 20 0b"]


def test_an_answer_is_judged_when_its_last_byte_has_come_and_not_before():
    assert [judged(ANSWER[:length]) is not None for length in range(len(ANSWER) + 1)] == [False] * 9 + [True]


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_noise_around_an_answer_changes_nothing(before, after):
    answer = judged(before + ANSWER + after)
    assert answer is not None
    assert [each.value for each in answer.results if isinstance(each, Reading)] == [30.5, 54.6]


@given(st.integers(0, 8), st.integers(1, 255))
def test_a_changed_byte_makes_it_no_answer(index, change):
    damaged = bytearray(ANSWER)
    damaged[index] ^= change
    assert judged(bytes(damaged)) is None


@given(st.binary(max_size=300))
def test_noise_is_no_answer(noise):
    assert judged(noise) is None


def test_a_wrong_checksum_is_told_from_bytes_that_are_no_answer():
    device = xy_md02()
    question = device.requests()[0]
    assert device.explain(question, ANSWER[:-1] + b"\0").reason is Reason.CHECKSUM
    assert device.explain(question, ANSWER[:-1]).reason is Reason.FRAMING
    foreign = b"\2" + ANSWER[1:-2]
    assert "slave 2" in str(device.explain(question, foreign + crc16_modbus(foreign)))


def test_a_refusal_is_told_and_its_values_are_bad():
    answer = judged(bytes.fromhex("018402c2c1"))
    assert answer is not None
    assert answer.refused
    trouble, *readings = answer.results
    assert isinstance(trouble, Trouble)
    assert "illegal data address" in trouble.text
    assert [(each.value, each.reason) for each in readings if isinstance(each, Reading)] == [
        (None, Reason.SENSOR_FAILURE)
    ] * 2


def test_a_busy_device_says_nothing_of_its_values():
    frame = bytes.fromhex("018406")
    answer = judged(frame + crc16_modbus(frame))
    assert answer is not None
    assert [type(each) for each in answer.results] == [Trouble]
