"""Text files are UTF-8 whatever the machine's encoding is."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import CHURN

ROOT = Path(__file__).parents[2]
# The C locale without Python's own remedies: text is ASCII where no encoding is named.
ASCII_ONLY = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def calls_without_encoding(path: Path) -> Iterator[str]:
    """Yield calls that read or write text in the encoding of the machine."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if not isinstance(node, ast.Call) or "encoding" in (k.arg for k in node.keywords):
            continue
        mode = [a.value for a in node.args if isinstance(a, ast.Constant)]
        match node.func:
            case ast.Attribute(attr="read_text"):
                depends = not node.args
            case ast.Attribute(attr="write_text"):
                depends = len(node.args) == 1
            case ast.Attribute(attr="open" | "fdopen") | ast.Name(id="open"):
                depends = any(isinstance(m, str) and set(m) <= set("rwax+t") for m in mode)
            case ast.Attribute(value=ast.Name(id="subprocess")):
                depends = any(keyword.arg == "text" for keyword in node.keywords)
            case _:
                depends = False
        if depends:
            yield f"{path.relative_to(ROOT)}:{node.lineno}: {ast.unparse(node.func)}"


@pytest.mark.parametrize("room", ["homestead", "benchmarks"])
def test_each_text_file_names_its_encoding(room: str) -> None:
    found = [call for path in (ROOT / room).rglob("*.py") for call in calls_without_encoding(path)]
    assert not found


def homestead(folder: Path, *arguments: str, **environment: str) -> tuple[int, bytes]:
    result = subprocess.run(
        [sys.executable, "-m", "homestead", *arguments],
        cwd=folder,
        env={**os.environ, **environment, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return result.returncode, result.stdout


def test_a_problem_of_other_letters_is_checked_and_shown_in_the_c_locale(tmp_path: Path) -> None:
    for path in (CHURN, CHURN.with_suffix(".csv")):
        text = path.read_text(encoding="utf-8")
        text = text.replace("pro", "größer").replace("Number of", "Nummer («№») of")
        (tmp_path / path.name).write_text(text.replace("größerblem", "problem"), encoding="utf-8")
    code, output = homestead(tmp_path, "validate", "--problem", "churn.yaml", **ASCII_ONLY)
    assert (code, b"churn: " in output) == (0, True), output


def test_a_terminal_of_another_encoding_lacks_letters_only(tmp_path: Path) -> None:
    (tmp_path / "no.yaml").write_text('name: "größer №1"\n', encoding="utf-8")
    code, output = homestead(
        *(tmp_path, "validate", "--problem", "no.yaml"), PYTHONIOENCODING="iso-8859-1"
    )
    assert code == 1
    assert "no.yaml: name: found 'größer ?1'" in output.decode("iso-8859-1")
