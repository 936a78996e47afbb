"""The serial ports of this machine, and the names under which they can be found again.

/dev/ttyUSB0 is whichever adapter came first. udev gives better names, as links to it:
    /dev/serial/by-id/…     the adapter itself, wherever it is plugged in; without a serial number two alike share it
    /dev/serial/by-path/…   the socket, whatever is plugged into it
"""

from dataclasses import dataclass
from pathlib import Path

from serial.tools import list_ports

SERIAL = Path("/dev/serial")
PROCESSES = Path("/proc")
NUMBERED = ("/dev/ttyUSB", "/dev/ttyACM")


@dataclass(frozen=True, slots=True, kw_only=True)
class SerialPortName:
    """One port.

    Attributes:
        device: its file as the kernel numbers it.
        by_id: stable name of the adapter, None when there is none.
        by_path: stable name of the socket, None when there is none.
        description: what the adapter says of itself.
        unique: its adapter has a serial number, so that `by_id` means this one alone.
    """

    device: str
    by_id: str | None
    by_path: str | None
    description: str
    unique: bool

    @property
    def best(self) -> str:
        """The name to write into kitchen.yaml."""
        stable = (self.by_id, self.by_path) if self.unique else (self.by_path, self.by_id)
        return next(filter(None, stable), self.device)

    @property
    def why(self) -> str:
        """Why that name."""
        if self.best == self.by_id:
            return (
                "this adapter, in any socket"
                if self.unique
                else "adapter without serial number: let it be the only one"
            )
        if self.best == self.by_path:
            return "this socket: label it"
        return "the number may change" if self.device.startswith(NUMBERED) else "built in"


def found_ports(serial: Path = SERIAL) -> list[SerialPortName]:
    """List the ports of the machine.

    Args:
        serial: folder of udev's names.
    """
    by_id, by_path = _names(serial / "by-id"), _names(serial / "by-path")
    return [
        SerialPortName(
            device=port.device,
            by_id=by_id.get(port.device),
            by_path=by_path.get(port.device),
            description=port.description if port.description != "n/a" else "",
            unique=port.serial_number is not None,
        )
        for port in sorted(list_ports.comports(), key=lambda port: str(port.device))
    ]


def better_name(where: str, serial: Path = SERIAL) -> str | None:
    """Find a name for a numbered port that stays; None when it has a good one, or there is none."""
    if not where.startswith(NUMBERED):
        return None
    named = {port.device: port.best for port in found_ports(serial)}
    best = named.get(where, where)
    return best if best != where else None


def held_by(where: str, processes: Path = PROCESSES) -> list[str]:
    """Name the programs that have a port open, as far as we may see them: "minicom (4711)"."""
    device = Path(where).resolve()
    return sorted(filter(None, (_holder(process, device) for process in processes.glob("[0-9]*"))))


def _names(folder: Path) -> dict[str, str]:
    if not folder.is_dir():
        return {}
    return {str(link.resolve()): str(link) for link in sorted(folder.iterdir())}


def _holder(process: Path, device: Path) -> str | None:
    try:
        if any(link.readlink() == device for link in (process / "fd").iterdir()):
            return f"{(process / 'comm').read_text(encoding='utf-8', errors='replace').strip()} ({process.name})"
    except OSError:
        pass  # it has ended, or is somebody else's
    return None
