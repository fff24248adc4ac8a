"""Listening sockets, TCP and Unix, and how many connections the process may hold."""

import errno
import resource
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from homestead.errors import UserError
from homestead.ports import listen_failure

# File descriptors for everything but connections: models, stores, logs, threads' event loops.
_RESERVED_FILES = 256
# More would not help: a process may hold as many connections as memory and this allow.
_MAX_FILES = 65_536


@contextmanager
def tcp_listener(host: str, port: int, option: str = "--port") -> Iterator[socket.socket]:
    """Listen on a port.

    Args:
        option: the command's option for the port, for the error.

    Raises:
        UserError: the port is taken, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise UserError(listen_failure(host, port, error, option)) from None
    with listener:
        yield listener


@contextmanager
def unix_listener(path: Path) -> Iterator[socket.socket]:
    """Listen on a Unix socket, and remove its file at the end.

    A file that a dead server left is replaced. One that replaced ours stays.

    Raises:
        UserError: another server listens there, or the path can't be used.
    """
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _remove_stale(path)
        listener.bind(str(path))
        inode = path.lstat().st_ino
        listener.listen()
    except OSError as error:
        listener.close()
        raise UserError(f"socket {path}: {error.strerror or error}") from None
    try:
        yield listener
    finally:
        listener.close()
        with suppress(OSError):
            if path.lstat().st_ino == inode:
                path.unlink()


def _remove_stale(path: Path) -> None:
    """Remove a socket on which nothing listens.

    Raises:
        OSError: something listens on it, or it is no socket.
    """
    try:
        is_socket = stat.S_ISSOCK(path.lstat().st_mode)
    except FileNotFoundError:
        return
    if not is_socket:
        raise FileExistsError(errno.EEXIST, "found a file that is no socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(1)
        try:
            client.connect(str(path))
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
            return
    raise OSError(errno.EADDRINUSE, "another server listens on it")


def show_address(listener: socket.socket) -> str:
    """Return the address for people: a URL, or the path of a Unix socket."""
    if listener.family == socket.AF_UNIX:
        return f"socket {listener.getsockname()}"
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def connection_limit(wanted: int) -> int:
    """Return how many connections fit below the limit of open files, up to those that are wanted.

    Raises the soft limit towards the hard one, as servers do.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    raised = _MAX_FILES if hard == resource.RLIM_INFINITY else min(hard, _MAX_FILES)
    if soft != resource.RLIM_INFINITY and soft < raised:
        resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
        soft = raised
    files = _MAX_FILES if soft == resource.RLIM_INFINITY else soft
    return max(16, min(wanted, files - _RESERVED_FILES))
