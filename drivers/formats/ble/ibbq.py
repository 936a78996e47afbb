"""Decode Inkbird iBBQ thermometers with 1 to 6 probes (theengs/decoder: src/devices/IBT_2X, IBT_4XS, IBT_6XS_json.h).

Manufacturer data

    00 00 00 00  <MAC, 6 bytes>  and for each probe i16 0.1 °C, little-endian

A high byte of FF (F6FF, FFFF) means that the probe is not plugged in. It would also mean −0.1 to −25.6 °C, but these
thermometers are made for 0 to 300 °C. Channels are named as theengs does: the first probe has none, then tempc2.
"""

from decimal import Decimal

from drivers.errors import DecodeError
from drivers.formats.ble.advert import Advert, address_of
from drivers.formats.common.decoded_values import DecodedValue
from drivers.reading import Reason
from drivers.values.units import CELSIUS

COMPANY = bytes(4)
PROBES_AT, PROBE = 10, 2
MOST_PROBES = 6
UNPLUGGED = 0xFF


def ibbq(data: bytes) -> Advert:
    """Decode the temperatures of all probes.

    Raises:
        DecodeError: bytes of another kind.
    """
    probes = data[PROBES_AT:]
    if data[:4] != COMPANY or not probes or len(probes) % PROBE or len(probes) > MOST_PROBES * PROBE:
        raise DecodeError("no advert of an iBBQ: 00000000, an address, and two bytes for each of up to six probes")
    values = tuple(_probe(at // PROBE + 1, probes[at : at + PROBE]) for at in range(0, len(probes), PROBE))
    return Advert(address=address_of(data[4:PROBES_AT]), values=values)


def _probe(number: int, data: bytes) -> DecodedValue:
    key = "temperature" if number == 1 else f"tempc{number}"
    if data[1] == UNPLUGGED:
        return DecodedValue(key=key, value=None, unit=CELSIUS, reason=Reason.NOT_CONNECTED)
    return DecodedValue(key=key, value=Decimal(int.from_bytes(data, "little", signed=True)) / 10, unit=CELSIUS)
