"""Write and read the files in the broker's folder.

Each file appears complete or not at all, and with its final rights: a secret is never readable by others, not even for
a moment. Files that mosquitto must read belong to its user if root makes them.
"""

import os
import pwd
import tempfile
from pathlib import Path

from cryptography import x509

BROKER_USER = "mosquitto"
SECRET, PUBLIC = 0o600, 0o644
_PRIVATE_FOLDER = 0o700


class BrokerFiles:
    """The files of one folder, by their names in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._broker_user = _broker_user()

    def path(self, name: str) -> Path:
        return self.folder / name

    def exists(self, name: str) -> bool:
        return self.path(name).exists()

    def read(self, name: str) -> str:
        """Return the text of a file; "" if it is missing."""
        return self.path(name).read_text() if self.exists(name) else ""

    def certificate(self, name: str) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.path(name).read_bytes())

    def write(self, name: str, content: bytes, mode: int, *, broker: bool = False) -> list[str]:
        """Replace a file; return its name in a list. `broker`: mosquitto must read it.

        Raises:
            OSError: it cannot be written.
        """
        file = self.path(name)
        if not file.parent.exists():
            file.parent.mkdir(mode=_PRIVATE_FOLDER)
        descriptor, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fchmod(descriptor, mode)
            if broker and self._broker_user is not None:
                os.fchown(descriptor, self._broker_user.pw_uid, self._broker_user.pw_gid)
            os.fsync(descriptor)
        Path(temporary).replace(file)
        return [name]

    def remove(self, name: str) -> None:
        """Delete a file, if it is there."""
        self.path(name).unlink(missing_ok=True)


def _broker_user() -> pwd.struct_passwd | None:
    """Return mosquitto's user, who must own its files; None if this process may not give files away."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(BROKER_USER)
    except KeyError:
        return None
