"""pyproject.toml says what is needed, constraints.txt pins it, environment.yml carries the same pins."""

import re
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.repository.tracked import ROOT

PYTHONS = ("3.11.9", "3.12.4", "3.13.1")
# The packages this book is built with; each is installed, or is named with its install command.
NAMED = {
    "detectron2", "graphviz", "jupyter-book", "lightonml", "papermill", "scikit-learn",
    "seaborn", "snakemake", "tensorrt", "torch", "torch-geometric", "torchvision",
}  # fmt: skip
BY_HAND = {"detectron2", "lightonml", "tensorrt"}


def text(name: str) -> str:
    return (ROOT / name).read_text()


PROJECT = tomllib.loads(text("pyproject.toml"))["project"]
EXTRAS = PROJECT["optional-dependencies"]


def direct() -> list[Requirement]:
    """Every requirement of the package and of its extras."""
    return [
        Requirement(line)
        for line in (*PROJECT["dependencies"], *(r for extra in EXTRAS.values() for r in extra))
    ]


def pins(python: str) -> dict[str, Version]:
    """The pins of constraints.txt that hold on a Linux machine with this Python."""
    machine = {
        "python_version": python.rpartition(".")[0],
        "python_full_version": python,
        "sys_platform": "linux",
    }
    found = {}
    for line in text("constraints.txt").splitlines():
        requirement = Requirement(line)
        (only,) = requirement.specifier
        assert only.operator == "==", line
        if requirement.marker is None or requirement.marker.evaluate(machine):
            name = canonicalize_name(requirement.name)
            assert name not in found, f"{name} is pinned twice for Python {python}"
            found[name] = Version(only.version)
    return found


@pytest.mark.parametrize("python", PYTHONS)
def test_every_requirement_has_a_pin_inside_its_range(python: str) -> None:
    known = pins(python)
    outside = [
        f"{requirement} but {known.get(canonicalize_name(requirement.name))}"
        for requirement in direct()
        if (pin := known.get(canonicalize_name(requirement.name))) is None or pin not in requirement.specifier
    ]
    assert outside == []


def test_python_range_covers_the_versions_that_are_tested() -> None:
    assert PROJECT["requires-python"] == ">=3.11,<3.14"
    assert all(Version(python) in SpecifierSet(PROJECT["requires-python"]) for python in PYTHONS)


def test_known_traps_are_ruled_out() -> None:
    allowed = {canonicalize_name(r.name): r.specifier for r in direct()}
    assert (
        Version("2.0.0") not in allowed["jupyter-book"]
    )  # another program, which fetches its theme at build time
    assert Version("2.13.0") not in allowed["torch"]
    assert Version("81.0.0") not in allowed["setuptools"]  # lightonml imports pkg_resources
    assert Version("2.9.0") not in allowed["numexpr"]
    assert pins("3.11.9")["setuptools"] < Version("81")


def test_environment_carries_the_same_pins() -> None:
    environment = yaml.safe_load(text("environment.yml"))
    assert environment["name"] == "reflop"
    assert environment["channels"] == ["conda-forge"]
    *conda, pip = environment["dependencies"]
    assert conda == ["python=3.11", "pip", "graphviz"]
    options = [line for line in pip["pip"] if line.startswith("-")]
    assert options == ["-c constraints.txt", "-e ."]
    found = {
        line.partition("==")[0]: Version(line.partition("==")[2])
        for line in pip["pip"]
        if line not in options
    }
    known = pins("3.11.9")
    assert found == {name: known[name] for name in sorted({canonicalize_name(r.name) for r in direct()})}


@pytest.mark.parametrize("name", sorted(NAMED))
@pytest.mark.parametrize("file", ["pyproject.toml", "environment.yml"])
def test_every_named_package_is_required_or_has_its_install_command(file: str, name: str) -> None:
    if name in BY_HAND:
        assert re.search(rf"^\s*#.*pip install.*{name}", text(file), re.MULTILINE)
        assert not re.search(rf"^[^#]*[\"-] ?{name}\b", text(file), re.MULTILINE)
    else:
        assert re.search(rf"^[^#]*[\"-] ?{name}[>=]", text(file), re.MULTILINE)


def test_lightonml_is_installed_everywhere_in_the_same_version() -> None:
    named = {
        file: set(re.findall(r"lightonml==([\d.]+\d)", text(file)))
        for file in ("Makefile", "pyproject.toml", "environment.yml", "README.md")
    }
    assert set(map(frozenset, named.values())) == {frozenset({"1.4.3"})}


def test_the_package_alone_needs_no_notebook_stack() -> None:
    book = {canonicalize_name(Requirement(line).name) for line in EXTRAS["book"]}
    plain = {canonicalize_name(Requirement(line).name) for line in PROJECT["dependencies"]}
    assert {"papermill", "jupyter-book", "snakemake"} <= book
    assert not plain & book
