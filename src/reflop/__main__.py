"""`python -m reflop` is the command `reflop`."""

from reflop.cli import main

main()
