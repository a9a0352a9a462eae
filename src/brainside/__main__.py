"""`python -m brainside` is the command `brainside`."""

from brainside.cli.main import main

main()
