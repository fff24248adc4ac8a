"""The names of the Python API: each is there, and none is imported before it is used."""

import subprocess
import sys

import pytest

import homestead


def test_every_name_is_found_and_listed() -> None:
    assert set(homestead.__all__) == set(homestead._EXPORTS)
    assert set(homestead.__all__) <= set(dir(homestead))
    for name in homestead.__all__:
        assert getattr(homestead, name).__name__ == name


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'homestead' has no attribute 'predict'"):
        homestead.predict  # noqa: B018


def test_the_import_takes_none_of_them() -> None:
    code = "import sys, homestead; print(*(m for m in sys.modules if m.startswith('homestead.')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == {"homestead.telemetry", "homestead.threads"}


@pytest.mark.parametrize("program", ["-m", "/usr/bin/homestead", "notebook.py"])
def test_a_python_that_is_too_old_is_one_sentence(program: str) -> None:
    code = (
        "import sys; sys.version_info = (3, 10, 13); sys.version = '3.10.13 (main)';"
        f"sys.argv = [{program!r}]; import homestead"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    sentence = f"Homestead needs Python 3.11 to 3.14, this is 3.10.13: {sys.executable}"
    # A program ends with it; a script or notebook can catch it.
    assert done.stderr.splitlines()[-1].removeprefix("ImportError: ") == sentence
    assert (len(done.stderr.splitlines()) == 1) == (program != "notebook.py")
