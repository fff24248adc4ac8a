"""Headless Chromium, driven over a pipe: opens pages at a telephone's width and looks at them."""

import base64
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PHONE, DESKTOP = 390, 1280
_HEIGHT = 900


class Browser:
    """A browser with one page.

    Args:
        read, write: file descriptors of the browser's messages (Chrome DevTools Protocol), each of
            which ends with a null byte.
    """

    def __init__(self, read: int, write: int) -> None:
        self._input, self._output = os.fdopen(read, "rb"), os.fdopen(write, "wb")
        self._last_id, self._session = 0, ""
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        attached = self._call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        self._call("Page.enable")

    def open(self, address: str, width: int) -> None:
        """Open an address in a window of a width in pixels."""
        self._call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=_HEIGHT,
            deviceScaleFactor=1,
            mobile=width <= PHONE,
        )
        self._call("Page.navigate", url=address)
        while self._read().get("method") != "Page.loadEventFired":
            pass

    def value(self, expression: str) -> Any:
        """Return the value of a JavaScript expression in the page."""
        answer = self._call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in answer:
            raise AssertionError(answer["exceptionDetails"])
        return answer["result"].get("value")

    def screenshot(self, path: Path) -> None:
        """Write a picture of the whole page."""
        size = self._call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        answer = self._call("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        path.write_bytes(base64.b64decode(answer["data"]))

    def close(self) -> None:
        """Close the pipe, which ends the browser."""
        self._output.close()
        self._input.close()

    def _call(self, method: str, **params: Any) -> dict[str, Any]:
        self._last_id += 1
        message: dict[str, Any] = {"id": self._last_id, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        self._output.write(json.dumps(message).encode() + b"\0")
        self._output.flush()
        while (answer := self._read()).get("id") != self._last_id:
            pass
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    def _read(self) -> dict[str, Any]:
        text = bytearray()
        while (byte := self._input.read(1)) != b"\0":
            assert byte, "the browser has ended"
            text += byte
        message: dict[str, Any] = json.loads(text)
        return message


@contextmanager
def opened_browser(program: str, profile: Path) -> Iterator[Browser]:
    """Start Chromium and yield it.

    Args:
        program: its path.
        profile: folder for what it keeps.
    """
    our_read, its_write = os.pipe()
    its_read, our_write = os.pipe()
    # It reads from descriptor 3 and writes to 4.
    shell = f'exec "$@" 3<&{its_read} 4>&{its_write}'
    command = [
        *("bash", "-c", shell, "bash", program, "--headless", "--no-sandbox", "--disable-gpu"),
        *("--remote-debugging-pipe", f"--user-data-dir={profile}", "--hide-scrollbars"),
        "--disable-background-networking",
    ]
    process = subprocess.Popen(
        command,
        pass_fds=(its_read, its_write),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(its_read)
    os.close(its_write)
    browser = Browser(our_read, our_write)
    try:
        yield browser
    finally:
        browser.close()
        process.terminate()
        process.wait(timeout=20)
