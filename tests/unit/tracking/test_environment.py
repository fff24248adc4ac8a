"""The recorded environment: each package once, the same text for the same packages."""

import platform

import numpy as np
import pytest

from homestead.tracking.environment import (
    current_image,
    describe_environment,
    environment_hash,
)


def test_each_package_is_there_once_with_its_version() -> None:
    text = describe_environment()
    lines = text.splitlines()
    names = [line.partition("==")[0] for line in lines]
    assert f"numpy=={np.__version__}" in lines
    assert lines[0] == f"python=={platform.python_version()}"
    assert len(names) == len(set(names))
    assert "homestead" not in names
    assert environment_hash(text) == environment_hash(describe_environment())


def test_an_image_is_known_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOMESTEAD_IMAGE", raising=False)
    assert current_image() == ""
    monkeypatch.setenv("HOMESTEAD_IMAGE", "homestead-pipeline@sha256:1f")
    assert current_image() == "homestead-pipeline@sha256:1f"
