"""Watch of the ConfigMap that holds the release plan: a change is here at once.

The kubelet brings a mounted ConfigMap up to date once a minute or so. The mounted file stays the
fallback, for whenever the API server is away or refuses the server's account.
"""

import contextlib
import http.client
import json
import logging
import os
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, urlencode

from homestead.names import RELEASE_PLAN_FILE, release_config_map
from homestead.release.plan_store import config_map_namespace
from homestead.settings import Settings

_LOG = logging.getLogger(__name__)
# Where a pod finds the token of its account and the API server's certificate.
ACCOUNT_FOLDER = Path("/var/run/secrets/kubernetes.io/serviceaccount")
# The API server ends a watch after this time, and the next one begins with the present object. So
# an account or a connection that was lost is noticed soon.
_WATCH_S = 60
_SILENCE_S = 75.0
_RETRY_S = 2.0
_PAUSE_S = 0.1
# An account without the right will hardly get it soon.
_REFUSED_RETRY_S = 60.0


class PlanWatch:
    """Thread that keeps the plan's newest text.

    Args:
        connect: opens a connection to the API server, not yet in use.
        read_token: returns the account's token, which the kubelet renews.
        path: of the watch.
    """

    def __init__(
        self,
        connect: Callable[[], http.client.HTTPConnection],
        read_token: Callable[[], str],
        path: str,
    ) -> None:
        self._connect, self._read_token, self._path = connect, read_token, path
        self._connection: http.client.HTTPConnection | None = None
        self._stopped = threading.Event()
        self._last_message = ""
        self._text: bytes | None = None
        self._is_current = False
        self._thread = threading.Thread(target=self._run, daemon=True, name="release-plan-watch")

    def newest(self, mounted: bytes | None) -> bytes | None:
        """Return the plan's newest text, None if there is none.

        Args:
            mounted: text of the mounted file, None if there is none. It may be newer while the
                watch is interrupted; the plans' revisions tell.
        """
        watched = self._text
        if watched is None:
            return mounted
        if self._is_current or mounted is None:
            return watched
        return max(watched, mounted, key=_revision)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread, and wait for it."""
        self._stopped.set()
        connection = self._connection
        sock = None if connection is None else connection.sock
        if sock is not None:
            # Wakes the thread, which reads from it, unless it has just closed it.
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        if self._thread.is_alive():
            self._thread.join(_RETRY_S)

    def _run(self) -> None:
        while not self._stopped.is_set():
            pause_s = 0.0
            try:
                pause_s = self._watch_once()
            except (OSError, http.client.HTTPException, ValueError) as error:
                pause_s = _RETRY_S
                self._interrupted(str(error) or type(error).__name__)
            self._stopped.wait(pause_s)

    def _watch_once(self) -> float:
        """Follow one watch to its end; return how long to wait before the next one, in seconds."""
        connection = self._connect()
        self._connection = connection
        try:
            headers = {"Authorization": f"Bearer {self._read_token()}"}
            connection.request("GET", self._path, headers=headers)
            response = connection.getresponse()
            if response.status != http.HTTPStatus.OK:
                self._interrupted(f"the API server answers {response.status} {response.reason}")
                is_refused = response.status in (
                    http.HTTPStatus.UNAUTHORIZED,
                    http.HTTPStatus.FORBIDDEN,
                )
                return _REFUSED_RETRY_S if is_refused else _RETRY_S
            while not self._stopped.is_set() and (line := response.readline()):
                self._take(json.loads(line))
            return _PAUSE_S
        finally:
            self._connection = None
            connection.close()

    def _take(self, event: dict[str, object]) -> None:
        if event["type"] not in ("ADDED", "MODIFIED"):
            # Deleted, or the API server's own fault: the mounted file is there.
            self._is_current = False
            return
        content = event["object"]
        data = content.get("data") if isinstance(content, dict) else None
        text = (data or {}).get(RELEASE_PLAN_FILE)
        self._text = None if text is None else str(text).encode()
        self._is_current = True
        self._last_message = ""

    def _interrupted(self, reason: str) -> None:
        self._is_current = False
        if reason != self._last_message and not self._stopped.is_set():
            self._last_message = reason
            _LOG.warning(
                "release plan: cannot be watched, changes arrive within about a minute: %s", reason
            )


def open_plan_watch(settings: Settings, problem: str) -> PlanWatch | None:
    """Return the watch of a problem's plan; None outside of a cluster or without an account.

    Raises:
        UserError: ``HOMESTEAD_RELEASE`` names no store.
    """
    namespace = config_map_namespace(settings)
    token, certificate = ACCOUNT_FOLDER / "token", ACCOUNT_FOLDER / "ca.crt"
    if not namespace or not token.exists():
        return None
    query = urlencode(
        {
            "watch": "1",
            "timeoutSeconds": _WATCH_S,
            "fieldSelector": f"metadata.name={release_config_map(problem)}",
        }
    )

    def connect() -> http.client.HTTPConnection:
        return http.client.HTTPSConnection(
            os.environ["KUBERNETES_SERVICE_HOST"],
            int(os.environ.get("KUBERNETES_SERVICE_PORT", "443")),
            timeout=_SILENCE_S,
            context=ssl.create_default_context(cafile=str(certificate)),
        )

    path = f"/api/v1/namespaces/{quote(namespace)}/configmaps?{query}"
    return PlanWatch(connect, token.read_text, path)


def _revision(plan: bytes) -> int:
    """Return a plan's revision, -1 of a text that is no plan."""
    try:
        return int(json.loads(plan).get("revision", 0))
    except (ValueError, TypeError, AttributeError):
        return -1
