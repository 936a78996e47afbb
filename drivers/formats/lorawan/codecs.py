"""List the codecs of LoRaWAN devices: id → function from raw bytes to values.

A network server without a codec for a device publishes the raw bytes; `chirpstack-v4` and `tts-v3` then need the
setting `codec`. A codec is pure: bytes, port and settings in, values out.
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
    if (known := CODECS.get(name)) is not None:
        return known
    near = get_close_matches(name, CODECS, n=1) or sorted(CODECS)
    raise ConfigurationError(f'there is no codec "{name}": did you mean {" or ".join(near)}?')
