"""Pictures for the gallery and README: pages of a home, as Chromium shows them.

    homestead demo
    python -m docs.site.pictures --home .homestead

writes ``docs/pictures/*.png`` of the newest reports and of the page of ``homestead ui``.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from PIL import Image

from homestead.cli.demo.server import free_port

FOLDER = Path(__file__).parents[1] / "pictures"
PROBLEM = "house_price"
MAX_BYTES = 150_000
_START_TIMEOUT_S = 120
# Where a home keeps each report.
_REPORTS = {
    "comparison": f"mlartifacts/{PROBLEM}/*/artifacts/comparison.html",
    "model-card": f"mlartifacts/{PROBLEM}/*/artifacts/model_card.html",
    "data-sheet": f"mlartifacts/{PROBLEM}/*/artifacts/data_sheet.html",
    "release": f"reports/{PROBLEM}/releases/*.html",
    "drift": f"reports/{PROBLEM}/*drift*/summary.html",
    "performance": f"reports/{PROBLEM}/performance/performance.html",
}
# Width and height in CSS pixels.
_SIZE = (1280, 700)
_PHONE = (390, 844)
_COLOURS = (256, 128, 64, 32)


def take_picture(address: str, path: Path, size: tuple[int, int] = _SIZE) -> None:
    """Write the top of a page as a PNG of at most ``MAX_BYTES``.

    Raises:
        ValueError: it is larger with the fewest colours, too.
    """
    with tempfile.TemporaryDirectory() as profile:
        raw = Path(profile) / "page.png"
        options = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars")
        subprocess.run(
            [
                *("chromium", *options, f"--user-data-dir={profile}", f"--screenshot={raw}"),
                *(f"--window-size={size[0]},{size[1]}", "--virtual-time-budget=3000", address),
            ],
            check=True,
            capture_output=True,
            timeout=300,
        )
        with Image.open(raw) as image:
            for colours in _COLOURS:
                image.convert("RGB").quantize(colours).save(path, optimize=True)
                if path.stat().st_size <= MAX_BYTES:
                    return
    raise ValueError(f"{path}: {path.stat().st_size} bytes, allowed are {MAX_BYTES}")


@contextmanager
def run_page(home: Path) -> Iterator[str]:
    """Run ``homestead ui`` of a home; yield its address."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "homestead", "ui", "--port", str(port)],
        env={**os.environ, "HOMESTEAD_HOME": str(home)},
        stdout=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + _START_TIMEOUT_S
        while time.monotonic() < deadline:
            try:
                httpx.get(address)
                break
            except httpx.TransportError:
                time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        process.wait()


def main() -> None:
    """Take the pictures of a home."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path(".homestead"))
    home = parser.parse_args().home.resolve()
    for name, pattern in _REPORTS.items():
        newest = max(home.glob(pattern), key=lambda path: path.stat().st_mtime)
        take_picture(newest.as_uri(), FOLDER / f"{name}.png")
    with run_page(home) as address:
        take_picture(f"{address}/problems/{PROBLEM}", FOLDER / "ui.png")
        take_picture(f"{address}/problems/{PROBLEM}", FOLDER / "ui-phone.png", _PHONE)


if __name__ == "__main__":
    main()
