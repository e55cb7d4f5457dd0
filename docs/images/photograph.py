"""Takes a picture of a web page as Chromium shows it, when a text has appeared on it.

Arguments: the address, the text to wait for, the height in pixels, the file to write. The page
may go on loading: Temporal's UI always waits for the next event. CHROMIUM_PORT is where a
browser listens for its debugger.
"""

import base64
import json
import sys
from pathlib import Path
from typing import Any

import httpx2
from websockets.sync.client import ClientConnection, connect

_WIDTH = 1600
_LARGEST_MESSAGE = 64 * 2**20
_APPEARED = """new Promise((done, fail) => {
  setTimeout(() => fail("the text did not appear"), 20000);
  const look = () => document.body?.innerText.includes(%s)
    ? setTimeout(done, 1500)
    : setTimeout(look, 100);
  look();
})"""


class Browser:
    """A tab, spoken to by the Chrome DevTools Protocol."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._sent = 0

    def ask(self, method: str, **parameters: object) -> dict[str, Any]:
        """Return what *method* answers; raises RuntimeError for a refusal or a failed script."""
        self._sent += 1
        order = {"id": self._sent, "method": method, "params": parameters}
        self._connection.send(json.dumps(order))
        answer = self._hear("id", self._sent)
        if "error" in answer or "exceptionDetails" in answer["result"]:
            raise RuntimeError(f"{method} failed")
        result: dict[str, Any] = answer["result"]
        return result

    def open(self, address: str) -> None:
        """Go to *address* and wait until its scripts run."""
        self.ask("Page.enable")
        self.ask("Page.navigate", url=address)
        self._hear("method", "Page.loadEventFired")

    def _hear(self, member: str, value: object) -> dict[str, Any]:
        while True:
            said: dict[str, Any] = json.loads(self._connection.recv(timeout=30))
            if said.get(member) == value:
                return said


def photograph(port: str, address: str, text: str, height: int) -> bytes:
    """Return a PNG of *address*, 1600 pixels wide."""
    tab = httpx2.put(f"http://127.0.0.1:{port}/json/new?about:blank", trust_env=False).json()
    with connect(tab["webSocketDebuggerUrl"], max_size=_LARGEST_MESSAGE, proxy=None) as connection:
        browser = Browser(connection)
        browser.ask(
            "Emulation.setDeviceMetricsOverride",
            width=_WIDTH,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        browser.open(address)
        waiting = _APPEARED % json.dumps(text)
        browser.ask("Runtime.evaluate", expression=waiting, awaitPromise=True)
        return base64.b64decode(browser.ask("Page.captureScreenshot")["data"])


if __name__ == "__main__":
    port, address, text, height, file = sys.argv[1:]
    Path(file).write_bytes(photograph(port, address, text, int(height)))
