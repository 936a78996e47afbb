"""Read the registers of a Modbus RTU device: build requests, and check responses byte by byte.

    request    slave | 03 or 04 | address, 2 | count, 2 | CRC, 2, low byte first
    response   slave | 03 or 04 | byte count | the registers, high byte first | CRC, 2
    exception  slave | 83 or 84 | exception code | CRC, 2

A response counts when slave, function, byte count and CRC match the request. Dirt to survive: half responses, noise
before and after, the echo of our own request, responses of another slave, late responses (drivers/bus/bus.py waits for
them), wrong CRC.
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

REQUEST = Struct(">BBHH")
SHORTEST = 5  # slave, function, exception code or byte count, CRC
REFUSED = 0x80

# exception code → its name, and the reason for BAD readings; None: the device was only busy, poll it again
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


def request_frame(slave: int, function: int, address: int, count: int) -> bytes:
    """Build the request for `count` registers from `address` on."""
    head = REQUEST.pack(slave, function, address, count)
    return head + crc16_modbus(head)


class ModbusDevice:
    """BusDriver of one slave.

    Args:
        device: id of the device.
        register_map: what its registers hold.
        slave: its address, 1 to 247; None for the map's factory address.
    """

    silent_requests: frozenset[bytes] = frozenset()
    """A slave responds to every request, if only by an exception."""

    def __init__(self, device: str, register_map: RegisterMap, *, slave: int | None = None) -> None:
        self.device = device
        self._map = register_map
        self._slave = register_map.slave if slave is None else slave
        self._blocks = {
            request_frame(self._slave, block.function, block.address, block.count): block
            for block in register_map.blocks()
        }

    def requests(self) -> Sequence[bytes]:
        """Return one request for each run of neighbouring registers."""
        return list(self._blocks)

    def find_response(self, request: bytes, received: bytes, at: int) -> BusResponse | None:
        """Find the response to `request`; see drivers.contract.BusDriver."""
        block = self._blocks[request]
        head = bytes((self._slave, block.function, 2 * block.count))
        if (span := _find(received, head, SHORTEST + 2 * block.count)) is not None:
            start, end = span
            readings = block.read(received[start + 3 : end - 2], self.device)
            return BusResponse(results=readings, start=start, end=end)
        head = bytes((self._slave, block.function | REFUSED))
        if (span := _find(received, head, SHORTEST)) is not None:
            start, end = span
            results = self._exception(block, received[start:end], at)
            return BusResponse(results=results, start=start, end=end, refused=True)
        return None

    def explain(self, request: bytes, received: bytes) -> DecodeError:
        """Explain why the bytes received are not a response; see drivers.contract.BusDriver."""
        block = self._blocks[request]
        head = bytes((self._slave, block.function, 2 * block.count))
        start = received.find(head)
        if start >= 0 and len(received) >= start + SHORTEST + 2 * block.count:
            return self._error("answered with a wrong checksum: look for noise on the line", received, Reason.CHECKSUM)
        if _is_frame(received) and received[0] != self._slave:
            text = f"slave {received[0]} answered instead: do two have one address?"
            return self._error(text, received, Reason.FRAMING)
        return self._error(f"sent {len(received)} bytes that are no answer", received, Reason.FRAMING)

    def lost_readings(self) -> Sequence[Reading]:
        """Return a BAD reading for each channel."""
        return [register.fault(self.device, Reason.NO_COMMUNICATION) for register in self._map.wanted]

    def decode(self, recording: bytes) -> list[Reading]:
        """Decode a response whose request is not known. It may hold fewer or more registers than we request, unless
        the map has a `count`. Noise around it, or the echo of the request, is skipped.

        Raises:
            DecodeError: wrong checksum, another slave, another length, or an exception.
        """
        response = self._frame_in(recording) or recording
        self._check(response)
        block = next((each for each in self._blocks.values() if each.function == response[1]), None)
        if block is None:
            raise self._error(f"answered function {response[1]}, which its map does not use", response, Reason.FRAMING)
        if self._map.count is not None and response[2] != 2 * self._map.count:
            text = f"answered {response[2] // 2} registers, {self._map.count} were asked"
            raise self._error(text, response, Reason.FRAMING)
        if not (readings := block.read(response[3:-2], self.device)):
            raise self._error(f"answered {response[2] // 2} registers, too few for a value", response, Reason.FRAMING)
        return readings

    def _frame_in(self, recording: bytes) -> bytes | None:
        for start in range(len(recording) - SHORTEST + 1):
            slave, function, size = recording[start : start + 3]
            length = SHORTEST if function & REFUSED else SHORTEST + size
            if (
                slave == self._slave
                and size
                and _is_frame(frame := recording[start : start + length])
                and len(frame) == length
            ):
                return frame
        return None

    def _check(self, frame: bytes) -> None:
        if len(frame) < SHORTEST:
            raise self._error(f"sent {len(frame)} bytes: an answer has at least {SHORTEST}", frame, Reason.FRAMING)
        if crc16_modbus(frame[:-2]) != frame[-2:]:
            raise self._error("answered with a wrong checksum", frame, Reason.CHECKSUM)
        if frame[0] != self._slave:
            raise self._error(f"was asked, slave {frame[0]} answered", frame, Reason.FRAMING)
        if frame[1] & REFUSED:
            name, reason = _exception_named(frame[2])
            raise self._error(f"refused: {name}", frame, reason or Reason.BUSY)
        if frame[2] != len(frame) - SHORTEST or frame[2] % 2 or not frame[2]:
            raise self._error(f"announced {frame[2]} bytes and sent {len(frame) - SHORTEST}", frame, Reason.FRAMING)

    def _exception(self, block: Block, frame: bytes, at: int) -> list[Reading | Trouble]:
        name, reason = _exception_named(frame[2])
        text = f"{self.device} refused: {name}. Is its register map {self._map.name} right?"
        trouble = Trouble(device=self.device, kind="exception", text=text, at=at, raw=frame)
        registers: tuple[Register, ...] = block.registers if reason else ()
        return [trouble, *(each.fault(self.device, reason) for each in registers if reason)]

    def _error(self, what: str, raw: bytes, reason: Reason) -> DecodeError:
        return DecodeError(f"{self.device or f'slave {self._slave}'} {what}", reason=reason, raw=raw)


def _find(received: bytes, head: bytes, length: int) -> tuple[int, int] | None:
    start = received.find(head)
    while 0 <= start <= len(received) - length:
        if _is_frame(received[start : start + length]):
            return start, start + length
        start = received.find(head, start + 1)
    return None


def _is_frame(frame: bytes) -> bool:
    return len(frame) >= SHORTEST and crc16_modbus(frame[:-2]) == frame[-2:]


def _exception_named(code: int) -> tuple[str, Reason | None]:
    name, reason = EXCEPTIONS.get(code, ("unknown reason", Reason.SENSOR_FAILURE))
    return f"exception {code:02d}, {name}", reason
