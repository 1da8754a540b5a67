"""Who may import whom, held against the syntax trees of the package."""

import ast
from pathlib import Path

import pytest

from reflop import catalog, source

# What each part may import of the package, besides itself. A part is a file or folder directly below the package.
BOTTOM = {
    "cache", "errors", "figures", "files", "machine", "parameter_file", "params", "progress", "record", "source",
    "values",
}  # fmt: skip
SECOND = {
    "measure": BOTTOM,
    "data": BOTTOM,
    "models": BOTTOM | {"data"},
    "engines": BOTTOM | {"measure", "data", "models"},
    "train": BOTTOM | {"measure", "data", "models"},
}
LOWER = BOTTOM | SECOND.keys()
# Packages that take seconds to load or are often absent: never at module level, whatever the file.
NEVER_AT_TOP = {
    "torchvision",
    "torch_geometric",
    "nncf",
    "seaborn",
    "lightonml",
    "tensorrt",
    "detectron2",
    "snakemake",
}
# Where a module is only opened by those who need it anyway, these may stand at its top.
HEAVY = {
    "torch",
    "numpy",
    "scipy",
    "sklearn",
    "pandas",
    "matplotlib",
    "papermill",
    "nbclient",
    "PIL",
    "av",
    "cv2",
}
OPENED_ON_DEMAND = {"measure", "data", "models", "engines", "train", "systems", "frontier"}


def modules() -> dict[str, Path]:
    """Every module of the package."""
    return {
        ".".join(("reflop", *path.relative_to(source.PACKAGE).with_suffix("").parts)).removesuffix(
            ".__init__"
        ): path
        for path in sorted(source.PACKAGE.rglob("*.py"))
    }


def part(module: str) -> str:
    """The part of the package that a module belongs to; a system is a part of its own.

    >>> part("reflop.systems.optical.sections"), part("reflop.measure.timing"), part("reflop")
    ('systems.optical', 'measure', '')
    """
    words = module.split(".")[1:]
    return ".".join(words[:2]) if words[:1] == ["systems"] else words[0] if words else ""


def allowed(name: str) -> set[str] | None:
    """Parts that part `name` may import; None for all.

    >>> allowed("measure") == BOTTOM, "engines" in allowed("systems.optical"), allowed("cli")
    (True, True, None)
    """
    if name in BOTTOM:
        return BOTTOM
    if name in SECOND:
        return SECOND[name]
    if name.startswith("systems"):
        return LOWER
    if name == "frontier":
        return LOWER | {f"systems.{system}" for system in catalog.SYSTEMS} | {"systems"}
    return None


@pytest.mark.parametrize("module", modules())
def test_module_imports_only_what_lies_below_it(module: str) -> None:
    mine, path = part(module), modules()[module]
    may = allowed(mine)
    used = {part(name) for name in source._imports(path) if _is_module(name)}
    assert may is None or used <= may | {mine, "", "systems"}, sorted(used - may)


def _is_module(name: str) -> bool:
    """Whether an imported name is a module of the package, and not an object inside one."""
    return name in modules() and name != "reflop"


@pytest.mark.parametrize("module", modules())
def test_heavy_packages_are_loaded_by_those_who_use_them(module: str) -> None:
    path = modules()[module]
    top = {name.split(".")[0] for name in at_module_level(ast.parse(path.read_bytes()))}
    assert not top & NEVER_AT_TOP
    if not opened_on_demand(module, path):
        assert not top & HEAVY


def opened_on_demand(module: str, path: Path) -> bool:
    """Whether only those load a module who want what it computes; parameters and package fronts are for all."""
    front = path.name == "__init__.py" and module.count(".") <= 2
    return part(module).partition(".")[0] in OPENED_ON_DEMAND and path.name != "params.py" and not front


def at_module_level(tree: ast.AST) -> list[str]:
    """Names imported when the module is imported: not inside functions, not for type checkers only."""
    found: list[str] = []
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.append(node.module or "")
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            typing = isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
            found += [] if typing else at_module_level(node)
    return found


def test_module_level_is_told_from_the_inside() -> None:
    text = (
        "import a\nfrom b.c import d\ntry:\n    import e\nexcept ImportError:\n    pass\n"
        "def f():\n    import g\nclass H:\n    import i\nif TYPE_CHECKING:\n    import j\n"
    )
    assert at_module_level(ast.parse(text)) == ["a", "b.c", "e", "i"]
