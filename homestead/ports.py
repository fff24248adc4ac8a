"""Ports that cannot be listened on: why, which process has them, and what to do."""

import errno
import os
import socket
from collections.abc import Iterator
from pathlib import Path

_PROC = Path("/proc")
_LISTENING = "0A"
_MAX_COMMAND_LENGTH = 60


def listen_failure(host: str, port: int, error: OSError, option: str = "--port") -> str:
    """Return why an address cannot be listened on, and the remedy.

    Args:
        option: the command's option for the port.
    """
    place = f"{host}:{port}" if ":" not in host else f"[{host}]:{port}"
    if error.errno == errno.EADDRINUSE:
        owner = port_owner(port)
        who = "another process listens there" if owner is None else f"{owner} listens there"
        return f"{option} {port}: {place} is in use: {who}; end it, or choose another {option}"
    if error.errno == errno.EACCES:
        return f"{option} {port}: {place}: {error.strerror}; choose a port from 1024 on"
    if error.errno == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror):
        return (
            f"--host {host}: {error.strerror}; allowed are this machine's addresses: 127.0.0.1 for"
            " this machine alone, 0.0.0.0 for every network"
        )
    return f"{option} {port}: {place}: {error.strerror or error}"


def port_owner(port: int) -> str | None:
    """Return the process that listens on a TCP port, as text; None if it cannot be told.

    Linux shows the processes of other users to root alone.
    """
    sockets = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    for descriptor in _PROC.glob("[0-9]*/fd/*") if sockets else ():
        try:
            if os.readlink(descriptor) not in sockets:
                continue
            process = descriptor.parents[1]
            words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue  # it ended, or is another user's
        command = " ".join(words).strip()
        if len(command) > _MAX_COMMAND_LENGTH:
            command = f"{command[:_MAX_COMMAND_LENGTH]} …"
        return f"process {process.name} ({command})"
    return None


def _listening_inodes(port: int) -> Iterator[str]:
    for table in ("net/tcp", "net/tcp6"):
        try:
            rows = (_PROC / table).read_text(encoding="utf-8").splitlines()[1:]
        except OSError:
            continue  # another system than Linux
        for row in rows:
            words = row.split()
            if words[3] == _LISTENING and int(words[1].rpartition(":")[2], 16) == port:
                yield words[9]
