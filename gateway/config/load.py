"""Load kitchen.yaml into a Config, or report everything that is wrong with it.

`load` and `read_secret` read files; `parse` reads no more than the register maps that the text names.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gateway.config.checks import CHECKS, Raw, by_id, items, word
from gateway.config.device_checks import DEVICE_CHECKS, channels_of
from gateway.config.explain import explain
from gateway.config.hardware import Hardware, shipped, with_maps
from gateway.config.models import Config
from gateway.config.plan_checks import PLAN_CHECKS, plan_faults
from gateway.config.problems import ConfigError, ConfigFault, Problem, spell_path
from gateway.config.stock_checks import STOCK_CHECKS
from gateway.config.tree import Tree, grow

# A kitchen's file has a few kilobytes; a larger one is named by mistake.
LARGEST = 1024 * 1024


def load(path: Path, *, hardware: Hardware | None = None) -> Config:
    """Read and check a file.

    Raises:
        ConfigError: it cannot be read or used; all problems at once.
    """
    return parse(_text(path), path, hardware=hardware)


def parse(text: str, path: Path, *, hardware: Hardware | None = None) -> Config:
    """Check the text of a file; `path` is its name, and relative files in it are meant from its folder.

    Raises:
        ConfigError: all problems at once, in the order of the lines.
    """
    tree = grow(text)
    if tree.value is None:
        raise ConfigError(_problems(tree.faults, tree, path))
    named = [word(device, "map") or "" for _, device in items(tree.value, ("devices",))]
    hardware_and_maps = with_maps(hardware or shipped(), named, path.parent)
    _default_channels(tree.value, hardware_and_maps)
    faults = [*tree.faults, *_between(tree.value, hardware_and_maps)]
    try:
        config = Config.model_validate(tree.value, context={"folder": path.parent})
    except ValidationError as error:
        faults += explain(error)
    else:
        faults += [] if faults else plan_faults(config)
    if faults:
        raise ConfigError(_problems(faults, tree, path))
    return config


def read_secret(*, env: str | None, file: Path | None) -> str | None:
    """Return the secret that a `*_env` or `*_file` setting names; None if neither is set.

    Raises:
        ConfigError: the variable is not set or the file cannot be read.
    """
    if env is not None:
        if (secret := os.environ.get(env)) is None:
            raise _unreadable(f"${env}", "the environment variable is not set", "set it where the gateway starts")
        return secret
    return None if file is None else _text(file).strip("\r\n")


def _text(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            raw = stream.read(LARGEST + 1)
    except FileNotFoundError:
        raise _unreadable(str(path), "there is no such file", "check the name and the folder") from None
    except (OSError, ValueError) as error:
        what = f"it cannot be read ({getattr(error, 'strerror', None) or error})"
        raise _unreadable(str(path), what, "check its permissions") from error
    if len(raw) > LARGEST:
        raise _unreadable(str(path), "it is larger than 1 MiB", "name the right file")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _unreadable(str(path), "it is not UTF-8 text", "save it as UTF-8", line) from error


def _unreadable(name: str, what: str, remedy: str, line: int | None = None) -> ConfigError:
    return ConfigError([Problem(name, line, "", what, remedy)])


def _default_channels(raw: Raw, hardware: Hardware) -> None:
    """Fill in the channel of a device that has only one, such as a scale."""
    devices = by_id(raw, ("devices",))
    for _, point in items(raw, ("points",)):
        channels = channels_of(devices.get(str(point.get("device")), {}), hardware)
        if len(channels) == 1 and isinstance(point, dict):
            point.setdefault("channel", channels[0])


def _between(raw: Any, hardware: Hardware) -> Iterator[ConfigFault]:
    for check in (*CHECKS, *PLAN_CHECKS, *STOCK_CHECKS):
        yield from check(raw)
    for device_check in DEVICE_CHECKS:
        yield from device_check(raw, hardware)


def _problems(faults: list[ConfigFault], tree: Tree, path: Path) -> list[Problem]:
    """Return one problem for each place and line; if a model and a check report the same path, the first."""
    problems: dict[tuple[str, int | None], Problem] = {}
    for fault in faults:
        line, where = fault.line or tree.line(fault.path), spell_path(fault.path)
        problems.setdefault((where, line), Problem(str(path), line, where, fault.what, fault.remedy))
    return list(problems.values())
