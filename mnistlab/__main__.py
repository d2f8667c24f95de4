"""``python -m mnistlab`` is the ``mnistlab`` command."""

import sys

from .command.cli import main

sys.exit(main())
