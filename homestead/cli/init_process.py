"""Duties of process 1, which a container's only command has without an init.

The kernel drops a signal that process 1 has not asked for, where it would end any other process,
and orphans of the whole container become its children. Imports only the standard library, so that
nothing is lost while the command is imported.
"""

import os
import signal
import sys

_FORWARDED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)


def run_in_child() -> None:
    """Return in a child process only.

    The calling process forwards signals to it, reaps orphans, and exits with its code, or with 128
    and the number of the signal that ended it.
    """
    # Blocked signals wait, also those that process 1 would not get.
    inherited = signal.pthread_sigmask(signal.SIG_BLOCK, {*_FORWARDED, signal.SIGCHLD})
    child = os.fork()
    if child == 0:
        # A group of its own: Ctrl-C in a terminal reaches it once, forwarded.
        os.setpgid(0, 0)
        signal.pthread_sigmask(signal.SIG_SETMASK, inherited)
        return
    while True:
        number = signal.sigwait({*_FORWARDED, signal.SIGCHLD})
        if number != signal.SIGCHLD:
            os.kill(child, number)
            continue
        code = _reap(child)
        if code is not None:
            sys.exit(code)


def _reap(child: int) -> int | None:
    """Reap all processes that have ended; return the child's exit code if it is among them."""
    code = None
    # Several ends can be one signal.
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return code
        if pid == 0:
            return code
        if pid == child:
            result = os.waitstatus_to_exitcode(status)
            code = result if result >= 0 else 128 - result
