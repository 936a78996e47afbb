"""Modbus RTU: questions for the registers of one device, and the byte-exact judgement of what comes back.

    question  slave | 03 or 04 | address, 2 | count, 2 | CRC, 2, low byte first
    answer    slave | 03 or 04 | bytes | the registers, high byte first | CRC, 2
    refusal   slave | 83 or 84 | exception code | CRC, 2

An answer counts when slave, function, byte count and CRC are those of the question. Dirt to survive: half answers,
noise before and after, the echo of our own question, answers of another slave, of a slave that is slow (drivers/
probes/bus.py waits for those), wrong CRC.
Sources: MODBUS over Serial Line V1.02, §2.5; MODBUS Application Protocol V1.1b3, §6.3, §6.4, §7.
"""

from collections.abc import Sequence
from struct import Struct

from drivers.contract import BusResponse, Trouble
from drivers.errors import DecodeError
from drivers.framing import crc16_modbus
from drivers.probes.register import Register
from drivers.probes.register_map import Block, RegisterMap
from drivers.reading import Reading, Reason

QUESTION = Struct(">BBHH")
SHORTEST = 5  # slave, function, exception code or byte count, CRC
REFUSED = 0x80

# exception code → its name, and what it says of the values; None: ask again, it was only busy
EXCEPTIONS: dict[int, tuple[str, Reason | None]] = {
    1: ("illegal function", Reason.SENSOR_FAILURE),
    2: ("illegal data address", Reason.SENSOR_FAILURE),
    3: ("illegal data value", Reason.SENSOR_FAILURE),
    4: ("device failure", Reason.SENSOR_FAILURE),
    5: ("acknowledge", None),
    6: ("device busy", None),
    8: ("memory parity error", Reason.SENSOR_FAILURE),
    10: ("gateway path unavailable", Reason.NO_COMMUNICATION),
    11: ("gateway target does not respond", Reason.NO_COMMUNICATION),
}


def question_frame(slave: int, function: int, address: int, count: int) -> bytes:
    """Build the question for `count` registers from `address` on."""
    head = QUESTION.pack(slave, function, address, count)
    return head + crc16_modbus(head)


class ModbusDevice:
    """BusDriver of one slave.

    Args:
        device: id of the device.
        register_map: what its registers hold.
        slave: its address, 1 to 247; the map's factory address when not given.
    """

    def __init__(self, device: str, register_map: RegisterMap, *, slave: int | None = None) -> None:
        self.device = device
        self._map = register_map
        self._slave = register_map.slave if slave is None else slave
        self._blocks = {
            question_frame(self._slave, block.function, block.address, block.count): block
            for block in register_map.blocks()
        }

    def questions(self) -> Sequence[bytes]:
        """One question for each run of neighbouring registers."""
        return list(self._blocks)

    def judge(self, question: bytes, heard: bytes, at: int) -> BusResponse | None:
        """Find the answer to `question`; see drivers.contract.BusDriver."""
        block = self._blocks[question]
        head = bytes((self._slave, block.function, 2 * block.count))
        if (found := _find(heard, head, SHORTEST + 2 * block.count)) is not None:
            start, end = found
            readings = block.read(heard[start + 3 : end - 2], self.device)
            return BusResponse(results=readings, start=start, end=end)
        head = bytes((self._slave, block.function | REFUSED))
        if (found := _find(heard, head, SHORTEST)) is not None:
            start, end = found
            results = self._refusal(block, heard[start:end], at)
            return BusResponse(results=results, start=start, end=end, refused=True)
        return None

    def complaint(self, question: bytes, heard: bytes) -> DecodeError:
        """Say what is wrong with bytes that never became an answer."""
        block = self._blocks[question]
        head = bytes((self._slave, block.function, 2 * block.count))
        start = heard.find(head)
        if start >= 0 and len(heard) >= start + SHORTEST + 2 * block.count:
            return self._error("answered with a wrong checksum: look for noise on the line", heard, Reason.CHECKSUM)
        if _is_frame(heard) and heard[0] != self._slave:
            return self._error(f"slave {heard[0]} answered instead: do two have one address?", heard, Reason.FRAMING)
        return self._error(f"sent {len(heard)} bytes that are no answer", heard, Reason.FRAMING)

    def may_be_silent(self, question: bytes) -> bool:  # noqa: ARG002 - whatever it is asked
        """A slave answers, if only to refuse."""
        return False

    def lost(self) -> Sequence[Reading]:
        """A BAD reading for each channel."""
        return [each.fault(self.device, Reason.NO_COMMUNICATION) for each in self._map.wanted]

    def decode(self, answer: bytes) -> list[Reading]:
        """Decode one answer whose question is not known: it may hold fewer or more registers than we ask for, unless
        the map's `count` says how many. Noise around it, or the echo of the question, is skipped.

        Raises:
            DecodeError: wrong checksum, another slave, another length, or a refusal.
        """
        answer = self._inside(answer) or answer
        self._check(answer)
        block = next((each for each in self._blocks.values() if each.function == answer[1]), None)
        if block is None:
            raise self._error(f"answered function {answer[1]}, which its map does not use", answer, Reason.FRAMING)
        if self._map.count is not None and answer[2] != 2 * self._map.count:
            text = f"answered {answer[2] // 2} registers, {self._map.count} were asked"
            raise self._error(text, answer, Reason.FRAMING)
        if not (readings := block.read(answer[3:-2], self.device)):
            raise self._error(f"answered {answer[2] // 2} registers, too few for a value", answer, Reason.FRAMING)
        return readings

    def _inside(self, heard: bytes) -> bytes | None:
        for start in range(len(heard) - SHORTEST + 1):
            slave, function, size = heard[start : start + 3]
            length = SHORTEST if function & REFUSED else SHORTEST + size
            if (
                slave == self._slave
                and size
                and _is_frame(frame := heard[start : start + length])
                and len(frame) == length
            ):
                return frame
        return None

    def _check(self, answer: bytes) -> None:
        if len(answer) < SHORTEST:
            raise self._error(f"sent {len(answer)} bytes: an answer has at least {SHORTEST}", answer, Reason.FRAMING)
        if crc16_modbus(answer[:-2]) != answer[-2:]:
            raise self._error("answered with a wrong checksum", answer, Reason.CHECKSUM)
        if answer[0] != self._slave:
            raise self._error(f"was asked, slave {answer[0]} answered", answer, Reason.FRAMING)
        if answer[1] & REFUSED:
            name, reason = _exception(answer[2])
            raise self._error(f"refused: {name}", answer, reason or Reason.BUSY)
        if answer[2] != len(answer) - SHORTEST or answer[2] % 2 or not answer[2]:
            raise self._error(f"announced {answer[2]} bytes and sent {len(answer) - SHORTEST}", answer, Reason.FRAMING)

    def _refusal(self, block: Block, frame: bytes, at: int) -> list[Reading | Trouble]:
        name, reason = _exception(frame[2])
        text = f"{self.device} refused: {name}. Is its register map {self._map.name} right?"
        trouble = Trouble(device=self.device, kind="exception", text=text, at=at, raw=frame)
        registers: tuple[Register, ...] = block.registers if reason else ()
        return [trouble, *(each.fault(self.device, reason) for each in registers if reason)]

    def _error(self, what: str, raw: bytes, reason: Reason) -> DecodeError:
        return DecodeError(f"{self.device or f'slave {self._slave}'} {what}", reason=reason, raw=raw)


def _find(heard: bytes, head: bytes, length: int) -> tuple[int, int] | None:
    start = heard.find(head)
    while 0 <= start <= len(heard) - length:
        if _is_frame(heard[start : start + length]):
            return start, start + length
        start = heard.find(head, start + 1)
    return None


def _is_frame(frame: bytes) -> bool:
    return len(frame) >= SHORTEST and crc16_modbus(frame[:-2]) == frame[-2:]


def _exception(code: int) -> tuple[str, Reason | None]:
    name, reason = EXCEPTIONS.get(code, ("unknown reason", Reason.SENSOR_FAILURE))
    return f"exception {code:02d}, {name}", reason
