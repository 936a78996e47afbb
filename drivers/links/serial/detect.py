"""What is on this port? Listens first, at every speed; only if nobody speaks by himself, asks.

    listen ──► somebody speaks: which scale is it?  known ► done     unknown ► done: nothing is ever sent into it
       │       questions of another Modbus master   ► done: asking would disturb it
       ▼ silence
    ask scales, at every speed, for a weight  ► answered three times ► done
       ▼ silence
    ask Modbus addresses for a register       ► every slave at this speed

What may be sent is said in drivers/scales/recognise.py and drivers/probes/scan.py: nothing that sets a zero, takes a
tare, opens a menu or writes a register. Every step has its time, the whole at most about two minutes.
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
    answered,
    candidates,
    questions,
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
MOST_HEARD = 8192
GLANCE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionTimes:
    """How long to wait, in seconds; tests are shorter.

    Attributes:
        listen: for somebody who speaks by himself. Some scales send once a second.
        listen_on: for more frames of one who does.
        scale: for the answer of a scale, which a slow line takes 0.2 s for.
        slave: for that of a Modbus slave.
        quiet: after the last byte of an answer.
    """

    listen: float = 3.0
    listen_on: float = 6.0
    scale: float = 0.4
    slave: float = 0.15
    quiet: float = 0.06


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectedDevice:
    """A device that answers.

    Attributes:
        driver: its id in kitchen.yaml.
        settings: of the port.
        shows: its readings of now.
        asked: it spoke only when asked.
        slave: Modbus address, None for a scale.
        map: register map that fits, None when none does.
        others: drivers or maps that fit as well.
        says_unit: False when its frames carry no unit.
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
    """Somebody speaks, and nobody here knows the language.

    Attributes:
        settings: at which most was text.
        heard: some of it.
        modbus: it is another Modbus master with its slaves.
    """

    settings: SerialSettings
    heard: bytes
    modbus: bool = False


Tell = Callable[[str], None]


def detect(
    port: Port, *, slaves: Sequence[int] = SLAVES, pace: DetectionTimes | None = None, tell: Tell = lambda _: None
) -> list[DetectedDevice] | UnknownSender:
    """Find out what is on an open port.

    Args:
        port: open, and ours alone.
        slaves: Modbus addresses to try.
        pace: how long to wait.
        tell: is told what is tried.

    Returns:
        the devices; [] when nobody answers.

    Raises:
        LinkError: the port is lost.
    """
    line = _Line(port, pace or DetectionTimes())
    tell("listening")
    heard = line.listen_at_all_speeds()
    if heard is not None:
        return heard
    for settings in map(_speed, SPEEDS):
        tell(f"asking scales at {settings.baud}")
        if (scale := line.ask_scales(settings)) is not None:
            return [scale]
    for settings in MODBUS:
        tell(f"asking Modbus addresses {slaves[0]} to {slaves[-1]} at {settings.baud}, parity {settings.parity}")
        try:
            found = list(line.ask_slaves(settings, slaves))
        except LineSettingsError as error:
            tell(str(error))
            continue
        if found:
            return found
    return []


def _speed(baud: int) -> SerialSettings:
    return SerialSettings(baud=baud)


class _Line:
    """The port, at the pace."""

    def __init__(self, port: Port, pace: DetectionTimes) -> None:
        self._port = port
        self._pace = pace

    # Listening

    def listen_at_all_speeds(self) -> list[DetectedDevice] | UnknownSender | None:
        """Hear who speaks by himself; None when nobody does."""
        unknown: list[UnknownSender] = []
        for settings in map(_speed, SPEEDS):
            self._port.apply(settings)
            heard, found = self._listen()
            if found:
                return [_scale(found, settings)]
            if not heard:
                break
            if scan.masters_at_work(heard):
                return UnknownSender(settings=settings, heard=heard, modbus=True)
            unknown.append(UnknownSender(settings=settings, heard=heard))
        # A single burst is the noise of a plug, not a device.
        return max(unknown, key=lambda each: _share_of_text(each.heard)) if len(unknown) > 1 else None

    def _listen(self) -> tuple[bytes, list[Candidate]]:
        """Hear for as long as it takes to know; longer when somebody speaks.

        What is known is looked at once more with what comes next: some protocols believe their first frame later.
        """
        self._port.discard()
        heard, since = b"", time.monotonic()
        looked_at, known = 0, False
        while time.monotonic() - since < (self._pace.listen_on if heard else self._pace.listen):
            heard = (heard + self._port.read(GLANCE))[-MOST_HEARD:]
            enough = len(heard) - looked_at >= 32 or time.monotonic() - since > self._pace.listen
            if enough and len(heard) > looked_at:
                looked_at = len(heard)
                if (found := candidates(heard)) and known:
                    return heard, found
                known = bool(found)
            if len(heard) >= MOST_HEARD // 4:
                break
        return heard, candidates(heard)

    # Asking

    def ask_scales(self, settings: SerialSettings) -> DetectedDevice | None:
        """Ask for a weight in every language; three answers are no accident."""
        self._port.apply(settings)
        for question in questions():
            for protocol in self._who_answers(question):
                rounds = [self._ask(question, protocol) for _ in range(ENOUGH_FRAMES - 1)]
                if all(rounds):
                    return _asked_scale(protocol, question, rounds[-1], settings)
        return None

    def _who_answers(self, question: ScaleQuery) -> list[str]:
        return [name for name in question.protocols if self._ask(question, name) is not None]

    def _ask(self, question: ScaleQuery, protocol: str) -> ScaleReply | None:
        """Go through the steps of a question; None when one of them is not answered."""
        answer: ScaleReply | None = None
        for step in question.steps:
            last = step == question.steps[-1]
            heard = self._exchange(question.framing.encode(step), self._pace.scale)
            text = question.framing.decode(heard)
            if text is None or (answer := answered(protocol, step, text, last=last)) is None:
                return None
        return answer

    def ask_slaves(self, settings: SerialSettings, slaves: Sequence[int]) -> Iterator[DetectedDevice]:
        """Ask every address for a register."""
        self._port.apply(settings)
        for slave in slaves:
            if self._is_there(slave):
                yield self._slave(slave, settings)

    def _is_there(self, slave: int) -> bool:
        return any(
            scan.is_answer(question, self._exchange(question, self._pace.slave))
            for question in scan.questions(slave, NEVER_SENT)
        )

    def _slave(self, slave: int, settings: SerialSettings) -> DetectedDevice:
        fitting = {name: shows for name, device in scan.devices(slave) if scan.fits(shows := self._read(device))}
        # the map that needs the least told, then the one that says the most
        names = sorted(fitting, key=lambda name: (len(scan.needs(name)), -len(fitting[name])))
        best = names[0] if names else None
        return DetectedDevice(
            driver="modbus-rtu",
            settings=settings,
            shows=fitting[best] if best else [],
            asked=True,
            slave=slave,
            map=best,
            others=tuple(names[1:]),
            needs=scan.needs(best) if best else (),
        )

    def _read(self, device: ModbusDevice) -> list[Reading]:
        """All that a map promises; [] when the slave refuses any of it."""
        readings: list[Reading] = []
        for question in device.questions():
            if not NEVER_SENT.isdisjoint(question):
                return []
            heard = self._exchange(question, self._pace.slave)
            if (found := scan.readings_of(device, question, heard)) is None:
                return []
            readings += found
        return readings

    def _exchange(self, frame: bytes, within: float) -> bytes:
        """Send and hear until it is quiet."""
        self._port.discard()
        self._port.write(frame)
        heard, until = b"", time.monotonic() + within
        while (now := time.monotonic()) < until:
            if chunk := self._port.read(until - now):
                heard += chunk
                # an echo alone is no answer
                until = now + (within if heard == frame else self._pace.quiet)
            if len(heard) > MOST_HEARD:
                break
        return heard


def _scale(found: Sequence[Candidate], settings: SerialSettings) -> DetectedDevice:
    best = found[0]
    fitting = best.framing.applied(settings)
    others = [each.protocol for each in found[1:] if each.framing is best.framing]
    return DetectedDevice(
        driver=best.protocol,
        settings=fitting,
        shows=[to_reading(with_unit(best.latest), best.protocol)],
        asked=False,
        others=tuple(others),
        says_unit=best.latest.unit is not None or best.latest.weight is None,
    )


def _asked_scale(
    protocol: str, question: ScaleQuery, latest: ScaleReply | None, settings: SerialSettings
) -> DetectedDevice:
    return DetectedDevice(
        driver=protocol,
        settings=question.framing.applied(settings),
        shows=latest.readings if latest else [],
        asked=True,
        others=tuple(each for each in question.protocols if each != protocol),
        says_unit=latest is None or latest.says_unit,
    )


def _share_of_text(heard: bytes) -> float:
    return sum(0x20 <= byte < 0x7F or byte in b"\r\n" for byte in heard) / len(heard)
