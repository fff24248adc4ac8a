"""Push data: put a local table where a cluster's pods read it, into the bucket of its stores."""

import base64
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from homestead.deployment.kubectl import kubectl
from homestead.deployment.pod_environment import SETTINGS_CONFIG_MAP
from homestead.deployment.port_forward import port_forward
from homestead.errors import UserError

_FOLDER = "data"
_SECRET = "homestead-s3"  # noqa: S105
_DIGEST_LENGTH = 12
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Bucket:
    """The bucket of a namespace's stores, and an account that may write to it."""

    name: str
    endpoint: str
    region: str
    access_key: str
    secret_key: str


def push_data(file: Path, namespace: str) -> str:
    """Copy a file into the bucket of a namespace's stores and return its URI there.

    Its name holds the digest of its content: other content has another URI, so that a problem file
    says which data it means, and the same content is not sent twice.

    Raises:
        UserError: the file does not exist, the namespace's settings name no bucket, no account is
            known, or the bucket refuses it.
    """
    if not file.is_file():
        raise UserError(f"{file}: no such file; a folder's files are pushed one by one")
    suffixes = "".join(file.suffixes)
    stem = file.name.removesuffix(suffixes)
    bucket = read_bucket(namespace)
    path = f"{bucket.name}/{_FOLDER}/{stem}-{_digest(file)}{suffixes}"
    with _reachable(bucket, namespace) as endpoint:
        _upload(file, path, bucket, endpoint)
    return f"s3://{path}"


def read_bucket(namespace: str) -> Bucket:
    """Return the bucket that the settings of a namespace name.

    The account is that of ``AWS_ACCESS_KEY_ID``, if this process has one, else the pipeline's.

    Raises:
        UserError: the namespace has no settings, they name no bucket, or its Secret may not be
            read.
    """
    settings = _data("configmap", SETTINGS_CONFIG_MAP, namespace)
    root = urlsplit(settings.get("MLFLOW_DEFAULT_ARTIFACT_ROOT", ""))
    if root.scheme != "s3":
        raise UserError(
            f"ConfigMap {namespace}/{SETTINGS_CONFIG_MAP}: MLFLOW_DEFAULT_ARTIFACT_ROOT: found"
            f" {root.geturl()!r}, allowed is s3://…: a bucket that pods read"
        )
    access_key = os.environ.get("AWS_ACCESS_KEY_ID", "")
    secret_key = os.environ.get("AWS_SECRET_ACCESS_KEY", "")
    if not access_key:
        secret = _data("secret", _SECRET, namespace)
        decoded = {key: base64.b64decode(value).decode() for key, value in secret.items()}
        access_key, secret_key = decoded["access-key"], decoded["secret-key"]
    return Bucket(
        root.netloc,
        settings.get("AWS_ENDPOINT_URL", ""),
        settings.get("AWS_DEFAULT_REGION", ""),
        access_key,
        secret_key,
    )


def _data(kind: str, name: str, namespace: str) -> dict[str, str]:
    output = kubectl("get", kind, name, "-n", namespace, "--ignore-not-found", "-o", "json")
    if not output.strip():
        raise UserError(
            f"namespace {namespace}: has no {kind} {name}; deploy the stores first: homestead"
            " deploy OVERLAY"
        )
    return dict(json.loads(output).get("data") or {})


@contextmanager
def _reachable(bucket: Bucket, namespace: str) -> Iterator[str]:
    """Yield an endpoint that this machine reaches; forward a port to the cluster if needed."""
    address = urlsplit(bucket.endpoint)
    service, _, rest = (address.hostname or "").partition(".")
    if rest.removesuffix(".svc.cluster.local").removesuffix(".svc") != namespace:
        yield bucket.endpoint
        return
    with port_forward(service, address.port or 80, namespace) as port:
        yield f"{address.scheme}://127.0.0.1:{port}"


def _upload(file: Path, path: str, bucket: Bucket, endpoint: str) -> None:
    import s3fs

    files = s3fs.S3FileSystem(
        key=bucket.access_key,
        secret=bucket.secret_key,
        endpoint_url=endpoint or None,
        client_kwargs={"region_name": bucket.region or None},
        skip_instance_cache=True,
    )
    try:
        if files.exists(path) and files.info(path)["size"] == file.stat().st_size:
            return
        files.put_file(str(file), path)
    except OSError as error:
        raise UserError(f"{file}: cannot be written to s3://{path}: {error}") from None


def _digest(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as content:
        while chunk := content.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()[:_DIGEST_LENGTH]
