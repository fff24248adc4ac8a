"""Shell blocks of guides are fenced, so that a test runs them or says why it does not."""

import re
from pathlib import Path

import pytest

from tests.shell_blocks import ShellBlock, missing_lines, shell_blocks
from tests.unit.docs.pages import ROOT, SHELL_PAGES, page_name

_PROGRAMS = (
    *(".venv/bin/", "homestead ", "make ", "curl ", "pip install", "python ", "python3 "),
    *("kubectl ", "mlflow ", "export ", "git ", "uvx ", "docker ", "airflow ", "$ "),
)


@pytest.mark.parametrize("page", SHELL_PAGES, ids=page_name)
def test_shell_commands_stand_in_fenced_blocks(page: Path) -> None:
    text = re.sub(r"^ *```.*?^ *```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    lines = [line.strip() for line in text.splitlines() if line.startswith("    ")]
    assert [line for line in lines if line.startswith(_PROGRAMS)] == []


@pytest.mark.parametrize("page", SHELL_PAGES, ids=page_name)
def test_blocks_that_are_run_by_another_test_name_one_that_exists(page: Path) -> None:
    named = [block.run_by for block in shell_blocks(page.read_text("utf-8")) if block.run_by]
    assert [path for path in named if not (ROOT / path).is_file()] == []


def test_a_mark_above_a_block_says_how_it_is_run() -> None:
    page = """
<!-- not run: needs a cluster -->

```bash
kubectl get pods
```

<!-- exit code: 0 or 3 -->
```bash
homestead drift
```

```text
drift share 0.05
```

```bash
true
```
"""
    cluster, drift, last = shell_blocks(page)
    assert cluster == ShellBlock(line=4, script="kubectl get pods\n", not_run="needs a cluster")
    assert drift.exit_codes == (0, 3)
    assert drift.output == "drift share 0.05\n"
    assert last == ShellBlock(line=17, script="true\n")


@pytest.mark.parametrize(
    ("shape", "output", "missing"),
    [
        ("mape 17.34% (16.78% to 17.9%)", "mape 9% (8.1% to 1e-3%)", []),
        ("card: …/card.html", "x\ncard: /tmp/a b/card.html\ny", []),
        ("data 33726fed816d", "data 0a1b2c3d4e5f", []),
        ("a 1\nb 2", "b 2\na 1", ["b 2"]),
        ("decision: promote", "decision: keep", ["decision: promote"]),
    ],
)
def test_figures_of_an_output_may_differ_but_not_its_words(
    shape: str, output: str, missing: list[str]
) -> None:
    assert missing_lines(shape, output) == missing
