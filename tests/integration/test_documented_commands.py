"""Each shell block of README and guides that needs no cluster runs as it is printed.

Pages share one folder and one home, with a model of the default problem that has answered.
"""

import shutil
from pathlib import Path

import httpx
import pandas as pd
import pytest
import yaml

from tests.shell_blocks import missing_lines, named_files, open_shell, shell_blocks
from tests.unit.docs.pages import ROOT, SHELL_PAGES, page_name

DATA = "data/king_county_house_sales.parquet"
PREDICTED_ROWS = 150
# The first page also waits for the home's training.
pytestmark = pytest.mark.timeout(1800)


def _runs(page: Path) -> bool:
    blocks = shell_blocks(page.read_text("utf-8"))
    return any(not (block.not_run or block.run_by) for block in blocks)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder like a clone's, with a small search and a model that has answered."""
    folder = tmp_path_factory.mktemp("guides")
    shutil.copytree(ROOT / "problems", folder / "problems")
    shutil.copytree(ROOT / "data", folder / "data", ignore=shutil.ignore_patterns("*.dvc"))
    path = folder / "problems" / "house_price.yaml"
    problem = yaml.safe_load(path.read_text(encoding="utf-8"))
    linear = {"estimator": "sklearn.linear_model.Ridge", "parameters": {"alpha": 1.0}}
    problem["candidates"] = {"linear": linear}
    problem["retraining"] = {"alerts": ["HomesteadDrift"]}
    path.write_text(yaml.safe_dump(problem, sort_keys=False), encoding="utf-8")
    with open_shell(folder) as shell:
        code, output = shell.run("homestead train\nhomestead serve")
        assert code == 0, output
        rows = pd.read_parquet(ROOT / DATA).tail(PREDICTED_ROWS).drop(columns="price")
        rows["date"] = rows["date"].astype(str)
        body = {"data": {"names": list(rows.columns), "ndarray": rows.to_numpy().tolist()}}
        answer = httpx.post(f"{shell.url}/predict", json=body, timeout=60)
        assert answer.status_code == 200, answer.text
    return folder


@pytest.mark.parametrize("page", [page for page in SHELL_PAGES if _runs(page)], ids=page_name)
def test_the_commands_run_as_they_are_printed(page: Path, folder: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for name, content in named_files(text).items():
        (folder / name).write_text(content, encoding="utf-8")
    with open_shell(folder) as shell:
        for block in shell_blocks(text):
            if block.not_run or block.run_by:
                continue
            code, output = shell.run(block.script)
            where = f"{page_name(page)}:{block.line}\n{output}"
            assert code in block.exit_codes, where
            assert missing_lines(block.output, output) == [], where
