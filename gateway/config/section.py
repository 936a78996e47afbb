"""What every section of kitchen.yaml is."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A mapping in the file: nothing unknown in it, nothing changed after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())
