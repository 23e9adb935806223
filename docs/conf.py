"""How Sphinx builds the site from these pages: `make site`. No page loads anything from another host."""

from voc import __version__

project = "voc"
author = "the voc maintainers"
copyright = "the voc maintainers, MIT licence"
release = version = __version__

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = "voc"
html_copy_source = False
html_show_sphinx = False
