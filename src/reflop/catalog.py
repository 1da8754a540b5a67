"""What exists: systems and their sections, as plain mappings; a new system is one import and one line."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from reflop.params import Params, unknown
from reflop.record import Measured
from reflop.systems.bulk import params as bulk
from reflop.systems.folded import params as folded
from reflop.systems.optical import params as optical

SYSTEMS: dict[str, ModuleType] = {
    "optical": optical,  # LightOn OPU benchmarks
    "folded": folded,  # FoldedCNNs, several images to one network
    "bulk": bulk,  # Graphcore, ResNeXt-101 bulk inference
}


@dataclass(frozen=True)
class Section:
    """One table or figure of a source: its name, its parameters and, on demand, its function."""

    system: str
    name: str
    params: type[Params]

    @property
    def module(self) -> str:
        """The module that holds the section's function."""
        return f"reflop.systems.{self.system}.{self.params.HOME}"

    @property
    def cost(self) -> str:
        """The `Cost:` line of the section's docstring, or of its module's, read without importing it."""
        path = Path(__file__).parent / "systems" / self.system / f"{self.params.HOME}.py"
        tree = ast.parse(path.read_bytes())
        nodes: list[ast.FunctionDef | ast.Module] = [
            node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == self.name
        ]
        for node in [*nodes, tree]:
            for line in (ast.get_docstring(node) or "").splitlines():
                if line.startswith("Cost:"):
                    return line.removeprefix("Cost:").strip()
        return ""

    def function(self) -> Callable[[Params, Path], Measured]:
        """The section's function; importing it may load torch."""
        function: Callable[[Params, Path], Measured] = getattr(
            importlib.import_module(self.module), self.name
        )
        return function


def sections() -> dict[str, Section]:
    """Every section under its full name, `system.section`."""
    return {
        f"{system}.{name}": Section(system, name, params)
        for system, module in SYSTEMS.items()
        for name, params in module.SECTIONS.items()
    }


def section(name: str) -> Section:
    """The section called `system.section`.

    Raises:
        BadParams: with the nearest known name.
    """
    known = sections()
    if name not in known:
        raise unknown(name, list(known), "section")
    return known[name]


def system(name: str) -> ModuleType:
    """The torch-free `params` module of a system: TITLE, SOURCE, SECTIONS.

    Raises:
        BadParams: with the nearest known name.
    """
    if name not in SYSTEMS:
        raise unknown(name, list(SYSTEMS), "system")
    return SYSTEMS[name]
