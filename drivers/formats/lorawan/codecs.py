"""Decoders of the raw bytes that a LoRaWAN device sends: id → function, one table.

A network server hands the bytes on when it was not told how to decode them; `chirpstack-v4` and `tts-v3` then need the
setting `codec`. A codec is pure: bytes, port and settings in, samples out.
"""

from collections.abc import Mapping
from difflib import get_close_matches

from drivers.errors import ConfigurationError
from drivers.formats.common.decoded_values import Codec
from drivers.formats.lorawan.cayenne_lpp import cayenne_lpp
from drivers.formats.lorawan.dragino import d23, lht65n, ltc2
from drivers.formats.lorawan.milesight import milesight

CODECS: Mapping[str, Codec] = {
    "milesight": milesight,
    "dragino-lht65n": lht65n,
    "dragino-d23": d23,
    "dragino-ltc2": ltc2,
    "cayennelpp": cayenne_lpp,
}


def codec(name: str) -> Codec:
    """Look a codec up.

    Raises:
        ConfigurationError: there is none of that name; the text names the nearest.
    """
    if (found := CODECS.get(name)) is not None:
        return found
    near = get_close_matches(name, CODECS, n=1) or sorted(CODECS)
    raise ConfigurationError(f'there is no codec "{name}": did you mean {" or ".join(near)}?')
