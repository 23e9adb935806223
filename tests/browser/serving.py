"""A served database and a headless Chromium for tests and screenshots; no browser is ever downloaded."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CHROMIUM = os.environ.get("VOC_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
# Nothing but this machine can be reached, whatever a page asks for.
ARGUMENTS = ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]


def why_no_browser() -> str | None:
    """Why no browser can be driven here; None when one can."""
    try:
        import playwright.sync_api  # noqa: F401
    except ModuleNotFoundError:
        return "playwright is not installed (requirements/test.txt)"
    if not Path(CHROMIUM).exists():
        return f"there is no Chromium at {CHROMIUM} (apt install chromium, or set VOC_CHROMIUM)"
    return None


@contextmanager
def browser() -> Iterator:
    """Headless Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        started.close()


@contextmanager
def served(database: Path, *options: str, env: dict[str, str] | None = None) -> Iterator[str]:
    """The address of `voc browse DATABASE`, which runs in a process of its own until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "voc", "browse", str(database), "--port", str(port), *options]
    process = subprocess.Popen(command, env=os.environ | (env or {}), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        _until_it_answers(f"http://127.0.0.1:{port}/", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.communicate()


def _until_it_answers(url: str, process: subprocess.Popen) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(url, timeout=30).read()
            return
        except urllib.error.HTTPError:  # it asks for the password: it is there
            return
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.2)
    process.kill()
    raise RuntimeError("voc browse did not start: " + process.communicate()[0].decode())
