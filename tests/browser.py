"""A person at a headless Chromium: looks, clicks and types, by the DevTools protocol."""

import base64
import json
import resource
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import requests
import websocket

WIDTH, HEIGHT = 1900, 1100
# The visible elements that match a selector and hold a text, and where to click them.
FIND = """
((selector, text) => {
    const shown = (element) => {
        const box = element.getBoundingClientRect();
        return box.width && box.height && getComputedStyle(element).visibility !== "hidden";
    };
    const words = (element) =>
        (element.value || element.innerText || "").replace(/\\s+/g, " ").trim();
    return [...document.querySelectorAll(selector)].filter(
        (element) => shown(element) && words(element).includes(text)
    );
})(%s, %s)
"""


def allow_memory():
    """Take back the limit that Odoo sets where it runs: Chromium maps far more."""
    __, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


class Browser:
    """Chromium with one page; ends with the ``with`` block.

    What is looked for is waited for: the page may still be at work.
    """

    OFFERS = ".o-autocomplete--dropdown-item, .o_select_menu_item"

    def __init__(self, patience=60):
        self.patience = patience
        self.errors = []
        self.count = 0

    def __enter__(self):
        program = next(
            filter(
                None,
                map(
                    shutil.which,
                    ("chromium", "chromium-browser", "chrome", "google-chrome"),
                ),
            )
        )
        self.folder = tempfile.mkdtemp(prefix="browser-")
        self.process = subprocess.Popen(
            [
                program,
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--disable-extensions",
                "--disable-background-networking",
                "--lang=en-US",
                f"--window-size={WIDTH},{HEIGHT}",
                f"--user-data-dir={self.folder}",
                "--remote-debugging-port=0",
                "--remote-allow-origins=*",
                "about:blank",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=allow_memory,
        )
        try:
            self._connect()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *args):
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _connect(self):
        port_file = Path(self.folder) / "DevToolsActivePort"
        self.until(
            lambda: port_file.exists() and port_file.read_text().strip(), "Chromium"
        )
        port = port_file.read_text().split()[0]
        pages = requests.get(f"http://127.0.0.1:{port}/json/list", timeout=10).json()
        page = next(page for page in pages if page["type"] == "page")
        self.socket = websocket.create_connection(
            page["webSocketDebuggerUrl"], timeout=self.patience
        )
        self.send("Page.enable")
        self.send("Runtime.enable")

    def send(self, method, **params):
        """Send a command of the protocol; return its result."""
        self.count += 1
        self.socket.send(
            json.dumps({"id": self.count, "method": method, "params": params})
        )
        while True:
            message = json.loads(self.socket.recv())
            if message.get("method") == "Runtime.exceptionThrown":
                details = message["params"]["exceptionDetails"]
                thrown = details.get("exception", {})
                self.errors.append(thrown.get("description") or details["text"])
            if message.get("id") == self.count:
                assert "error" not in message, message
                return message["result"]

    def evaluate(self, script):
        """Return the value of a JavaScript expression in the page, or its promise's."""
        answer = self.send(
            "Runtime.evaluate",
            expression=script,
            returnByValue=True,
            awaitPromise=True,
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def until(self, condition, what="the page"):
        """Wait for a condition; return what it gave."""
        end = time.monotonic() + self.patience
        while time.monotonic() < end:
            found = condition()
            if found:
                return found
            time.sleep(0.1)
        raise AssertionError(f"Waited in vain for {what}")

    # What a person does

    def open(self, url):
        self.send("Page.navigate", url=url)

    def texts(self, selector, text=""):
        """Return the texts of the visible elements, without waiting."""
        found = FIND % (json.dumps(selector), json.dumps(text))
        return self.evaluate(f"{found}.map((e) => e.value || e.innerText)")

    def see(self, selector, text=""):
        """Wait for an element; return its text."""
        what = f"{selector} with “{text}”"
        return self.until(lambda: self.texts(selector, text), what)[0]

    def gone(self, selector, text=""):
        """Wait until there is no such element."""
        self.until(lambda: not self.texts(selector, text), f"the end of {selector}")

    def click(self, selector, text=""):
        """Click the middle of the first such element, where it is on the screen."""
        found = FIND % (json.dumps(selector), json.dumps(text))
        script = f"""(() => {{
            const element = {found}[0];
            if (!element) return null;
            element.scrollIntoView({{block: "center", inline: "center"}});
            const box = element.getBoundingClientRect();
            const x = box.x + box.width / 2, y = box.y + box.height / 2;
            const top = document.elementFromPoint(x, y);
            return top && (element.contains(top) || top.contains(element))
                ? {{x, y}} : null;
        }})()"""
        seen = []

        def at_rest():
            """The page may still move what it shows: wait until it stands still."""
            seen.append(self.evaluate(script))
            return seen[-1] if seen[-1] and seen[-2:-1] == seen[-1:] else None

        place = self.until(at_rest, f"{selector} with “{text}” to click")
        for event in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.send(
                "Input.dispatchMouseEvent",
                type=event,
                button="none" if event == "mouseMoved" else "left",
                clickCount=int(event != "mouseMoved"),
                **place,
            )

    def type(self, selector, text):
        """Click into a field, or an editor, and replace what it holds."""
        self.click(selector)
        self.until(
            lambda: self.evaluate(
                f"!!document.activeElement.closest({json.dumps(selector)})"
            ),
            f"the cursor in {selector}",
        )
        self.evaluate("document.activeElement.select?.()")
        self.send("Input.insertText", text=text)

    def press(self, key, code, number, text=""):
        """Press a key and let it go; ``text`` is what it writes, if anything."""
        event = {"key": key, "code": code, "windowsVirtualKeyCode": number}
        self.send("Input.dispatchKeyEvent", type="keyDown", text=text, **event)
        self.send("Input.dispatchKeyEvent", type="keyUp", **event)

    def choose(self, field, text):
        """Choose from what a field of Odoo's offers: a record or one of a few words."""
        self.click(f"{field} input")
        self.see(self.OFFERS)
        if self.texts(".o-autocomplete--dropdown-item"):
            self.send("Input.insertText", text=text)
        self.click(self.OFFERS, text)
        self.gone(self.OFFERS)
        self.see(f"{field} input", text)

    def picture(self, path):
        """Save what is on the screen, for whoever looks into a failure."""
        data = self.send("Page.captureScreenshot", format="png")["data"]
        Path(path).write_bytes(base64.b64decode(data))
