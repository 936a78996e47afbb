"""docs/contributing.md lists, for each thing that is added often, exactly the files that its example touches."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "contributing.md").read_text(encoding="utf-8")
WALKS = dict(re.findall(r"^## Add (?:a|an) ([^\n]+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
FOLDERS = ("api", "deploy", "docs", "drivers", "examples", "gateway", "simulators", "tests")
# Pages that tell of everything, the last one written by a program.
TELLING = {"docs/contributing.md", "docs/performance.md"}


def files() -> Iterator[Path]:
    """README.md and every text file of the folders above, but decisions: they tell of the past."""
    yield ROOT / "README.md"
    for folder in FOLDERS:
        for file in (ROOT / folder).rglob("*.*"):
            if file.is_file() and "__pycache__" not in file.parts and "decisions" not in file.parts:
                yield file


def files_about(name: str) -> set[str]:
    """The files whose name or text has the word; a hyphen may be an underscore, or in the page's words a point."""
    word = re.compile(rf"(?<![\w-]){re.sub('[-_]', '[-_.]', name)}(?![\w-])", re.IGNORECASE)
    about = {file for file in files() if word.fullmatch(file.stem) or word.search(text_of(file))}
    return {str(file.relative_to(ROOT)) for file in about} - TELLING


def text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:  # a database, an image
        return ""


@pytest.mark.parametrize("thing", WALKS)
def test_the_files_of_a_walk_are_those_that_its_example_touches(thing: str) -> None:
    walk = WALKS[thing]
    example = re.search(r"Example:\s+`([\w-]+)`", walk)
    assert example is not None, "a walk names its example"
    listed, about = set(re.findall(r"^- `([^`]+)`", walk, re.MULTILINE)), files_about(example[1])
    folders = {entry for entry in listed if entry.endswith("/") and any(file.startswith(entry) for file in about)}
    assert listed == {file for file in about if not file.startswith(tuple(folders))} | folders


def test_there_is_a_walk_for_each_thing_that_is_added_often() -> None:
    assert WALKS.keys() == {
        "kind of control",
        "scale protocol",
        "message format",
        "command about stock, with its button",
    }
