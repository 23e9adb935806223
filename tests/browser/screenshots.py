"""Pictures of the pages for the documentation, taken in headless Chromium.

python tests/browser/screenshots.py demo/sample.db docs
"""

import sys
from pathlib import Path

from serving import browser, served, why_no_browser

from voc.store import Store

WIDTH, HEIGHT = 1280, 900


def main(database: Path, folder: Path) -> list[Path]:
    """Write browse-NAME.png of every page into `folder`; returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    with served(database) as address, browser() as chromium:
        page = chromium.new_page(viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=1)
        for name, (path, is_whole) in pages(database).items():
            page.goto(address + path)
            if name == "topic":  # one quote opened, so that its cut-outs are seen
                page.locator("blockquote summary", has_text="cut-out").or_(
                    page.locator("blockquote summary")
                ).first.click()
            target = folder / f"browse-{name}.png"
            page.screenshot(path=target, full_page=is_whole)
            written.append(target)
    return written


def pages(database: Path) -> dict[str, tuple[str, bool]]:
    """Address of each page, and whether all of it is taken or only its first screen."""
    with Store(database, is_read_only=True) as store:
        topic = store.rows("SELECT topic_id AS id FROM priorities ORDER BY rank")[0]["id"]
        customer = store.rows("SELECT customer_id AS id FROM customers ORDER BY contact_count DESC, customer_id")[0][
            "id"
        ]
    name = database.stem
    return {
        "home": ("/", False), "topic": (f"/{name}/topics/{topic}", True), "customer": (f"/{name}/customers/{customer}", False),
        "search": ("/-/voc/search?q=invoice", False), "dashboard": ("/-/voc/dashboards/overview", True),
        "question": (f"/{name}/repeats_of_a_topic?topic=refund", False), "table": (f"/{name}/latest_priorities", False),
    }  # fmt: skip


if __name__ == "__main__":
    if reason := why_no_browser():
        raise SystemExit(f"No pictures: {reason}")
    for path in main(Path(sys.argv[1]), Path(sys.argv[2])):
        print(path)
