"""A local port that leads to a service of the cluster."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from homestead.errors import UserError

_FORWARDING = re.compile(r"Forwarding from 127\.0\.0\.1:(\d+)")


@contextmanager
def port_forward(service: str, port: int, namespace: str) -> Iterator[int]:
    """Yield a free local port that leads to a service's, through the Kubernetes API.

    Raises:
        UserError: kubectl is not installed, or no pod of the service answers.
    """
    command = ["kubectl", "port-forward", f"service/{service}", f":{port}", "-n", namespace]
    try:
        process = subprocess.Popen(
            [*command, "--address=127.0.0.1"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
    except FileNotFoundError:
        raise UserError("kubectl is required, and is not in the PATH") from None
    with process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            match = _FORWARDING.match(line)
            if match is None:
                raise UserError(f"service {namespace}/{service}: {line.strip()}")
            yield int(match[1])
        finally:
            process.kill()
