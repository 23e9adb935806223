"""`python -m voc`: the command line without the installed script."""

from voc.cli import main

main()
