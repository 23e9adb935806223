"""The script of the documentation's pictures takes one of every page."""

import screenshots


def test_every_page_has_its_picture(database, tmp_path):
    written = screenshots.main(database, tmp_path)
    assert [path.name for path in written] == [f"browse-{name}.png" for name in screenshots.pages(database)]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in written)
