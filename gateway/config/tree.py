"""Parse YAML text into plain values, with the line of every path in it.

The scalars are those of YAML 1.2 (YAML 1.2.2 §10.3.2): `no` and `on` are words and `12:30` is text, where PyYAML's
YAML 1.1 would give False, True and 750. Anchors and tags are refused: a kitchen's file says everything once,
in place, and a short text cannot grow without bound.
"""

import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.composer import Composer, ComposerError
from yaml.error import MarkedYAMLError
from yaml.events import AliasEvent
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.reader import ReaderError

from gateway.config.problems import ConfigFault, Path

# kitchen.yaml needs five levels; PyYAML's recursion would end the process at a thousand.
DEEPEST = 20

_NULL = re.compile(r"(?:~|null|Null|NULL|)")
_BOOL = re.compile(r"(?:true|True|TRUE|false|False|FALSE)")
_INT = re.compile(r"[-+]?[0-9]{1,18}")
_HEX = re.compile(r"0x[0-9a-fA-F]{1,8}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]{1,18}|[0-9]{1,18}(?:\.[0-9]{0,18})?)(?:[eE][-+]?[0-9]{1,3})?")

# The parser's messages, and what to do about each.
_REMEDIES = {
    "'\\t'": "indent with spaces, not with tabs",
    "mapping values are not allowed": "put the text with the colon in quotes, or correct the indentation",
    "anchors": "write the value out at each place",
    "tags": "put the text in quotes",
    "nested": "five levels are enough",
    "expected a single document": "keep one document: take out the line ---",
    "but found another document": "keep one document: take out the line ---",
    "expected <block end>": "correct the indentation",
    "could not find expected ':'": "write key: value",
    "cannot start any token": "put the text in quotes",
    "unexpected end of stream": "close the quotes",
    "expected ',' or": "close the bracket",
}


@dataclass(slots=True)
class Tree:
    """Hold the values of a text; `lines` counts from 1, a key's line stands for its value."""

    value: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    faults: list[ConfigFault] = field(default_factory=list)

    def line(self, path: Path) -> int | None:
        """Return the line of a path, or of its nearest parent if it is absent."""
        for length in range(len(path), -1, -1):
            if (line := self.lines.get(path[:length])) is not None:
                return line
        return None


class _Careful:
    """Refuse aliases, tags and bottomless nesting, in front of a composer."""

    depth = 0

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        event: Any = self.peek_event()  # type: ignore[attr-defined]
        if isinstance(event, AliasEvent) or event.anchor is not None:
            raise ComposerError(None, None, "anchors (&) and aliases (*) are not used here", event.start_mark)
        if event.tag is not None:
            raise ComposerError(None, None, "tags (!) are not used here", event.start_mark)
        if self.depth >= DEEPEST:
            raise ComposerError(None, None, "this is nested too deeply", event.start_mark)
        self.depth += 1
        node: Node | None = super().compose_node(parent, index)  # type: ignore[misc]
        self.depth -= 1
        return node


class _Loader(_Careful, yaml.SafeLoader):
    """Compose with PyYAML."""


if yaml.__with_libyaml__:

    class _Quick(_Careful, Composer, yaml.CSafeLoader):
        """Compose with libyaml: a tenth of the time, which saves 0.15 s of a start with 200 points."""

        def __init__(self, text: str) -> None:
            yaml.CSafeLoader.__init__(self, text)
            Composer.__init__(self)


def _composed(text: str) -> Node | None:
    """Return the root; what libyaml cannot read is read again by PyYAML, for its message and column.

    libyaml takes some tabs and question marks for right that PyYAML does not: such a text goes to PyYAML alone.
    """
    if yaml.__with_libyaml__ and not {"\t", "?"} & set(text):
        with suppress(yaml.YAMLError, UnicodeError):
            return _Quick(text).get_single_node()
    return _Loader(text).get_single_node()


def grow(text: str) -> Tree:
    """Parse the text; what is wrong is in `faults`, what could be read in `value` and `lines`."""
    tree = Tree()
    try:
        root = _composed(text)
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        tree.faults.append(ConfigFault((), "a control character may not stand in the file", "take it out", line))
        return tree
    except MarkedYAMLError as error:
        tree.faults.append(_syntax(error))
        return tree
    if not isinstance(root, MappingNode):
        tree.lines[()] = root.start_mark.line + 1 if root else 1
        empty = root is None or (isinstance(root, ScalarNode) and not root.value)
        what = "the file is empty" if empty else "the file is no mapping of sections"
        tree.faults.append(ConfigFault((), what, "start from examples/kitchen.yaml"))
        return tree
    tree.value = _value(root, (), tree)
    return tree


def _value(node: Node, path: Path, tree: Tree) -> Any:
    tree.lines.setdefault(path, node.start_mark.line + 1)
    match node:
        case MappingNode():
            return _mapping(node, path, tree)
        case SequenceNode():
            return [_value(item, (*path, index), tree) for index, item in enumerate(node.value)]
        case ScalarNode():
            return _scalar(node)
    return None  # no other node exists


def _mapping(node: MappingNode, path: Path, tree: Tree) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, ScalarNode) or not key_node.value:
            tree.faults.append(ConfigFault(path, "a key must be a word", "write it as key: value", line))
            continue
        key = _characters(key_node)
        if key in values:
            first = tree.lines[(*path, key)]
            what = f'"{key}" stands here and in line {first}'
            tree.faults.append(ConfigFault((*path, key), what, "keep one of them", line))
            continue
        tree.lines[(*path, key)] = line
        values[key] = _value(value_node, (*path, key), tree)
    return values


def _scalar(node: ScalarNode) -> str | float | bool | None:
    text = _characters(node)
    if node.style in {"'", '"', "|", ">"}:
        return text
    if _NULL.fullmatch(text):
        return None
    if _BOOL.fullmatch(text):
        return text.lower() == "true"
    if _INT.fullmatch(text):
        return int(text)
    if _HEX.fullmatch(text):
        return int(text, 16)
    return float(text) if _FLOAT.fullmatch(text) else text


def _characters(node: ScalarNode) -> str:
    """Return the node's text; PyYAML leaves JSON's two escapes for one character (RFC 8259 §7) as two halves."""
    return str(node.value).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _syntax(error: MarkedYAMLError) -> ConfigFault:
    """Return one clear sentence for what the YAML parser could not read."""
    what = error.problem or "this is no YAML"
    remedy = next(
        (remedy for cause, remedy in _REMEDIES.items() if cause in what), "compare with examples/kitchen.yaml"
    )
    mark = error.problem_mark or error.context_mark
    return (
        ConfigFault((), f"{what} (column {mark.column + 1})", remedy, mark.line + 1)
        if mark
        else ConfigFault((), what, remedy)
    )
