"""Report what is wrong in a configuration file: every problem with its line, its path and what would be right.

ConfigError          the file cannot be used; `problems` has all of them
    .problems        Problem: file, line, path, what, remedy
"""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NamedTuple

Path = tuple[str | int, ...]


class ConfigFault(NamedTuple):
    """Hold what is wrong at a path; `line` if it is not the path's own."""

    path: Path
    what: str
    remedy: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Hold one thing to correct; `line` counts from 1 and is None if the file has no such line."""

    file: str
    line: int | None
    path: str
    what: str
    remedy: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        subject = f"{self.path}: " if self.path else ""
        return f"{place}: {subject}{self.what}; {self.remedy}"


class ConfigError(Exception):
    """Report that the configuration cannot be used: one line for each problem, in the file's order."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: (problem.line or 0, problem.path)))
        super().__init__("\n".join(map(str, self.problems)))


def spell_path(path: Path) -> str:
    """Return a path as people write it: `points[2].device` for `("points", 2, "device")`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def suggest(word: str, words: Sequence[str], *, otherwise: str) -> str:
    """Return the nearest known word as a question, else `otherwise`."""
    near = get_close_matches(word, words, n=1, cutoff=0.65)
    return f'did you mean "{near[0]}"?' if near else otherwise


def listed(words: Sequence[str]) -> str:
    """Join words for a sentence: `a, b or c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} or {words[-1]}"
