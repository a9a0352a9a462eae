"""A headless Chromium, spoken to by its own protocol, as the tests use it."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import websocket


class Browser:
    """One page of a browser; `errors` are what its console and its scripts complained of."""

    def __init__(self, socket: websocket.WebSocket):
        self.socket, self.number = socket, 0
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.session = ""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)[
            "sessionId"
        ]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The answer to a command; events that come before it are kept."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        self.socket.send(
            json.dumps(message | ({"sessionId": self.session} if self.session else {}))
        )
        while (answer := json.loads(self.socket.recv())).get("id") != self.number:
            self._keep(answer)
        assert "result" in answer, answer
        return answer["result"]

    def _keep(self, event: dict[str, Any]) -> None:
        name, parameters = event.get("method"), event.get("params", {})
        if name == "Runtime.exceptionThrown" or name == "Log.entryAdded":
            self.errors.append(json.dumps(parameters))
        if name == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning"):
            self.errors.append(json.dumps(parameters))
        if name == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])

    def value(self, expression: str) -> Any:
        """What a JavaScript expression gives; a promise is waited for."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True,
                           awaitPromise=True)  # fmt: skip
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def open(self, url: str) -> None:
        """Load a page, until all of it is there."""
        self.call("Page.navigate", url=url)
        loaded = "new Promise(done => document.readyState === 'complete' ? done() : onload = done)"
        self.value(loaded)

    def press(self, key: str) -> None:
        """Press and release a key."""
        code = {"Enter": 13, "Tab": 9}[key]
        down = {"type": "keyDown", **({"text": "\r"} if key == "Enter" else {})}
        for kind in (down, {"type": "keyUp"}):
            self.call(
                "Input.dispatchKeyEvent", key=key, code=key, windowsVirtualKeyCode=code, **kind
            )


@contextmanager
def browser(program: str, profile: Path) -> Iterator[Browser]:
    """A browser with a profile of its own, closed at the end."""
    process = subprocess.Popen(
        [program, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}",
         "--remote-debugging-port=0", "--remote-allow-origins=*", "about:blank"],
        stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )  # fmt: skip
    assert process.stderr
    try:
        lines = (line for line in process.stderr if "DevTools listening on " in line)
        url = next(lines).partition(" on ")[2].strip()
        socket = websocket.create_connection(url, timeout=60)
        yield Browser(socket)
        socket.close()
    finally:
        process.terminate()
        process.wait()
