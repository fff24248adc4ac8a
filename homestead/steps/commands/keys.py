"""Keys of certificates: which are there, and Secrets with a new pair for a cluster."""

from pathlib import Path

from homestead.deployment.pods.keys import SIGNING_KEY, VERIFY_KEYS
from homestead.files import yaml_text
from homestead.settings import Settings
from homestead.signing.key_files import open_signing_key, public_key_file, read_key_files
from homestead.signing.keys import SigningKey, VerifyKey

_SIGNING_FILE = "signing.pem"


def list_keys(settings: Settings) -> list[str]:
    """Return a line for each trusted key and for the one that signs, with its id.

    Raises:
        UserError: there are none, or a file is not a key.
    """
    signing = open_signing_key(settings).key_id if settings.signing_key.exists() else ""
    trusted = read_key_files(settings.verify_keys)
    lines = [
        f"{key_id}  trusted{', signs' if key_id == signing else ''}  {path}"
        for key_id, (path, _) in trusted.items()
    ]
    if signing and signing not in trusted:
        lines.append(f"{signing}  signs, but is not trusted here  {settings.signing_key}")
    return lines


def new_secrets(namespace: str, trusted: Path | None) -> str:
    """Return the Secrets with a new pair of keys, as YAML for kubectl.

    Args:
        trusted: file or folder of public keys that stay trusted beside the new one.

    Raises:
        UserError: a file of ``trusted`` is not a public key.
    """
    key = SigningKey.generate()
    keys: dict[str, VerifyKey] = {key.key_id: key.public}
    if trusted is not None:
        keys |= {key_id: former for key_id, (_, former) in read_key_files(trusted).items()}
    contents = {
        SIGNING_KEY.secret: {_SIGNING_FILE: key.to_pem()},
        VERIFY_KEYS.secret: {public_key_file(public): public.to_pem() for public in keys.values()},
    }
    documents = (
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": namespace},
            "stringData": files,
        }
        for name, files in contents.items()
    )
    return "---\n".join(map(yaml_text, documents))
