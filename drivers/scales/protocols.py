"""List the scale protocols: id in kitchen.yaml → protocol, its settings, the usual settings of its port, its commands.

There is one table, and each protocol is a file beside this one. `decode` reads a recording for a technician.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from drivers.contract import SerialSettings
from drivers.errors import ConfigurationError
from drivers.scales import (
    adam,
    and_balance,
    cas,
    cas_pos,
    condec,
    dini,
    epelsa,
    kern_kde,
    labelled,
    mt_sics,
    nci,
    ohaus,
    radwag,
    sbi,
    sma,
    toledo_8217,
    toledo_continuous,
    vibra,
    yaohua,
    yaohua_cmd,
)
from drivers.scales.common.line import LineProtocol, LineScale, last_weighing
from drivers.scales.common.packed import PackedProtocol, PackedScale
from drivers.scales.common.polled import CommandSet, PolledScale
from drivers.scales.common.weighing import UNITS, Weighing
from drivers.scales.csv_st import CSV_ST

SEVEN_EVEN = SerialSettings(bytesize=7, parity="even")
NO_SETTINGS: Mapping[str, tuple[str, ...]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """One protocol.

    Attributes:
        build: settings as keyword arguments → protocol.
        settings: name → allowed words, the default first. Every protocol also has `unit`.
        serial: usual settings of the port.
        commands: of a scale that can be polled, or a function from settings to commands; None for one that only sends.
    """

    build: Callable[..., LineProtocol]
    settings: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: NO_SETTINGS)
    serial: SerialSettings = field(default_factory=SerialSettings)
    commands: CommandSet | Callable[..., CommandSet] | None = None


def _always(protocol: LineProtocol) -> Callable[[], LineProtocol]:
    return lambda: protocol


SCALES: Mapping[str, Scale] = {
    "adam": Scale(build=_always(adam.ADAM), serial=SerialSettings(baud=4800), commands=adam.COMMANDS),
    "and": Scale(
        build=_always(and_balance.AND),
        serial=SerialSettings(baud=2400, bytesize=7, parity="even"),
        commands=and_balance.COMMANDS,
    ),
    "cas-10": Scale(build=_always(cas.CAS_10)),
    "cas-18": Scale(build=_always(cas.CAS_18)),
    "cas-22": Scale(build=_always(cas.CAS_22)),
    "cas-cmd": Scale(build=_always(cas.CAS_CMD)),
    "cas-pos": Scale(build=_always(cas_pos.CAS_POS), commands=cas_pos.COMMANDS),
    "condec": Scale(
        build=_always(condec.CONDEC), serial=SerialSettings(bytesize=7, parity="odd"), commands=condec.COMMANDS
    ),
    "csv-st": Scale(build=_always(CSV_ST)),
    "dini": Scale(build=dini.dini, settings=dini.SETTINGS, commands=dini.command_set),
    "epelsa": Scale(build=_always(epelsa.EPELSA), commands=epelsa.COMMANDS),
    "kern-kde": Scale(build=_always(kern_kde.KERN_KDE), commands=kern_kde.COMMANDS),
    "labelled": Scale(build=labelled.labelled, settings=labelled.SETTINGS),
    "mt-sics": Scale(build=_always(mt_sics.MT_SICS), commands=mt_sics.COMMANDS),
    "nci": Scale(build=nci.nci, settings=nci.SETTINGS, commands=nci.COMMANDS),
    "ohaus": Scale(build=_always(ohaus.OHAUS), commands=ohaus.COMMANDS),
    "radwag": Scale(build=_always(radwag.RADWAG), commands=radwag.COMMANDS),
    "sbi-16": Scale(
        build=_always(sbi.SBI_16), serial=SerialSettings(baud=1200, bytesize=7, parity="odd"), commands=sbi.COMMANDS
    ),
    "sbi-22": Scale(
        build=_always(sbi.SBI_22), serial=SerialSettings(baud=1200, bytesize=7, parity="odd"), commands=sbi.COMMANDS
    ),
    "sma": Scale(build=_always(sma.SMA), commands=sma.COMMANDS),
    "toledo-8217": Scale(
        build=toledo_8217.toledo_8217,
        settings=toledo_8217.SETTINGS,
        serial=SEVEN_EVEN,
        commands=toledo_8217.COMMANDS,
    ),
    "toledo-continuous": Scale(
        build=toledo_continuous.toledo_continuous,
        settings=toledo_continuous.SETTINGS,
        serial=SEVEN_EVEN,
        commands=toledo_continuous.COMMANDS,
    ),
    "vibra": Scale(build=vibra.vibra, settings=vibra.SETTINGS, serial=SerialSettings(stopbits=2)),
    "yaohua-cmd": Scale(build=yaohua_cmd.yaohua_cmd, settings=yaohua_cmd.SETTINGS, commands=yaohua_cmd.command_set),
    "yaohua-y0": Scale(build=_always(yaohua.Y0)),
    "yaohua-y1": Scale(build=_always(yaohua.Y1)),
    "yaohua-y2": Scale(build=_always(yaohua.Y2)),
    "yaohua-y3": Scale(build=_always(yaohua.Y3)),
    "yaohua-y4": Scale(build=_always(yaohua.Y4)),
}


def stream_scale(name: str, device: str, *, unit: str | None = None, **settings: str) -> LineScale:
    """Build the driver of a scale that sends by itself.

    Raises:
        ConfigurationError: the protocol does not have this setting, or does not know its word.
    """
    return _scale(protocol(name, settings), device, unit=unit_named(unit), whole=False)


def polled_scale(name: str, device: str, *, unit: str | None = None, **settings: str) -> PolledScale:
    """Build the driver of a scale that must be polled.

    Raises:
        ConfigurationError: as for `stream_scale`, or the protocol cannot be polled.
    """
    built, commands = protocol(name, settings), SCALES[name].commands
    if callable(commands):
        commands = commands(**settings)
    if commands is None or not isinstance(built, PackedProtocol):
        raise ConfigurationError(f"{device}: {name} scales send by themselves: set no period for them")
    return PolledScale(device, built, commands, unit=unit_named(unit))


def decode(name: str, recording: bytes, settings: Mapping[str, str] | None = None) -> Weighing:
    """Return the last valid frame of a recording, else the reason why there is none.

    Raises:
        ConfigurationError: there is no such protocol, setting or unit.
    """
    rest = dict(settings or {})
    unit = unit_named(rest.pop("unit", None))
    weighing = last_weighing(_scale(protocol(name, rest), name, unit=unit, whole=True), recording)
    if weighing.weight is not None and weighing.unit is None:
        return replace(weighing, unit=unit)
    return weighing


def protocol(name: str, settings: Mapping[str, str]) -> LineProtocol:
    """Build a protocol with its settings.

    Raises:
        ConfigurationError: there is no such protocol or setting.
    """
    if (scale := SCALES.get(name)) is None:
        raise ConfigurationError(f'there is no scale protocol "{name}": it is one of {", ".join(sorted(SCALES))}')
    if unknown := sorted(settings.keys() - scale.settings.keys()):
        names = ", ".join(["unit", *scale.settings])
        raise ConfigurationError(f"{name} has no setting {unknown[0]}: it has {names}")
    return scale.build(**settings)


def _scale(built: LineProtocol, device: str, *, unit: str | None, whole: bool) -> LineScale:
    if isinstance(built, PackedProtocol):
        return PackedScale(device, built, unit=unit, whole=whole)
    return LineScale(device, built, unit=unit)


def unit_named(name: str | None) -> str | None:
    """Return our name of a unit, in whatever case it is written.

    Raises:
        ConfigurationError: there is no such unit.
    """
    if name is None:
        return None
    if (unit := UNITS.get(name.lower())) is None:
        raise ConfigurationError(f'there is no unit "{name}": it is one of {", ".join(sorted(set(UNITS.values())))}')
    return unit
