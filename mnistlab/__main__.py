"""``python -m mnistlab`` is the ``mnistlab`` command."""

from .command.cli import main

raise SystemExit(main())
