"""The commands of mbg-gateway."""

from gateway.cli.main import main

__all__ = ["main"]
