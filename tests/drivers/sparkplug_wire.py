"""An encoder of Sparkplug B, written from §6.4 of the specification and the proto2 encoding, not from our decoder."""

import struct

KIND_OF_VALUE = {**dict.fromkeys((1, 2, 3, 5, 6, 7), 10), 4: 11, 8: 11, 9: 12, 10: 13, 11: 14, 12: 15, 13: 11}


def varint(value):
    value &= 2**64 - 1
    out = b""
    while value >= 128:
        out += bytes([value % 128 + 128])
        value //= 128
    return out + bytes([value])


def field(number, value):
    """Integers as varints, floats as doubles, text and bytes with their length."""
    if isinstance(value, float):
        return varint(number * 8 + 1) + struct.pack("<d", value)
    if isinstance(value, int):
        return varint(number * 8) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number * 8 + 2) + varint(len(data)) + data


def value_of(datatype, value):
    number = KIND_OF_VALUE[datatype]
    if datatype == 9:
        return varint(number * 8 + 5) + struct.pack("<f", value)
    if datatype in {1, 2, 3}:
        return field(number, value & 0xFFFFFFFF)
    return field(number, value)


def properties(**named):
    keys = b"".join(field(1, name) for name in named)
    values = b"".join(
        field(2, field(1, 12) + field(8, value) if isinstance(value, str) else field(1, 3) + field(3, value))
        for value in named.values()
    )
    return field(9, keys + values)


def metric(name=None, value=None, *, datatype=None, alias=None, at=None, told=True, past=False, null=False, **named):
    """`told` False leaves the datatype out, as data may."""
    out = b"" if name is None else field(1, name)
    out += b"" if alias is None else field(2, alias)
    out += b"" if at is None else field(3, at)
    out += field(4, datatype) if told and datatype is not None else b""
    out += field(5, 1) if past else b""
    out += field(7, 1) if null else b""
    out += properties(**named) if named else b""
    return out if value is None else out + value_of(datatype, value)


def payload(*metrics, seq=None, at=1_764_000_000_000):
    out = b"" if at is None else field(1, at)
    out += b"".join(field(2, each) for each in metrics)
    return out if seq is None else out + field(3, seq)
