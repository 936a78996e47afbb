"""List the serial ports of this machine, with names that stay.

/dev/ttyUSB0 is whichever adapter was plugged in first. udev makes links to it with better names:
    /dev/serial/by-id/…     the adapter, in whichever socket; two adapters without serial numbers share one name
    /dev/serial/by-path/…   the socket, whichever adapter is in it
"""

from dataclasses import dataclass
from pathlib import Path

from serial.tools import list_ports

SERIAL = Path("/dev/serial")
PROCESSES = Path("/proc")
NUMBERED = ("/dev/ttyUSB", "/dev/ttyACM")


@dataclass(frozen=True, slots=True, kw_only=True)
class SerialPortName:
    """The names of one port.

    Attributes:
        device: device file as the kernel numbers it.
        by_id: stable name of the adapter; None when there is none.
        by_path: stable name of the socket; None when there is none.
        description: the adapter's own description.
        unique: the adapter has a serial number, so that no other adapter has this `by_id`.
    """

    device: str
    by_id: str | None
    by_path: str | None
    description: str
    unique: bool

    @property
    def best(self) -> str:
        """Name to write into kitchen.yaml."""
        stable = (self.by_id, self.by_path) if self.unique else (self.by_path, self.by_id)
        return next(filter(None, stable), self.device)

    @property
    def why(self) -> str:
        """Reason for the best name."""
        if self.best == self.by_id:
            return (
                "this adapter, in any socket"
                if self.unique
                else "adapter without serial number: let it be the only one"
            )
        if self.best == self.by_path:
            return "this socket: label it"
        return "the number may change" if self.device.startswith(NUMBERED) else "built in"


def serial_ports(serial: Path = SERIAL) -> list[SerialPortName]:
    """List the ports of the machine; `serial` is the folder of udev's names."""
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
    """Return a stable name for a numbered port; None when the port has none, or is not numbered."""
    if not where.startswith(NUMBERED):
        return None
    best_names = {port.device: port.best for port in serial_ports(serial)}
    best = best_names.get(where, where)
    return best if best != where else None


def held_by(where: str, processes: Path = PROCESSES) -> list[str]:
    """Return the programs that have a port open, such as "minicom (4711)", as far as this user may see them."""
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
        pass  # the process has ended, or belongs to another user
    return None
