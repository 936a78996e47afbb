"""A disk that dies on demand under a real process: builds and steers the shim of disk.c."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from brokers import need_program

ErrnoName = Literal["EIO", "EROFS", "ENOSPC"]
SOURCE = Path(__file__).with_name("disk.c")


@dataclass(frozen=True)
class FaultyDisk:
    """Healthy until told otherwise.

    Attributes:
        env: what the environment of the process under test must have in addition.
    """

    env: dict[str, str]
    control: Path

    def fail(self, errno_name: ErrnoName, *, only: str = "") -> None:
        """From now on writes fail with this errno, also in files that are open.

        `only` limits it to the calls whose name contains it: `sync` lets the bytes into the cache, not to the disk.
        """
        # Renamed into place: no write ever sees half a name.
        said = self.control.with_suffix(".new")
        said.write_text(f"{errno_name} {only}")
        said.rename(self.control)

    def heal(self) -> None:
        """The disk works again."""
        self.control.unlink(missing_ok=True)


@contextmanager
def faulty_disk(folder: Path, *, text: str = "journal.db") -> Iterator[FaultyDisk]:
    """A disk for the files whose path contains `text`; shim and control file are put into `folder`.

    Needs a C compiler: without one the test is skipped, but under CI=true it fails.
    """
    shim, control = folder / "faulty-disk.so", folder / "faulty-disk"
    warnings = ["-Wall", "-Wextra", "-Werror"]
    subprocess.run([need_program("gcc"), *warnings, "-O2", "-shared", "-fPIC", "-o", shim, SOURCE, "-ldl"], check=True)
    disk = FaultyDisk({"LD_PRELOAD": str(shim), "FAULTY_DISK_TEXT": text, "FAULTY_DISK_CONTROL": str(control)}, control)
    try:
        yield disk
    finally:
        # What still runs may close its files in peace.
        disk.heal()
