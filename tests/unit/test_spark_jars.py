"""The jars by which Spark reads S3 are of the versions that pyspark works with."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
POM = (ROOT / "components" / "spark" / "pom.xml").read_text(encoding="utf-8")


def _version(name: str) -> str:
    found = re.search(rf"<{name}.version>(.+)</{name}.version>", POM)
    assert found is not None
    return found[1]


def _locked_jars() -> list[str]:
    text = (ROOT / "components" / "spark" / "jars.sha256").read_text(encoding="utf-8")
    return [line.split()[1] for line in text.splitlines()]


@pytest.mark.skipif(importlib.util.find_spec("pyspark") is None, reason="needs homestead[spark]")
def test_hadoop_aws_is_of_sparks_hadoop() -> None:
    import pyspark

    jars = Path(pyspark.__file__).parent / "jars"
    (client,) = jars.glob("hadoop-client-api-*.jar")
    assert client.stem == f"hadoop-client-api-{_version('hadoop')}"


def test_locked_jars_are_those_of_the_versions_asked_for_and_none_of_sparks_own() -> None:
    locked = _locked_jars()
    assert f"hadoop-aws-{_version('hadoop')}.jar" in locked
    assert f"s3-{_version('aws')}.jar" in locked
    assert not [jar for jar in locked if jar.startswith(("netty-common", "slf4j", "bundle"))]
