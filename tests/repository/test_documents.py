"""What the documents point to exists, and what they say of the project agrees."""

import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml

from tests.repository.tracked import ROOT, files, texts

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")

MADE = ("runs/", "_generated/")  # below book/: staged by the build, whose own check covers them


def broken(folder: Path, text: str) -> list[str]:
    """Relative links of a Markdown text to files that do not exist; code and pages made by the build left out."""
    prose = re.sub(r"```.*?```|`[^`\n]*`|^ {4}.*$", "", text, flags=re.DOTALL | re.MULTILINE)
    targets = [link.partition("#")[0] for link in LINK.findall(prose) if not re.match(r"[a-z]+:", link)]
    return [target for target in targets if not (target.startswith(MADE) or (folder / target).exists())]


def test_links_between_documents_resolve() -> None:
    bad = {
        name: found for name, text in texts(".md").items() if (found := broken((ROOT / name).parent, text))
    }
    assert bad == {}


def test_broken_links_are_seen(tmp_path: Path) -> None:
    (tmp_path / "here.md").touch()
    text = "[a](here.md) [b](here.md#part) [c](gone.md) [d](https://x.org/gone) [e](#part) `[f](gone)`"
    assert broken(tmp_path, text) == ["gone.md"]


def test_readme_points_to_every_document_at_the_root() -> None:
    readme = (ROOT / "README.md").read_text()
    documents = {path.name for path in files() if path.parent == ROOT and path.suffix in {".md", ".cff"}} | {
        "LICENSE"
    }
    assert {name for name in documents - {"README.md"} if f"({name})" not in readme} == set()


class _EveryKeyOnce(yaml.SafeLoader):
    """YAML keeps the last of two equal keys without a word; here it is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        assert len(keys) == len(set(keys)), f"a key twice among {keys}"
        return super().construct_mapping(node, deep)


CITATION = yaml.load((ROOT / "CITATION.cff").read_text(), Loader=_EveryKeyOnce)
# Of the Citation File Format 1.2.0: what a file, a reference, a person and an entity may or must say.
REQUIRED = {"cff-version", "message", "title", "authors"}
KEYS = REQUIRED | {
    "abstract", "commit", "contact", "date-released", "doi", "identifiers", "keywords", "license", "license-url",
    "preferred-citation", "references", "repository", "repository-artifact", "repository-code", "type", "url",
    "version",
}  # fmt: skip
REFERENCE_TYPES = {"article", "conference-paper", "software", "thesis", "report", "data", "book"}


def test_citation_file_follows_its_format() -> None:
    assert REQUIRED <= CITATION.keys() <= KEYS
    assert CITATION["cff-version"] == "1.2.0"
    assert CITATION["type"] in {"software", "dataset"}
    assert all(isinstance(CITATION[key], str) and CITATION[key] for key in ("message", "title", "abstract"))


def test_citation_names_the_sources() -> None:
    assert len(CITATION["references"]) >= 5
    for reference in CITATION["references"]:
        assert {"type", "title", "authors"} <= reference.keys()
        assert reference["type"] in REFERENCE_TYPES
        for author in reference["authors"]:
            assert set(author) in ({"family-names", "given-names"}, {"name"})


def test_documents_agree_about_the_project() -> None:
    import reflop

    about = json.loads((ROOT / "codemeta.json").read_text())
    assert {PROJECT["version"], CITATION["version"], about["version"], reflop.__version__} == {
        PROJECT["version"]
    }
    assert CITATION["license"] == PROJECT["license"] == "MIT"
    assert about["license"].endswith("/MIT")
    authors = [PROJECT["authors"], CITATION["authors"], [{"name": about["author"][0]["name"]}]]
    assert authors == [[{"name": "The Reflop authors"}]] * 3
    assert about["runtimePlatform"] == f"Python {PROJECT['requires-python']}"
    assert about["keywords"] == CITATION["keywords"] == PROJECT["keywords"]
    assert about["description"] == PROJECT["description"]
    assert PROJECT["description"].lower() in CITATION["title"].lower()


def test_licence_is_mit_and_names_the_authors() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert text.startswith("MIT License\n\nCopyright (c) 2026 The Reflop authors\n")
    assert "THE SOFTWARE IS PROVIDED" in text


@pytest.mark.parametrize("folder", ["_static"])
def test_what_others_wrote_is_listed_with_its_licence(folder: str) -> None:
    carried = {path.parent.relative_to(ROOT).as_posix() for path in files() if path.name == "LICENSE"} - {"."}
    listed = (ROOT / "LICENSES.md").read_text()
    assert {place for place in carried if f"`{place}/`" not in listed} == set()


def test_version_has_a_note_of_what_changed() -> None:
    assert f"## {PROJECT['version']}" in (ROOT / "CHANGELOG.md").read_text()
