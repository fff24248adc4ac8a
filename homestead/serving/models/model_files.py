"""Files of models and certificates, with copies of those that come from an object store.

A server that restarts while the object store is away serves the versions that it knows.
"""

import contextlib
import logging
import posixpath
from collections.abc import Collection
from pathlib import Path
from urllib.parse import urlsplit

from homestead.errors import UserError
from homestead.files import read_uri, write_bytes
from homestead.model.onnx_model import Model, load_model
from homestead.release.plan import ModelVersion
from homestead.signing.model_certificate import require_named_content

_LOG = logging.getLogger(__name__)


class ModelFiles:
    """Reads the files of one problem's versions; copies are named by digest, and checked."""

    def __init__(self, folder: Path) -> None:
        """Keep copies in a folder, which is created with the first one."""
        self._folder = folder

    def read(self, version: ModelVersion) -> Model:
        """Return a version's model.

        Raises:
            UserError: there is no copy, and the file cannot be read; or it is not the version's.
        """
        if _is_local(version.uri):
            return load_model(read_uri(version.uri), version.digest, version.uri)
        copy = self._copy(version.digest)
        if copy.exists():
            try:
                return load_model(read_uri(str(copy)), version.digest, str(copy))
            except UserError as error:
                _LOG.warning("%s; read anew from %s", error, version.uri)
        content = read_uri(version.uri)
        model = load_model(content, version.digest, version.uri)
        _keep_copy(copy, content)
        return model

    def read_certificate(self, uri: str) -> bytes:
        """Return a signed certificate, whose signature is still to be verified.

        Raises:
            UserError: there is no copy, and the file cannot be read; or it is not what its name
                says.
        """
        if not _is_local(uri):
            copy = self._certificate_copy(uri)
            with contextlib.suppress(UserError):
                content = read_uri(str(copy))
                require_named_content(content, uri)
                return content
        content = read_uri(uri)
        require_named_content(content, uri)
        if not _is_local(uri):
            _keep_copy(copy, content)
        return content

    def keep_only(self, versions: Collection[ModelVersion]) -> None:
        """Delete the copies of all other versions, and what a killed process left."""
        kept = {self._copy(version.digest) for version in versions}
        kept |= {self._certificate_copy(v.certificate) for v in versions if v.certificate}
        for path in self._folder.glob("*"):
            if path not in kept:
                # A copy too many is no reason not to serve.
                with contextlib.suppress(OSError):
                    path.unlink()

    def _copy(self, digest: str) -> Path:
        return self._folder / f"{digest}.onnx"

    def _certificate_copy(self, uri: str) -> Path:
        return self._folder / posixpath.basename(uri)


def _is_local(uri: str) -> bool:
    return urlsplit(uri).scheme in ("", "file")


def _keep_copy(copy: Path, content: bytes) -> None:
    try:
        write_bytes(copy, content)
    except OSError as error:
        # The next start needs the object store, this one does not.
        _LOG.warning("%s: no copy is kept: %s", copy, error)
