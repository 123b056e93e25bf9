"""Makes ``python -m conformance`` and the program ``conformance`` the command line."""

import sys
from pathlib import Path

from conformance.shadow import shadowed


def main() -> int:
    """Run a command; the backends of the project that it is run in can be imported."""
    if "" not in sys.path and (here := str(Path.cwd())) not in sys.path:
        sys.path.insert(0, here)
    if (shadow := shadowed()) is not None:
        sys.stderr.write(f"ERROR: {shadow}\n")
        return 4  # as pytest says of a usage that is wrong
    from conformance.cli import main as command

    return command()


if __name__ == "__main__":
    sys.exit(main())
