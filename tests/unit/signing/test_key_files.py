"""Files of keys: made once, for their owner alone; rotation by several public keys."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from homestead.errors import UserError
from homestead.settings import Settings
from homestead.signing.key_files import open_signing_key, public_key_file, read_verify_keys
from tests.signed import KEY, OTHER_KEY


def test_a_homes_key_is_made_at_first_use_and_trusted(settings: Settings) -> None:
    with pytest.raises(UserError, match=r"HOMESTEAD_VERIFY_KEYS: .*trusted: no public keys"):
        read_verify_keys(settings)
    key = open_signing_key(settings)
    assert stat.S_IMODE(settings.signing_key.stat().st_mode) == 0o600
    assert open_signing_key(settings).key_id == key.key_id
    assert list(read_verify_keys(settings)) == [key.key_id]
    # Killed before the public half was written.
    (settings.verify_keys / public_key_file(key.public)).unlink()
    open_signing_key(settings)
    assert list(read_verify_keys(settings)) == [key.key_id]


def test_processes_that_start_at_once_have_one_key(settings: Settings) -> None:
    with ThreadPoolExecutor(16) as pool:
        keys = list(pool.map(lambda _: open_signing_key(settings).key_id, range(16)))
    assert len(set(keys)) == 1
    assert list(read_verify_keys(settings)) == keys[:1]
    assert [path.name for path in settings.signing_key.parent.iterdir() if path.is_file()] == [
        "signing.pem"
    ]


def test_certificates_of_a_former_key_stay_trusted(settings: Settings) -> None:
    former = open_signing_key(settings)
    settings.signing_key.unlink()
    new = open_signing_key(settings)
    assert set(read_verify_keys(settings)) == {former.key_id, new.key_id}


def test_a_key_that_is_named_is_never_made(settings: Settings, tmp_path: Path) -> None:
    named = settings.model_copy(update={"signing_key": tmp_path / "k.pem"})
    with pytest.raises(UserError, match=r"HOMESTEAD_SIGNING_KEY: .*k.pem: No such file"):
        open_signing_key(named)
    (tmp_path / "k.pem").write_text(KEY.to_pem())
    assert open_signing_key(named).key_id == KEY.key_id
    assert not settings.verify_keys.exists()


def test_on_a_cluster_no_key_is_made(settings: Settings) -> None:
    cluster = settings.model_copy(update={"release_uri": "configmap://homestead"})
    with pytest.raises(UserError, match="HOMESTEAD_SIGNING_KEY: not set"):
        open_signing_key(cluster)
    assert not settings.signing_key.exists()


def test_trusted_keys_are_a_file_or_a_mounted_folder(settings: Settings, tmp_path: Path) -> None:
    both = {KEY.key_id, OTHER_KEY.key_id}
    bundle = tmp_path / "both.pem"
    bundle.write_text(KEY.public.to_pem() + OTHER_KEY.public.to_pem())
    assert set(read_verify_keys(settings.model_copy(update={"verify_keys": bundle}))) == both
    # As Kubernetes mounts a ConfigMap.
    folder = tmp_path / "mounted"
    data = folder / "..2026_01"
    data.mkdir(parents=True)
    (folder / "..data").symlink_to(data.name)
    for name, key in (("old.pem", KEY), ("new.pub", OTHER_KEY)):
        (data / name).write_text(key.public.to_pem())
        (folder / name).symlink_to(f"..data/{name}")
    mounted = settings.model_copy(update={"verify_keys": folder})
    assert set(read_verify_keys(mounted)) == both
    (folder / "notes.txt").write_text("hello")
    with pytest.raises(UserError, match=r"notes.txt: not a public key in PEM"):
        read_verify_keys(mounted)
