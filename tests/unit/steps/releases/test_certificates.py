"""Certificates of earlier versions: signed once, if they are the registered ones."""

import shutil
from pathlib import Path

import pytest
from mlflow.tracking._tracking_service import utils as mlflow_utils

from homestead.errors import UserError
from homestead.release.plan import ReleasePlan, read_plan
from homestead.settings import Settings
from homestead.signing.key_files import open_signing_key
from homestead.steps.commands.certify import certify_all, certify_and_report, certify_home
from homestead.steps.releases.certificates import certify_plan, verify_version
from homestead.tracking import registry, runs
from tests.conftest import settings_at
from tests.earlier_home import make_earlier_home, path_of
from tests.registry import PROBLEM, release

NAME = PROBLEM.name


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the home that is copied."""
    home = tmp_path_factory.mktemp("earlier")
    make_earlier_home(home)
    return home


class EarlierHome:
    """A copy of the home."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.mlflow = runs.open_client(settings)
        self.messages: list[str] = []
        self.versions = registry.versions(self.mlflow, NAME)
        self.run_id = registry.version_run_id(self.mlflow, NAME, "2")

    def certify(self) -> None:
        certify_plan(NAME, self.settings, self.messages.append)

    def plan(self) -> ReleasePlan:
        return read_plan(self.settings.release_plan(NAME))


@pytest.fixture
def home(template: Path, settings: Settings) -> EarlierHome:
    shutil.copytree(template, settings.home)
    # MLflow remembers in which home a model lies.
    mlflow_utils._artifact_repos_cache.clear()
    return EarlierHome(settings)


def test_an_earlier_home_gets_signatures_and_answers_as_before(home: EarlierHome) -> None:
    before = home.plan()
    home.certify()
    plan = home.plan()
    assert plan.digest == before.digest
    assert plan.is_certified
    assert home.messages == [
        f"{NAME}: the certificate of version 1 is signed",
        f"{NAME}: the certificate of version 2 is signed",
        f"{NAME}: the release plan names its versions' certificates",
    ]
    signed = verify_version(home.settings, NAME, plan.champion, home.versions[0].digest)
    assert signed.key_ids == (open_signing_key(home.settings).key_id,)
    text = home.settings.release_plan(NAME).read_text()
    home.certify()
    assert home.settings.release_plan(NAME).read_text() == text
    assert len(home.messages) == 3


def test_a_server_signs_in_a_process_of_its_own(
    home: EarlierHome, capfd: pytest.CaptureFixture[str]
) -> None:
    certify_home(NAME, home.settings, home.messages.append)
    assert home.plan().is_certified
    assert len(home.messages) == 1
    assert "the certificate of version 2 is signed" in capfd.readouterr().err
    certify_home(NAME, home.settings, home.messages.append)
    assert len(home.messages) == 1


def test_a_home_that_cannot_be_changed_is_no_reason_for_a_traceback(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def read_only(*arguments: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("homestead.steps.releases.certificates.certify_plan", read_only)
    certify_and_report(NAME, settings)
    message = f"{NAME}: no certificate could be signed: [Errno 30] Read-only file system\n"
    assert capfd.readouterr().err == message


def test_the_next_release_signs(home: EarlierHome) -> None:
    assert release(home.settings) is None
    assert home.plan().is_certified


def test_migrate_signs_what_the_registry_holds(home: EarlierHome, tmp_path: Path) -> None:
    certify_all(home.settings, home.messages.append)
    assert home.plan().is_certified
    assert home.messages[-1] == "certificates are signed"
    empty = settings_at(tmp_path / "new")
    certify_all(empty, home.messages.append)
    assert not empty.tracking_file.exists()


def test_what_is_not_the_registered_certificate_is_not_signed(home: EarlierHome) -> None:
    text = runs.read_text(home.mlflow, home.run_id, "certificate.json")
    home.mlflow.log_text(home.run_id, text.replace('"promote"', '"keep"'), "certificate.json")
    home.certify()
    assert "version 2 stays without certificate: " in home.messages[1]
    assert "the certificate says 'keep'" in home.messages[1]
    assert not home.plan().is_certified
    with pytest.raises(UserError, match=r"version 2 has no signed certificate.*homestead migrate"):
        verify_version(home.settings, NAME, home.plan().champion, None)


def test_a_model_that_was_changed_gets_no_signature(home: EarlierHome) -> None:
    path_of(home.versions[1].uri).write_bytes(path_of(home.versions[0].uri).read_bytes())
    home.certify()
    assert f"found digest {home.versions[0].digest[:12]}" in home.messages[1]
    assert not home.plan().is_certified
