"""The script of the documentation's pictures takes one of every page."""

import screenshots


def test_every_page_has_its_picture(database, chromium, tmp_path, monkeypatch):
    from contextlib import contextmanager

    @contextmanager
    def same_browser():  # a second driver cannot start in the thread that holds one
        yield chromium

    monkeypatch.setattr(screenshots, "browser", same_browser)
    written = screenshots.main(database, tmp_path)
    assert [path.name for path in written] == [f"browse-{name}.png" for name in screenshots.pages(database)]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in written)
