"""Certificates of a plan: a server loads no model without one that is meant for this plan."""

import logging
from collections.abc import Callable
from pathlib import Path

import fsspec
import pytest

from homestead.errors import UserError
from homestead.files import write_bytes
from homestead.release.plan import ModelVersion
from homestead.serving.metrics.metric_registry import ServerMetrics
from homestead.serving.models.manager import ModelManager
from homestead.settings import Settings
from homestead.signing.key_files import open_signing_key, public_key_file
from homestead.signing.model_certificate import certificate_file
from tests.certified import certify
from tests.signed import OTHER_KEY, envelope
from tests.small_models import release, save_version

CERTIFIED = "homes"


class Releases:
    """A home whose server answers with version 1, and versions to release."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.champion = certify(settings, save_version(settings.home, "1"), CERTIFIED)
        self.challenger = save_version(settings.home, "2", 2.0)
        release(settings, self.champion)
        self.manager = ModelManager(CERTIFIED, settings, ServerMetrics())
        self.manager.poll_plan()
        assert self.served() == ["1"]

    def served(self) -> list[str]:
        return [model.version for model in self.manager.served.models]

    def certificate(self, version: ModelVersion) -> Path:
        assert version.certificate is not None
        return Path(version.certificate.removeprefix("file://"))

    def signed(self, content: bytes) -> ModelVersion:
        """Return the challenger with a certificate of any content."""
        path = self.settings.home / certificate_file(content)
        write_bytes(path, content)
        return self.challenger.model_copy(update={"certificate": str(path)})


@pytest.fixture
def releases(settings: Settings) -> Releases:
    return Releases(settings)


def flipped(releases: Releases) -> ModelVersion:
    version = certify(releases.settings, releases.challenger, CERTIFIED, releases.champion.digest)
    path = releases.certificate(version)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    return version


def signed_by_another(releases: Releases) -> ModelVersion:
    digest, champion = releases.challenger.digest, releases.champion.digest
    return releases.signed(envelope(digest, champion, problem=CERTIFIED, key=OTHER_KEY))


def for_another_champion(releases: Releases) -> ModelVersion:
    return certify(releases.settings, releases.challenger, CERTIFIED, "c" * 64)


def swapped(releases: Releases) -> ModelVersion:
    return releases.challenger.model_copy(update={"certificate": releases.champion.certificate})


def kept(releases: Releases) -> ModelVersion:
    return releases.signed(
        envelope(
            releases.challenger.digest,
            releases.champion.digest,
            problem=CERTIFIED,
            decision="keep",
            key=open_signing_key(releases.settings),
        )
    )


def of_another_problem(releases: Releases) -> ModelVersion:
    return certify(releases.settings, releases.challenger, "offices", releases.champion.digest)


def lost(releases: Releases) -> ModelVersion:
    version = certify(releases.settings, releases.challenger, CERTIFIED, releases.champion.digest)
    releases.certificate(version).unlink()
    return version


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (flipped, "the certificate was changed: its digest is"),
        (signed_by_another, "signed by no trusted key: found key 47dea58ea00fae94"),
        (for_another_champion, "was issued against champion cccccccccccc, the champion is"),
        (swapped, "the certificate is of model"),
        (kept, "says 'keep', not 'promote'"),
        (of_another_problem, "found a certificate of the problem offices, allowed is homes"),
        (lost, "no such file"),
    ],
)
def test_a_challenger_whose_certificate_is_not_for_it_is_refused(
    releases: Releases,
    caplog: pytest.LogCaptureFixture,
    make: Callable[[Releases], ModelVersion],
    expected: str,
) -> None:
    challenger = make(releases)
    release(releases.settings, releases.champion, challenger=challenger, traffic_share=0.5)
    with caplog.at_level(logging.ERROR):
        releases.manager.poll_plan()
    assert releases.served() == ["1"]
    assert "keeping version 1" in caplog.text
    assert expected in caplog.text


def test_a_challenger_that_is_loaded_needs_a_certificate_against_a_new_champion(
    releases: Releases, caplog: pytest.LogCaptureFixture
) -> None:
    settings = releases.settings
    challenger = certify(settings, releases.challenger, CERTIFIED, releases.champion.digest)
    release(settings, releases.champion, challenger=challenger, traffic_share=0.5)
    releases.manager.poll_plan()
    assert releases.served() == ["1", "2"]
    other = save_version(settings.home, "3", 3.0)
    release(settings, other, challenger=challenger, traffic_share=0.5)
    releases.manager.poll_plan()
    assert releases.served() == ["1", "2"]
    assert "was issued against champion" in caplog.text
    # At the end of its release it is champion, whatever it was compared with.
    release(settings, challenger)
    releases.manager.poll_plan()
    assert releases.served() == ["2"]


def test_a_server_of_an_earlier_homes_plan_says_what_to_do(settings: Settings) -> None:
    certify(settings, save_version(settings.home, "1"), CERTIFIED)
    plan = settings.release_plan(CERTIFIED)
    release(settings, save_version(settings.home, "1"))
    content = plan.read_text().split(',\n    "certificate"')[0] + "}}"
    plan.write_text(content)
    with pytest.raises(UserError, match=r"version 1 has no signed certificate.* homestead migrate"):
        ModelManager(CERTIFIED, settings, ServerMetrics()).start_following_plan()


def test_keys_are_exchanged_while_a_server_runs(releases: Releases) -> None:
    settings = releases.settings
    signed = releases.signed(
        envelope(releases.challenger.digest, None, problem=CERTIFIED, key=OTHER_KEY)
    )
    release(settings, signed)
    releases.manager.poll_plan()
    assert releases.served() == ["1"]
    path = settings.verify_keys / public_key_file(OTHER_KEY.public)
    path.write_text(OTHER_KEY.public.to_pem())
    release(settings, signed, traffic_share=0.0, revision=2)
    releases.manager.poll_plan()
    assert releases.served() == ["2"]


def test_a_restart_needs_no_object_store_for_the_certificate(settings: Settings) -> None:
    version = certify(settings, save_version(settings.home, "1"), CERTIFIED)
    assert version.certificate is not None
    path = Path(version.certificate.removeprefix("file://"))
    content = path.read_bytes()
    store = fsspec.filesystem("memory")
    uri = f"/homes/certificates/{path.name}"
    release(settings, version.model_copy(update={"certificate": f"memory:/{uri}"}))
    copy = settings.model_cache / CERTIFIED / path.name

    def start() -> ModelManager:
        manager = ModelManager(CERTIFIED, settings, ServerMetrics())
        manager.start_following_plan()
        manager.stop()
        return manager

    store.pipe(uri, content)
    start()
    store.rm(uri)
    start()
    # A copy that was changed is read anew.
    copy.write_bytes(content + b" ")
    with pytest.raises(UserError, match="no such file"):
        start()
    store.pipe(uri, content)
    manager = start()
    assert copy.read_bytes() == content
    store.rm(uri)
    release(settings, save_version(settings.home, "2", 2.0))
    manager.poll_plan()
    assert not copy.exists()
