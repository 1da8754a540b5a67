import json
from pathlib import Path
from typing import Any

import pytest

from tests import project
from tests.contract.notebooks import problems

STALE = {"output_type": "stream", "name": "stdout", "text": "an old result"}
ERROR = {"output_type": "error", "ename": "E", "evalue": "why", "traceback": []}
RUN = {"papermill": {"status": "completed"}}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"outputs": [STALE]}, "cell 4: an output is stored"),
        ({"outputs": [ERROR]}, "cell 4: an error is stored"),
        ({"execution_count": 3}, "cell 4: an execution count is stored"),
        ({"metadata": RUN}, "cell 4: metadata of a run: papermill"),
    ],
)
def test_fault_58_a_notebook_with_stored_outputs_fails_the_check(
    tmp_path: Path, change: dict[str, Any], told: str
) -> None:
    page = json.loads(project.notebook())
    page["cells"][3] |= change
    file = tmp_path / "page.ipynb"
    file.write_text(json.dumps(page))
    assert problems(file) == [told]


def test_fault_58_no_committed_notebook_has_any() -> None:
    committed = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
    assert committed
    for path in committed:
        assert problems(path) == []
