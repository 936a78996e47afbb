"""The base of every section of kitchen.yaml."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """Refuse unknown keys, and any change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())
