"""What a client of the control socket asks of the pipeline."""

import msgspec


class Watch(msgspec.Struct, frozen=True):
    """A client of the control socket wants the snapshot, and then what changes."""

    client: int


class Command(msgspec.Struct, frozen=True):
    """A person wants something done. `key` makes a repeated command the same one."""

    client: int
    key: str
    name: str
    args: dict[str, object]
