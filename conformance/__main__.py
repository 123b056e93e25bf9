"""Makes ``python -m conformance`` and the program ``conformance`` the command line."""

import io
import os
import sys
from pathlib import Path

from conformance.shadow import shadowed


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
        try:
            from conformance.cli import main as command
        except ModuleNotFoundError as error:
            extra = "pip install 'llm-backend-conformance[suite]'"
            sys.stderr.write(f"ERROR: the suite is not installed, {error.name} is missing: {extra}\n")
            return 4
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
