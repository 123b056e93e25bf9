"""What a scenario imports: the dialogue, the laws, and the scripts of a server, under one name.

>>> from conformance.testing import laws, reply, text, tools
"""

from __future__ import annotations

from conformance.runner.stage.stage import Build, Serve, Stage
from conformance.spec import laws
from conformance.spec.interview import Interview

__all__ = ["Build", "Interview", "Serve", "Stage", "laws"]
