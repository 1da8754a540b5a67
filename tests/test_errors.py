import pytest

from reflop import errors
from reflop.errors import BadFile, BadParams, Disagreement, ReflopError, RunFailed, Unavailable


def test_message_is_one_line_that_names_expected_found_and_next() -> None:
    error = BadParams(what="fold", expected="1 to 64", found="a\nb", then="reflop list")
    assert str(error) == "fold: expected 1 to 64, found a b; try: reflop list"


def test_message_leaves_out_what_is_unknown() -> None:
    assert str(RunFailed(what="kernel died")) == "kernel died"
    assert str(RunFailed(what="kernel", found="nothing")) == "kernel: found nothing"


def test_exit_codes_are_those_the_documentation_promises() -> None:
    codes = {RunFailed: 1, BadFile: 1, BadParams: 2, Unavailable: 3, Disagreement: 4}
    assert {kind: kind(what="x").exit_code for kind in codes} == codes


def test_every_error_belongs_to_the_family() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    assert len(kinds) == 6
    assert all(issubclass(kind, ReflopError) for kind in kinds)


@pytest.mark.parametrize(
    ("kind", "builtin"), [(BadFile, OSError), (BadParams, ValueError), (RunFailed, RuntimeError)]
)
def test_errors_are_also_the_builtin_that_a_caller_would_catch(kind: type, builtin: type) -> None:
    with pytest.raises(builtin, match="x: expected y"):
        raise kind(what="x", expected="y")
