"""Keys: what is trusted is shown by id, and a new pair goes into Secrets without a file."""

from pathlib import Path

import pytest
import yaml

from homestead.errors import UserError
from homestead.settings import Settings
from homestead.signing.key_files import open_signing_key, public_key_file
from homestead.signing.keys import SigningKey, VerifyKey
from homestead.steps.commands.keys import list_keys, new_secrets
from tests.signed import KEY


def test_trusted_keys_and_the_one_that_signs_are_listed(settings: Settings) -> None:
    with pytest.raises(UserError, match="no public keys"):
        list_keys(settings)
    assert not settings.signing_key.exists()
    own = open_signing_key(settings)
    (settings.verify_keys / "old.pem").write_text(KEY.public.to_pem())
    own_file = settings.verify_keys / public_key_file(own.public)
    assert sorted(list_keys(settings)) == sorted(
        [
            f"{own.key_id}  trusted, signs  {own_file}",
            f"{KEY.key_id}  trusted  {settings.verify_keys / 'old.pem'}",
        ]
    )
    elsewhere = settings.model_copy(update={"verify_keys": settings.verify_keys / "old.pem"})
    assert list_keys(elsewhere)[1].startswith(f"{own.key_id}  signs, but is not trusted here")


def test_new_secrets_hold_a_pair_and_former_public_keys(tmp_path: Path) -> None:
    former = tmp_path / "old.pem"
    former.write_text(KEY.public.to_pem())
    signing, verify = yaml.safe_load_all(new_secrets("team", former))
    assert signing["metadata"] == {"name": "homestead-signing", "namespace": "team"}
    private = SigningKey.from_pem(signing["stringData"]["signing.pem"].encode(), "")
    assert verify["metadata"]["name"] == "homestead-verify-keys"
    public = {VerifyKey.from_pem(v.encode(), "").key_id for v in verify["stringData"].values()}
    assert public == {private.key_id, KEY.key_id}
    assert "PRIVATE" not in str(verify)
