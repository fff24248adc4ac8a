"""What `import homestead` offers, and what it loads."""

import subprocess
import sys

import pytest

import homestead

HEAVY = ("pandas", "numpy", "sklearn", "mlflow", "feast", "onnxruntime", "kfp", "matplotlib")


def test_the_import_loads_nothing_heavy() -> None:
    code = "import sys, homestead; dir(homestead); print(*sys.modules)"
    command = [sys.executable, "-c", code]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert not {*HEAVY} & {*loaded}


def test_each_name_is_there_and_documented() -> None:
    assert [*homestead._EXPORTS] == homestead.__all__
    assert {*homestead.__all__} <= {*dir(homestead)}
    for name in homestead.__all__:
        assert getattr(homestead, name).__doc__, name
    with pytest.raises(AttributeError, match="has no attribute 'tran'"):
        _ = homestead.tran
