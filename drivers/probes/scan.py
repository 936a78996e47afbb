"""Find the Modbus slaves on a line by requests that change nothing.

Any response with the right checksum proves a slave, an exception too. Requests only read registers. A request must not
contain a byte that a scale on the same line would obey (drivers.scales.recognise.NEVER_SENT): then other registers are
requested, or none.
"""

from collections.abc import Collection, Iterator

from drivers.contract import Trouble
from drivers.framing import crc16_modbus
from drivers.probes.modbus import REFUSED, SHORTEST, ModbusDevice, request_frame
from drivers.probes.register_map import load_map, shipped_maps
from drivers.reading import Reading, Reason

HOLDING, INPUT = 3, 4
EIGHT_BYTES = frozenset([1, 2, 3, 4, 5, 6])  # functions whose request has eight bytes
REQUEST_LENGTH = 8
# XY-MD02 has its values in 0001 and 0002; most others begin at 0000.
PLACES = [(INPUT, 1, 1), (INPUT, 1, 2), (HOLDING, 0, 1), (HOLDING, 0, 2), (HOLDING, 1, 1)]


def requests(slave: int, never_sent: Collection[int]) -> Iterator[bytes]:
    """Yield one harmless request for each function."""
    for function in (INPUT, HOLDING):
        frames = (request_frame(slave, *place) for place in PLACES if place[0] == function)
        harmless = next((frame for frame in frames if not set(frame) & set(never_sent)), None)
        if harmless is not None:
            yield harmless


def has_response(request: bytes, received: bytes) -> bool:
    """Return whether the slave has responded to `request`, with values or an exception."""
    head = request[:1]
    start = received.find(head)
    while start >= 0:
        if _response_at(request, received[start:]):
            return True
        start = received.find(head, start + 1)
    return False


def _response_at(request: bytes, received: bytes) -> bool:
    if len(received) < SHORTEST:
        return False
    length = SHORTEST if received[1] == request[1] | REFUSED else SHORTEST + received[2]
    same_function = received[1] in {request[1], request[1] | REFUSED}
    return same_function and received[length - 2 : length] == crc16_modbus(received[: length - 2])


def has_other_master(received: bytes) -> bool:
    """Return whether the bytes hold requests: another master polls this line."""
    windows = (received[start : start + REQUEST_LENGTH] for start in range(len(received) - REQUEST_LENGTH + 1))
    requests_seen = [each for each in windows if each[1] in EIGHT_BYTES and each[-2:] == crc16_modbus(each[:-2])]
    return len(requests_seen) >= 2


def devices(slave: int) -> Iterator[tuple[str, ModbusDevice]]:
    """Yield a driver of the slave for each shipped register map."""
    for name in shipped_maps():
        yield name, ModbusDevice(f"slave-{slave}", load_map(name), slave=slave)


def required_settings(register_map: str) -> tuple[str, ...]:
    """Return the settings that kitchen.yaml must have for a map."""
    return tuple(load_map(register_map).required)


def readings_of(device: ModbusDevice, request: bytes, received: bytes) -> list[Reading] | None:
    """Decode a response by the device's map; None for an exception, or no response."""
    response = device.find_response(request, received, 0)
    if response is None or response.refused:
        return None
    return [result for result in response.results if not isinstance(result, Trouble)]


def fits(readings: Collection[Reading]) -> bool:
    """Return whether a map can be right: every value is within the range of its sensor."""
    return bool(readings) and all(reading.reason is not Reason.OUT_OF_RANGE for reading in readings)
