"""Which Modbus slaves are on a line? Questions that change nothing, for every address, and what may be concluded.

Any answer with the right checksum proves a slave, a refusal too. Only registers are read. A question that would contain
a byte which a scale on the same line obeys (drivers.scales.recognise.NEVER_SENT) is asked for other registers, or not.
"""

from collections.abc import Collection, Iterator

from drivers.contract import Trouble
from drivers.framing import crc16_modbus
from drivers.probes.modbus import REFUSED, SHORTEST, ModbusDevice, question_frame
from drivers.probes.register_map import load_map, shipped_maps
from drivers.reading import Reading, Reason

HOLDING, INPUT = 3, 4
QUESTIONS = frozenset([1, 2, 3, 4, 5, 6])  # functions whose question has eight bytes
QUESTION_LENGTH = 8
# XY-MD02 has its values in 0001 and 0002; most others begin at 0000.
PLACES = [(INPUT, 1, 1), (INPUT, 1, 2), (HOLDING, 0, 1), (HOLDING, 0, 2), (HOLDING, 1, 1)]


def questions(slave: int, never_sent: Collection[int]) -> Iterator[bytes]:
    """One harmless question a function."""
    for function in (INPUT, HOLDING):
        frames = (question_frame(slave, *place) for place in PLACES if place[0] == function)
        harmless = next((frame for frame in frames if not set(frame) & set(never_sent)), None)
        if harmless is not None:
            yield harmless


def is_answer(question: bytes, heard: bytes) -> bool:
    """Tell whether the slave that was asked has answered, in whatever way."""
    head = question[:1]
    start = heard.find(head)
    while start >= 0:
        if _answer_at(question, heard[start:]):
            return True
        start = heard.find(head, start + 1)
    return False


def _answer_at(question: bytes, heard: bytes) -> bool:
    if len(heard) < SHORTEST:
        return False
    length = SHORTEST if heard[1] == question[1] | REFUSED else SHORTEST + heard[2]
    known = heard[1] in {question[1], question[1] | REFUSED}
    return known and heard[length - 2 : length] == crc16_modbus(heard[: length - 2])


def masters_at_work(heard: bytes) -> bool:
    """Tell whether questions pass on the line: another master asks here."""
    windows = (heard[start : start + QUESTION_LENGTH] for start in range(len(heard) - QUESTION_LENGTH + 1))
    asked = [each for each in windows if each[1] in QUESTIONS and each[-2:] == crc16_modbus(each[:-2])]
    return len(asked) >= 2


def devices(slave: int) -> Iterator[tuple[str, ModbusDevice]]:
    """A driver for each register map that it may be."""
    for name in shipped_maps():
        yield name, ModbusDevice(f"slave-{slave}", load_map(name), slave=slave)


def needs(register_map: str) -> tuple[str, ...]:
    """The settings without which a map cannot be used in kitchen.yaml."""
    return tuple(load_map(register_map).required)


def readings_of(device: ModbusDevice, question: bytes, heard: bytes) -> list[Reading] | None:
    """What the map makes of an answer; None when it refused, or did not answer."""
    answer = device.judge(question, heard, 0)
    if answer is None or answer.refused:
        return None
    return [each for each in answer.results if not isinstance(each, Trouble)]


def fits(readings: Collection[Reading]) -> bool:
    """Tell whether a map can be the right one: no value is beyond what its sensor can measure."""
    return bool(readings) and all(each.reason is not Reason.OUT_OF_RANGE for each in readings)
