"""What `mbg-gateway devices` prints: tables for a technician, lines for kitchen.yaml. Pure."""

import json
from collections.abc import Iterable, Mapping, Sequence

from drivers.contract import SerialSettings
from drivers.links.serial.detect import DetectedDevice, UnknownSender
from drivers.links.serial.line_diagnosis import spell
from drivers.links.serial.port_names import SerialPortName
from drivers.reading import Quality, Reading
from drivers.registry import DRIVERS, BusEntry, StreamEntry

SHOWN_BYTES = 48
SERIAL = ("baud", "bytesize", "parity", "stopbits")
CANNOT_TELL = {
    frozenset({"yaohua-y1", "yaohua-y2"}): "one writes the number backwards: choose the driver that shows a weight "
    "that you know, such as 1.5 kg, as the display does"
}


def port_table(ports: Sequence[SerialPortName], holders: Mapping[str, Sequence[str]]) -> str:
    """One port a line, under the name to write into kitchen.yaml."""
    rows = [("PORT", "NOW", "WHAT IT IS", "NOTE")]
    for port in ports:
        held = holders.get(port.device, ())
        note = f"held by {', '.join(held)}" if held else port.why
        rows.append((port.best, port.device if port.device != port.best else "", port.description, note))
    return table(rows)


def result_table(found: Iterable[DetectedDevice]) -> str:
    """One device a line: what to set, and what it shows now."""
    rows = [("DRIVER", "ADDRESS", "PORT SETTINGS", "SHOWS NOW", "NOTE")]
    for each in found:
        driver = each.driver if each.slave is None else f"{each.driver} {each.map or '(no map fits)'}"
        address = "" if each.slave is None else str(each.slave)
        shows = ", ".join(_shown(reading) for reading in each.shows) or "–"
        rows.append((driver, address, spell(each.settings), shows, _note(each)))
    return table(rows)


def _note(found: DetectedDevice) -> str:
    notes = []
    if found.others:
        names = {found.driver if found.slave is None else found.map or "", *found.others}
        notes.append(CANNOT_TELL.get(frozenset(names)) or f"fits too: {', '.join(found.others)}")
    if found.slave is not None and found.map is None:
        notes.append("write a register map for it")
    if found.needs:
        notes.append(f"compare with the device: {', '.join(found.needs)}")
    if not found.says_unit:
        notes.append("its frames carry no unit: kg is a guess")
    return "; ".join(notes)


def _shown(reading: Reading) -> str:
    stable = {True: " stable", False: " moving", None: ""}[reading.stable]
    value = reading.reason if reading.value is None else f"{reading.value:g} {reading.unit}{stable}"
    return f"{reading.channel} {value}" if reading.channel != "weight" else str(value)


def unknown_text(unknown: UnknownSender) -> str:
    """What to say of somebody who is not understood."""
    at = spell(unknown.settings)
    if unknown.modbus:
        return f"Another Modbus master asks on this line at {at}. Stop it first: a line has one master."
    return (
        "Somebody speaks here, but no driver understands it; nothing was sent.\n"
        f"Most like text at {at}: {unknown.heard[-SHOWN_BYTES:]!r}\n"
        "Look in the scale's menu for its protocol and speed, or for a driver in docs/devices.md; "
        "a scoreboard socket is no serial port."
    )


def kitchen_lines(port: str, found: Sequence[DetectedDevice]) -> str:
    """Devices and points, ready to paste."""
    devices, points = ["devices:"], ["points:"]
    for each in found:
        name = "scale-1" if each.slave is None else f"probe-{each.slave}"
        if each.slave is not None and each.map is None:
            devices.append(f"  # slave {each.slave} answers, but none of our register maps fits it")
            continue
        devices.append(f"  - {_flow(_device(name, port, each))}")
        points += [f"  - {_flow(_point(name, each, reading))}" for reading in _usable(each)]
    return "\n".join([*devices, *points])


def _device(name: str, port: str, found: DetectedDevice) -> dict[str, object]:
    device: dict[str, object] = {"id": name, "driver": found.driver}
    if found.map is not None:
        device["map"] = found.map
    device["port"] = port
    if found.slave is not None:
        device["slave"] = found.slave
    usual, is_set = _usual(found), found.settings
    device |= {key: getattr(is_set, key) for key in SERIAL if getattr(is_set, key) != getattr(usual, key)}
    if found.asked:
        device["every"] = "250ms" if found.slave is None else "10s"
    if settings := _settings(found):
        device["settings"] = settings
    return device


def _settings(found: DetectedDevice) -> dict[str, object]:
    """What the driver must be told; guesses, as the table says."""
    guesses: dict[str, object] = {
        "channels": [each.channel for each in _usable(found)],
        "decimals": 0,
        "count": len(found.shows),
    }
    unit = {} if found.says_unit else {"unit": "kg"}
    return unit | {name: guesses[name] for name in found.needs}


def _usable(found: DetectedDevice) -> list[Reading]:
    """The channels worth a point: all, or where some have no sensor the others."""
    if "channels" not in found.needs:
        return list(found.shows)
    return [each for each in found.shows if each.quality is Quality.GOOD] or list(found.shows)


def _usual(found: DetectedDevice) -> SerialSettings:
    match DRIVERS[found.driver]:
        case StreamEntry(serial=serial):
            return serial
        case BusEntry(load=load) if found.map is not None:
            return load(found.map).serial
        case _:
            return SerialSettings()


def _point(name: str, found: DetectedDevice, reading: Reading) -> dict[str, object]:
    quantity = str(reading.quantity)
    point: dict[str, object] = {"id": f"{name}-{reading.channel.lower()}", "name": f"{name} {reading.channel}"}
    interval = "1s" if found.slave is None else "10s"
    return point | {"device": name, "channel": reading.channel, "quantity": quantity, "interval": interval}


def _flow(mapping: Mapping[str, object]) -> str:
    """One YAML mapping on a line."""
    return "{" + ", ".join(f"{key}: {_plain(value)}" for key, value in mapping.items()) + "}"


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        return _flow(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_plain, value))}]"
    text = str(value)
    harmless = all(letter.isalnum() or letter in "-_./:% " for letter in text) and ": " not in text and text != "none"
    return text if harmless or isinstance(value, int) else json.dumps(text)


def table(rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
