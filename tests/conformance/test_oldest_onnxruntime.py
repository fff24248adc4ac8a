"""Models on the oldest onnxruntime that is allowed: the same numbers as on the newest one.

Seldon's environment holds it, since seldon-core holds numpy back. Trees with sets of hundreds of
categories are what implementations of the operator differ in.
"""

import os
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from homestead.model.onnx_calibration import add_calibration
from homestead.model.onnx_export import export_onnx
from homestead.model.onnx_interval import add_interval
from homestead.model.onnx_model import Model
from homestead.problem.answers.interval import QuantileInterval
from homestead.problem.contract import Contract
from homestead.training.calibration import fit_calibration
from tests.serving_models import probability_onnx
from tests.small_models import small_onnx
from tests.target_problems import target_problem
from tests.unit.model.fitted_models import CLASSIFIERS, REGRESSORS, fitted, small_problem
from tests.unit.model.test_category_export import CASES, every_value, exported_file

ROOT = Path(__file__).parents[2]
SELDON = ROOT / "requirements" / "seldon.txt"
# Runs each model of a folder there, on its rows, and writes what it predicts.
RUN = """
import sys
from pathlib import Path
import numpy as np
import onnxruntime
from homestead.model.onnx_model import Model
print(onnxruntime.__version__)
for path in Path(sys.argv[1]).glob("*.onnx"):
    model, name = Model(path.read_bytes()), str(path).removesuffix(".onnx")
    X = np.load(name + ".rows.npy")
    predictions = model.predict(X)
    np.save(name + ".found.npy", predictions)
    if model.contract.interval is not None:
        np.save(name + ".bounds.npy", model.bounds(X, predictions))
"""


def with_neighbours(X: np.ndarray) -> np.ndarray:
    """Return rows and those whose values are their float32 neighbours."""
    single = X[:200].astype(np.float32)
    below, above = (np.nextafter(single, np.float32(to)) for to in (-np.inf, np.inf))
    return np.concatenate([X, single, below, above]).astype(float)


def models() -> Iterator[tuple[str, bytes, np.ndarray]]:
    """Yield the name, the file, and the rows to run it on, of a model of each kind."""
    for cases, classes in ((REGRESSORS, 0), (CLASSIFIERS, 3)):
        problem = small_problem(classes)
        for path, params in cases:
            estimator, X = fitted(path, params, problem, missing=True)
            content = export_onnx(estimator, Contract.from_problem(problem), X)
            yield path, content, with_neighbours(X)
    for number, (estimator, settings, levels) in enumerate(CASES):
        content = exported_file(estimator, settings, levels)[1]
        yield f"categories {number} of {estimator}", content, every_value(levels)
    interval = QuantileInterval(coverage=0.9, scale="log", margin=0.25)
    X = np.random.default_rng(0).uniform(1, 100, (50, 2))
    quantiles = (small_onnx(0.5), small_onnx(2.0))
    yield "interval", add_interval(small_onnx(interval=interval), quantiles, interval, X), X
    p = np.random.default_rng(1).uniform(size=300)
    pairs = np.column_stack([1 - p, p])
    for method in ("isotonic", "sigmoid"):
        problem = target_problem("{type: category, allowed: [no, yes]}", calibration=method)
        calibration = fit_calibration(problem, (p > 0.4).astype(int), pairs, None)
        raw = probability_onnx(Contract.from_problem(problem))
        yield method, add_calibration(raw, calibration, pairs[:, ::-1]), pairs[:, ::-1]


@pytest.fixture(scope="module")
def python(python_of: Callable[[str], Path]) -> Path:
    return python_of("seldon") / "python"


def test_it_is_the_oldest_that_is_allowed() -> None:
    """``python`` runs the version of requirements/seldon.txt, which the other test asserts."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    [allowed] = {
        requirement
        for requirement in (
            *project["dependencies"],
            *(name for extra in project["optional-dependencies"].values() for name in extra),
        )
        if requirement.startswith("onnxruntime")
    }
    oldest = allowed.removeprefix("onnxruntime>=").partition(",")[0]
    assert oldest in (ROOT / "requirements" / "serving.in").read_text(encoding="utf-8")
    assert f"\nonnxruntime=={oldest}.0 " in SELDON.read_text(encoding="utf-8")


def test_each_kind_of_model_predicts_the_same(python: Path, tmp_path: Path) -> None:
    expected: dict[str, tuple[np.ndarray, np.ndarray | None]] = {}
    for name, content, X in models():
        path = tmp_path / f"{name}.onnx"
        path.write_bytes(content)
        np.save(tmp_path / f"{name}.rows.npy", X)
        model = Model(content)
        predictions = model.predict(X)
        bounds = None if model.contract.interval is None else model.bounds(X, predictions)
        expected[name] = predictions, bounds
    result = subprocess.run(
        [python, "-c", RUN, tmp_path],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    assert f"\nonnxruntime=={result.stdout.strip()} " in SELDON.read_text(encoding="utf-8")
    for name, (predictions, bounds) in expected.items():
        found = np.load(tmp_path / f"{name}.found.npy")
        # Trees, and so every leaf, are the same; exponentials may differ in their last bit.
        np.testing.assert_allclose(found, predictions, rtol=1e-13, err_msg=name)
        if bounds is not None:
            found = np.load(tmp_path / f"{name}.bounds.npy")
            np.testing.assert_allclose(found, bounds, rtol=1e-13, err_msg=name)
