"""Makes ``python -m conformance`` and the program ``conformance`` the command line."""

import io
import os
import sys
from importlib.util import find_spec
from pathlib import Path

from conformance.shadow import shadowed

_NEEDED = ("pytest", "xdist", "vcr", "syrupy", "yaml", "rich", "filelock", "jsonschema", "detect_secrets")
"""What the extra ``suite`` installs, by the names of its modules; each is imported only where it is used."""


def main() -> int:
    """Run a command; the backends of the project that it is run in can be imported."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A name or an answer may have letters that the terminal's encoding lacks.
            stream.reconfigure(errors="backslashreplace")
    if "" not in sys.path and (here := str(Path.cwd())) not in sys.path:
        sys.path.insert(0, here)
    if (shadow := shadowed()) is not None:
        sys.stderr.write(f"ERROR: {shadow}\n")
        return 4  # as pytest says of a usage that is wrong
    try:
        if missing := [name for name in _NEEDED if find_spec(name) is None]:
            extra = "pip install 'llm-backend-conformance[suite]'"
            sys.stderr.write(f"ERROR: the suite is not installed, {missing[0]} is missing: {extra}\n")
            return 4
        from conformance.cli import main as command

        return command()
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return 130  # as a shell says of a program that SIGINT ended
    except BrokenPipeError:
        # Who read the output has closed it, as `head` does; Python would complain again at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141  # as a shell says of a program that SIGPIPE ended


if __name__ == "__main__":
    sys.exit(main())
