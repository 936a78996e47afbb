"""What reaches the pipeline besides what links bring: people's commands, and results of threads of our own."""

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


class JournalDamaged(msgspec.Struct, frozen=True):
    """A reader found the journal's file damaged; `text` is SQLite's, `file` the inode: another may be in its place."""

    text: str
    file: int
