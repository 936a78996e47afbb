"""Detect the devices on a port: listen at every speed first, and poll only if nothing is sent.

    listen ──► bytes: which scale is it?    recognised ► done     unknown ► done: nothing is ever sent to it
       │       requests of another Modbus master       ► done: polling would disturb it
       ▼ silence
    poll scales, at every speed, for a weight   ► three responses ► done
       ▼ silence
    poll Modbus addresses for a register        ► every slave at this speed

drivers/scales/recognise.py and drivers/probes/scan.py decide which requests may be sent: none that sets a zero, tares,
opens a menu or writes a register. Every step has a time limit; the whole takes two minutes at most.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from drivers.contract import SerialSettings
from drivers.errors import LineSettingsError
from drivers.links.serial.port import Port
from drivers.probes import scan
from drivers.probes.modbus import ModbusDevice
from drivers.reading import Reading
from drivers.scales.common.weighing import to_reading
from drivers.scales.recognise import (
    ENOUGH_FRAMES,
    NEVER_SENT,
    Candidate,
    ScaleQuery,
    ScaleReply,
    candidates,
    scale_queries,
    scale_reply,
    with_unit,
)

SPEEDS = (9600, 4800, 2400, 1200, 19200)
MODBUS = (
    SerialSettings(),
    SerialSettings(parity="even"),
    SerialSettings(baud=19200),
    SerialSettings(baud=19200, parity="even"),
    SerialSettings(baud=4800),
    SerialSettings(baud=2400),
)
SLAVES = range(1, 17)
MOST_RECEIVED = 8192
GLANCE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionTimes:
    """Time limits in seconds; tests use shorter ones.

    Attributes:
        listen: for the first bytes of a device that sends by itself. Some scales send once a second.
        listen_on: for more frames of such a device.
        scale: for the response of a scale, which takes 0.2 s on a slow line.
        slave: for the response of a Modbus slave.
        quiet: of silence after the last byte of a response.
    """

    listen: float = 3.0
    listen_on: float = 6.0
    scale: float = 0.4
    slave: float = 0.15
    quiet: float = 0.06


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectedDevice:
    """A device on the port.

    Attributes:
        driver: id of its driver.
        settings: of the port.
        shows: its current readings.
        asked: it sends only when polled.
        slave: Modbus address; None for a scale.
        map: register map that fits; None when none does.
        others: drivers or maps that fit as well.
        says_unit: False when its frames have no unit.
        needs: settings that only a person can know.
    """

    driver: str
    settings: SerialSettings
    shows: Sequence[Reading]
    asked: bool
    slave: int | None = None
    map: str | None = None
    others: tuple[str, ...] = ()
    says_unit: bool = True
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownSender:
    """A device that sends by itself and is not recognised.

    Attributes:
        settings: of the port, at which most bytes were text.
        heard: some of the bytes.
        modbus: it is another Modbus master with its slaves.
    """

    settings: SerialSettings
    heard: bytes
    modbus: bool = False


Detection = list[DetectedDevice] | UnknownSender
"""The devices on a port; [] when there is no response."""
Progress = Callable[[str], None]


def detect(
    port: Port,
    *,
    slaves: Sequence[int] = SLAVES,
    times: DetectionTimes | None = None,
    progress: Progress = lambda _: None,
) -> Detection:
    """Detect the devices on an open port.

    Args:
        port: open, and used by nobody else.
        slaves: Modbus addresses to try.
        times: time limits.
        progress: called with the name of each step.

    Raises:
        LinkError: the port is lost.
    """
    line = _Line(port, times or DetectionTimes())
    progress("listening")
    senders = line.listen_at_all_speeds()
    if senders is not None:
        return senders
    for settings in map(_speed, SPEEDS):
        progress(f"asking scales at {settings.baud}")
        if (scale := line.poll_scales(settings)) is not None:
            return [scale]
    for settings in MODBUS:
        progress(f"asking Modbus addresses {slaves[0]} to {slaves[-1]} at {settings.baud}, parity {settings.parity}")
        try:
            devices = list(line.poll_slaves(settings, slaves))
        except LineSettingsError as error:
            progress(str(error))
            continue
        if devices:
            return devices
    return []


def _speed(baud: int) -> SerialSettings:
    return SerialSettings(baud=baud)


class _Line:
    """The port, with the time limits."""

    def __init__(self, port: Port, times: DetectionTimes) -> None:
        self._port = port
        self._times = times

    # Listening

    def listen_at_all_speeds(self) -> Detection | None:
        """Detect a device that sends by itself; None when no bytes arrive."""
        unknown: list[UnknownSender] = []
        for settings in map(_speed, SPEEDS):
            self._port.apply(settings)
            received, fitting = self._listen()
            if fitting:
                return [_sending_scale(fitting, settings)]
            if not received:
                break
            if scan.has_other_master(received):
                return UnknownSender(settings=settings, heard=received, modbus=True)
            unknown.append(UnknownSender(settings=settings, heard=received))
        # A single burst is the noise of a plug, not a device.
        return max(unknown, key=lambda sender: _share_of_text(sender.heard)) if len(unknown) > 1 else None

    def _listen(self) -> tuple[bytes, list[Candidate]]:
        """Receive until a protocol is recognised twice, or the time is over; longer once bytes arrive.

        The second look includes more bytes, since some protocols accept their first frame later than others.
        """
        self._port.discard()
        received, since = b"", time.monotonic()
        looked_at, recognised = 0, False
        while time.monotonic() - since < (self._times.listen_on if received else self._times.listen):
            received = (received + self._port.read(GLANCE))[-MOST_RECEIVED:]
            enough = len(received) - looked_at >= 32 or time.monotonic() - since > self._times.listen
            if enough and len(received) > looked_at:
                looked_at = len(received)
                if (fitting := candidates(received)) and recognised:
                    return received, fitting
                recognised = bool(fitting)
            if len(received) >= MOST_RECEIVED // 4:
                break
        return received, candidates(received)

    # Polling

    def poll_scales(self, settings: SerialSettings) -> DetectedDevice | None:
        """Poll for a weight in every protocol; three responses are no accident."""
        self._port.apply(settings)
        for query in scale_queries():
            for protocol in self._responding(query):
                replies = [self._poll(query, protocol) for _ in range(ENOUGH_FRAMES - 1)]
                if all(replies):
                    return _polled_scale(protocol, query, replies[-1], settings)
        return None

    def _responding(self, query: ScaleQuery) -> list[str]:
        return [name for name in query.protocols if self._poll(query, name) is not None]

    def _poll(self, query: ScaleQuery, protocol: str) -> ScaleReply | None:
        """Send the steps of a poll; None when one of them gets no response."""
        reply: ScaleReply | None = None
        for step in query.steps:
            last = step == query.steps[-1]
            received = self._exchange(query.format.encode(step), self._times.scale)
            text = query.format.decode(received)
            if text is None or (reply := scale_reply(protocol, step, text, last=last)) is None:
                return None
        return reply

    def poll_slaves(self, settings: SerialSettings, slaves: Sequence[int]) -> Iterator[DetectedDevice]:
        """Poll every address for a register, and yield the slaves that respond."""
        self._port.apply(settings)
        for slave in slaves:
            if self._is_there(slave):
                yield self._slave(slave, settings)

    def _is_there(self, slave: int) -> bool:
        return any(
            scan.has_response(request, self._exchange(request, self._times.slave))
            for request in scan.requests(slave, NEVER_SENT)
        )

    def _slave(self, slave: int, settings: SerialSettings) -> DetectedDevice:
        fitting = {name: shows for name, device in scan.devices(slave) if scan.fits(shows := self._read(device))}
        # first the map that requires the fewest settings, then the one with the most readings
        names = sorted(fitting, key=lambda name: (len(scan.required_settings(name)), -len(fitting[name])))
        best = names[0] if names else None
        return DetectedDevice(
            driver="modbus-rtu",
            settings=settings,
            shows=fitting[best] if best else [],
            asked=True,
            slave=slave,
            map=best,
            others=tuple(names[1:]),
            needs=scan.required_settings(best) if best else (),
        )

    def _read(self, device: ModbusDevice) -> list[Reading]:
        """Read all values of a map; [] when the slave refuses one of its requests."""
        readings: list[Reading] = []
        for request in device.requests():
            if not NEVER_SENT.isdisjoint(request):
                return []
            received = self._exchange(request, self._times.slave)
            if (block := scan.readings_of(device, request, received)) is None:
                return []
            readings += block
        return readings

    def _exchange(self, frame: bytes, within: float) -> bytes:
        """Send a frame, and receive until the line is quiet."""
        self._port.discard()
        self._port.write(frame)
        received, until = b"", time.monotonic() + within
        while (now := time.monotonic()) < until:
            if chunk := self._port.read(until - now):
                received += chunk
                # an echo alone is no response
                until = now + (within if received == frame else self._times.quiet)
            if len(received) > MOST_RECEIVED:
                break
        return received


def _sending_scale(fitting: Sequence[Candidate], settings: SerialSettings) -> DetectedDevice:
    best = fitting[0]
    others = [candidate.protocol for candidate in fitting[1:] if candidate.format is best.format]
    return DetectedDevice(
        driver=best.protocol,
        settings=best.format.applied(settings),
        shows=[to_reading(with_unit(best.latest), best.protocol)],
        asked=False,
        others=tuple(others),
        says_unit=best.latest.unit is not None or best.latest.weight is None,
    )


def _polled_scale(
    protocol: str, query: ScaleQuery, latest: ScaleReply | None, settings: SerialSettings
) -> DetectedDevice:
    return DetectedDevice(
        driver=protocol,
        settings=query.format.applied(settings),
        shows=latest.readings if latest else [],
        asked=True,
        others=tuple(name for name in query.protocols if name != protocol),
        says_unit=latest is None or latest.has_unit,
    )


def _share_of_text(received: bytes) -> float:
    return sum(0x20 <= byte < 0x7F or byte in b"\r\n" for byte in received) / len(received)
