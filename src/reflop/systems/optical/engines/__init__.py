"""The engines by name; a new one is a module with an `ENGINE` and a line here."""

from reflop.systems.optical.engines import blocked, dense, lightonml, opu, structured
from reflop.systems.optical.engines.engine import Engine

ENGINES: dict[str, Engine] = {
    module.ENGINE.name: module.ENGINE for module in (structured, dense, blocked, lightonml, opu)
}

__all__ = ["ENGINES", "Engine"]
