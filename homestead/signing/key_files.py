"""Files of keys: made at first use, private ones for their owner alone."""

import contextlib
import os
import re
import tempfile
from pathlib import Path
from typing import Final

from homestead.errors import UserError
from homestead.files import write_text
from homestead.locations import own_verify_keys
from homestead.settings import Settings
from homestead.signing.keys import SigningKey, VerifyKey, short_id

_PUBLIC_BLOCK: Final = re.compile(rb"-----BEGIN [A-Z ]+-----.*?-----END [A-Z ]+-----", re.DOTALL)


def open_signing_key(settings: Settings) -> SigningKey:
    """Return the key that signs certificates; make that of the home at first use.

    Its public half is put among the home's trusted keys. Those of former keys stay there.

    Raises:
        UserError: ``HOMESTEAD_SIGNING_KEY`` names no key, or one that is not usable; or release
            plans are written to a cluster and it is not set.
    """
    path = settings.signing_key
    if not settings.has_own_signing_key:
        return _read_signing_key(path)
    if not path.exists():
        if settings.release_uri:
            raise UserError(
                "HOMESTEAD_SIGNING_KEY: not set; on a cluster it is the path of the mounted key,"
                " which homestead keys create makes"
            )
        create_signing_key(path)
    key = _read_signing_key(path)
    trusted = own_verify_keys(settings.home) / public_key_file(key.public)
    if not trusted.exists():
        write_text(trusted, key.public.to_pem())
    return key


def create_signing_key(path: Path) -> None:
    """Write a new private key, unless there is one; of two processes at once one writes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # mkstemp's files are for their owner alone.
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(SigningKey.generate().to_pem())
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def read_verify_keys(settings: Settings) -> dict[str, VerifyKey]:
    """Return the trusted keys by id.

    Raises:
        UserError: ``HOMESTEAD_VERIFY_KEYS`` has no key, or a file that is not one.
    """
    return {key_id: key for key_id, (_, key) in read_key_files(settings.verify_keys).items()}


def read_key_files(path: Path) -> dict[str, tuple[Path, VerifyKey]]:
    """Return public keys, and the files that hold them, by the keys' ids.

    Args:
        path: a file, which may hold several keys, or a folder of such files.

    Raises:
        UserError: there is no key, or a file that is not one.
    """
    keys: dict[str, tuple[Path, VerifyKey]] = {}
    for file in _key_files(path):
        try:
            content = file.read_bytes()
        except OSError as error:
            raise UserError(f"HOMESTEAD_VERIFY_KEYS: {file}: {error.strerror}") from None
        for block in _PUBLIC_BLOCK.findall(content) or [content]:
            key = VerifyKey.from_pem(block, f"HOMESTEAD_VERIFY_KEYS: {file}")
            keys[key.key_id] = file, key
    if not keys:
        raise UserError(
            f"HOMESTEAD_VERIFY_KEYS: {path}: no public keys; without one no certificate can be"
            " verified and no model served"
        )
    return keys


def public_key_file(key: VerifyKey) -> str:
    """Return the name of a public key's file in a folder of trusted keys."""
    return f"{short_id(key.key_id)}.pem"


def _key_files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path] if path.exists() else []
    # Mounted folders of Kubernetes have hidden entries; so have files that are being written.
    return sorted(
        file for file in path.iterdir() if not file.name.startswith(".") and file.is_file()
    )


def _read_signing_key(path: Path) -> SigningKey:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"HOMESTEAD_SIGNING_KEY: {path}: {error.strerror}") from None
    return SigningKey.from_pem(content, f"HOMESTEAD_SIGNING_KEY: {path}")
