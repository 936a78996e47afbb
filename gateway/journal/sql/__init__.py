"""The SQL of the journal by name: every other file of this folder holds the statements about one subject.

A line `-- name --` begins the statement of that name; comments behind it say what it does, where its name does not.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

_NAME = re.compile(r"^-- (\w+) --$", re.MULTILINE)
_COMMENT = re.compile(r"\s*--.*$", re.MULTILINE)


@cache
def statements(subject: str) -> Mapping[str, str]:
    """Return the statements of the file `subject`.sql by their names, without their comments."""
    text = Path(__file__).with_name(f"{subject}.sql").read_text(encoding="utf-8")
    _, *parts = _NAME.split(text)
    return MappingProxyType(
        {name: _COMMENT.sub("", sql).strip() for name, sql in zip(parts[::2], parts[1::2], strict=True)}
    )
