"""What the repository may hold: sizes, names, paths, and no code that runs what it reads."""

import ast
import json
import re
from pathlib import Path, PurePosixPath

import pytest

from tests.repository.tracked import ROOT, files, texts

MIB = 2**20
VAGUE = {"utils", "common", "base", "manager", "misc", "helpers"}
# The one file that may look beside the checkout, for real samples.
LOOKS_OUTSIDE = {".ci/run"}
PLACES = re.compile(r"(?<![\w./-])/(home|Users|root|work|mnt|media)/\w|[A-Z]:\\\\?Users")
REGISTRIES = re.compile(
    r"\b(pypi\.org|pythonhosted\.org|conda\.anaconda\.org|repo\.anaconda\.com|index-url\s+https?:)"
)


def test_tree_is_small() -> None:
    sizes = {path.relative_to(ROOT).as_posix(): path.stat().st_size for path in files()}
    assert sum(sizes.values()) < 64 * MIB
    artefacts = {name: size for name, size in sizes.items() if name.startswith("artefacts/")}
    assert sum(artefacts.values()) <= 40e6
    assert {name for name, size in artefacts.items() if size > 5e6} == set()


def test_names_say_what_a_file_is() -> None:
    assert {str(path) for path in files() if path.stem in VAGUE} == set()


def test_source_files_fit_a_readers_head() -> None:
    long = {name: text.count("\n") for name, text in texts(".py").items() if name.startswith("src/")}
    assert {name: lines for name, lines in long.items() if lines > 400} == {}


def test_no_file_names_a_place_outside_the_repository() -> None:
    """Tests may write made-up homes and hostile names; even they must not name this checkout or its samples."""
    here = (str(ROOT), str(ROOT.parent / "shared"))
    found = []
    for name, text in texts().items():
        mine = [place for place in here if re.search(rf"(?<![\w.-]){re.escape(place)}(?![\w.-])", text)]
        if not name.startswith("tests/"):
            mine += [match.group() for match in PLACES.finditer(text)] + list(_escapes(name, text))
        found += [f"{name}: {place}" for place in mine]
    assert found == []


def _escapes(name: str, text: str) -> list[str]:
    """Relative paths in the text that, seen from the file, leave the repository."""
    if name in LOOKS_OUTSIDE or name.startswith("_static/"):
        return []
    depth = len(PurePosixPath(name).parent.parts)
    return [match for match in re.findall(r"(?<![\w.])(?:\.\./)+", text) if match.count("..") > depth]


def test_no_file_names_a_package_registry() -> None:
    assert {name for name, text in texts().items() if REGISTRIES.search(text)} - {_me()} == set()


def _me() -> str:
    return Path(__file__).relative_to(ROOT).as_posix()


def test_notebooks_are_committed_without_outputs() -> None:
    assert {name: problems for name, text in texts(".ipynb").items() if (problems := leftovers(text))} == {}


def leftovers(notebook: str) -> list[str]:
    """What an executed notebook left behind and a committed one may not have."""
    content = json.loads(notebook)
    found = [
        f"cell {i}" for i, c in enumerate(content["cells"]) if c.get("outputs") or c.get("execution_count")
    ]
    found += [key for key in ("widgets", "papermill") if key in content["metadata"]]
    kernel = content["metadata"].get("kernelspec", {}).get("name")
    return found if kernel == "python3" else [*found, f"kernel {kernel}"]


def test_leftovers_are_seen() -> None:
    cells = [
        {"cell_type": "code", "outputs": [], "execution_count": None},
        {"outputs": [{}]},
        {"execution_count": 3},
    ]
    kernel = {"kernelspec": {"name": "python3"}}
    assert leftovers(json.dumps({"cells": cells, "metadata": kernel | {"widgets": {}}})) == [
        "cell 1",
        "cell 2",
        "widgets",
    ]
    assert leftovers(json.dumps({"cells": cells[:1], "metadata": kernel})) == []
    assert leftovers(json.dumps({"cells": [], "metadata": {}})) == ["kernel None"]


def test_no_source_runs_what_it_reads() -> None:
    sources = {
        name: text for name, text in texts(".py").items() if name.startswith(("src/", "workflow/", "book/"))
    }
    assert sources
    assert {name: found for name, text in sources.items() if (found := dangers(text))} == {}


def dangers(source: str) -> list[str]:
    """Calls that execute or unpickle their argument, shells, unsafe archives, and handlers that hide everything."""
    tree = ast.parse(source)
    zips = [n for n in ast.walk(tree) if isinstance(n, ast.With) and "ZipFile" in ast.unparse(n.items[0])]
    harmless = {
        id(call) for block in zips for call in ast.walk(block)
    }  # zipfile drops what would leave the folder
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            found.append(f"line {node.lineno}: bare except")
        if isinstance(node, ast.Call) and _is_danger(node) and id(node) not in harmless:
            found.append(f"line {node.lineno}: {ast.unparse(node.func)}")
    return found


ALWAYS = {
    "__import__", "compile", "eval", "exec", "joblib.load", "marshal.loads", "os.popen", "os.system", "pickle.load",
    "pickle.loads", "pickle.Unpickler", "shelve.open", "yaml.unsafe_load", "yaml.full_load",
}  # fmt: skip


def _is_danger(call: ast.Call) -> bool:
    called, words = ast.unparse(call.func), {k.arg: ast.unparse(k.value) for k in call.keywords}
    if called == "torch.load":
        return words.get("weights_only") != "True"
    if called == "yaml.load":
        loader = words.get("Loader") or (ast.unparse(call.args[1]) if len(call.args) > 1 else "yaml.Loader")
        return loader.startswith("yaml.") and loader != "yaml.SafeLoader"
    if called.rpartition(".")[2] == "extractall":
        return words.get("filter") != "'data'"
    return called in ALWAYS or "True" in (words.get("shell"), words.get("allow_pickle"))


@pytest.mark.parametrize(
    "source",
    [
        "eval(x)", "exec(x)", "pickle.load(f)", "torch.load(f)", "torch.load(f, weights_only=False)", "yaml.load(f)",
        "np.load(f, allow_pickle=True)", "subprocess.run(x, shell=True)", "tar.extractall(x)",
        "try:\n    f()\nexcept:\n    pass",
    ],
)  # fmt: skip
def test_dangers_are_seen(source: str) -> None:
    assert len(dangers(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "model.eval()",
        "re.compile(x)",
        "torch.load(f, weights_only=True)",
        "yaml.safe_load(f)",
        "np.load(f)",
        "yaml.load(f, _OurLoader)",
        "tar.extractall(x, filter='data')",
        "with zipfile.ZipFile(x) as z:\n    z.extractall()",
    ],
)
def test_what_looks_alike_is_let_pass(source: str) -> None:
    assert dangers(source) == []


def test_escapes_are_seen() -> None:
    assert _escapes("book/index.md", "[a](../README.md)") == []
    assert _escapes("book/index.md", "[a](../../README.md)") == ["../../"]
    assert _escapes("README.md", "see ../x") == ["../"]
    assert PLACES.search("open('/home/me/x')")
    assert not PLACES.search("book/home/me and https://x.org/home/x")
