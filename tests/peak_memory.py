"""Peak memory of a process, which scripts of tests ask for their own."""

import re
from pathlib import Path


def peak_mb(process: int | str = "self") -> float:
    """Return the most memory that a process's program has held, in MB.

    What ``getrusage`` tells begins with the memory of the process that started it: below the peak
    of a large one, a child could grow unseen.
    """
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    found = re.search(r"^VmHWM:\s*(\d+) kB$", status, re.MULTILINE)
    assert found is not None
    return int(found[1]) / 1024
