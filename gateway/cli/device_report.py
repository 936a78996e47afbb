"""Format the output of `mbg-gateway devices`: tables for a technician, lines for kitchen.yaml (pure)."""

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
    """Return one port a line, with the name to write into kitchen.yaml."""
    rows = [("PORT", "NOW", "WHAT IT IS", "NOTE")]
    for port in ports:
        held = holders.get(port.device, ())
        note = f"held by {', '.join(held)}" if held else port.why
        rows.append((port.best, port.device if port.device != port.best else "", port.description, note))
    return table(rows)


def result_table(devices: Iterable[DetectedDevice]) -> str:
    """Return one device a line: its driver and settings, and its values now."""
    rows = [("DRIVER", "ADDRESS", "PORT SETTINGS", "SHOWS NOW", "NOTE")]
    for device in devices:
        driver = device.driver if device.slave is None else f"{device.driver} {device.map or '(no map fits)'}"
        address = "" if device.slave is None else str(device.slave)
        shows = ", ".join(_shown(reading) for reading in device.shows) or "–"
        rows.append((driver, address, spell(device.settings), shows, _note(device)))
    return table(rows)


def _note(detected: DetectedDevice) -> str:
    notes = []
    if detected.others:
        names = {detected.driver if detected.slave is None else detected.map or "", *detected.others}
        notes.append(CANNOT_TELL.get(frozenset(names)) or f"fits too: {', '.join(detected.others)}")
    if detected.slave is not None and detected.map is None:
        notes.append("write a register map for it")
    if detected.needs:
        notes.append(f"compare with the device: {', '.join(detected.needs)}")
    if not detected.says_unit:
        notes.append("its frames carry no unit: kg is a guess")
    return "; ".join(notes)


def _shown(reading: Reading) -> str:
    stable = {True: " stable", False: " moving", None: ""}[reading.stable]
    value = reading.reason if reading.value is None else f"{reading.value:g} {reading.unit}{stable}"
    return f"{reading.channel} {value}" if reading.channel != "weight" else str(value)


def unknown_text(unknown: UnknownSender) -> str:
    """Return the advice for a sender whose frames no driver understands."""
    at = spell(unknown.settings)
    if unknown.modbus:
        return f"Another Modbus master asks on this line at {at}. Stop it first: a line has one master."
    return (
        "Somebody speaks here, but no driver understands it; nothing was sent.\n"
        f"Most like text at {at}: {unknown.heard[-SHOWN_BYTES:]!r}\n"
        "Look in the scale's menu for its protocol and speed, or for a driver in docs/devices.md; "
        "a scoreboard socket is no serial port."
    )


def kitchen_lines(port: str, devices: Sequence[DetectedDevice]) -> str:
    """Return devices and points, ready to paste into kitchen.yaml."""
    lines, points = ["devices:"], ["points:"]
    for device in devices:
        name = "scale-1" if device.slave is None else f"probe-{device.slave}"
        if device.slave is not None and device.map is None:
            lines.append(f"  # slave {device.slave} answers, but none of our register maps fits it")
            continue
        lines.append(f"  - {_flow(_device(name, port, device))}")
        points += [f"  - {_flow(_point(name, device, reading))}" for reading in _usable(device)]
    return "\n".join([*lines, *points])


def _device(name: str, port: str, detected: DetectedDevice) -> dict[str, object]:
    device: dict[str, object] = {"id": name, "driver": detected.driver}
    if detected.map is not None:
        device["map"] = detected.map
    device["port"] = port
    if detected.slave is not None:
        device["slave"] = detected.slave
    usual, is_set = _usual(detected), detected.settings
    device |= {key: getattr(is_set, key) for key in SERIAL if getattr(is_set, key) != getattr(usual, key)}
    if detected.asked:
        device["every"] = "250ms" if detected.slave is None else "10s"
    if settings := _settings(detected):
        device["settings"] = settings
    return device


def _settings(detected: DetectedDevice) -> dict[str, object]:
    """Return the settings that the driver requires; they are guesses, as the table notes."""
    guesses: dict[str, object] = {
        "channels": [each.channel for each in _usable(detected)],
        "decimals": 0,
        "count": len(detected.shows),
    }
    unit = {} if detected.says_unit else {"unit": "kg"}
    return unit | {name: guesses[name] for name in detected.needs}


def _usable(detected: DetectedDevice) -> list[Reading]:
    """Return the channels that get a point: all, or only those with a sensor where channels must be named."""
    if "channels" not in detected.needs:
        return list(detected.shows)
    return [each for each in detected.shows if each.quality is Quality.GOOD] or list(detected.shows)


def _usual(detected: DetectedDevice) -> SerialSettings:
    match DRIVERS[detected.driver]:
        case StreamEntry(serial=serial):
            return serial
        case BusEntry(load=load) if detected.map is not None:
            return load(detected.map).serial
        case _:
            return SerialSettings()


def _point(name: str, detected: DetectedDevice, reading: Reading) -> dict[str, object]:
    quantity = str(reading.quantity)
    point: dict[str, object] = {"id": f"{name}-{reading.channel.lower()}", "name": f"{name} {reading.channel}"}
    interval = "1s" if detected.slave is None else "10s"
    return point | {"device": name, "channel": reading.channel, "quantity": quantity, "interval": interval}


def _flow(mapping: Mapping[str, object]) -> str:
    """Return a YAML mapping on one line."""
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
    """Return rows as text, each column as wide as its widest cell."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
