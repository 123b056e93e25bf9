"""Putting a player or a recorder between httpx and the network: the one file that knows vcrpy."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

from typing_extensions import override
from vcr.cassette import Cassette
from vcr.patch import PATCHER_NAMES
from vcr.record_mode import RecordMode

from conformance.recording.cassette.interaction import Request, Response
from conformance.recording.playback.record import Recorder
from conformance.recording.playback.replay import Player

# SDKs speak through httpx, or as openai 3 does through httpx2; all libraries would take seven times as long.
_OTHER_LIBRARIES = tuple(name for name in PATCHER_NAMES if name not in ("httpx", "httpx2"))


class _HttpxCassette(Cassette):  # type: ignore[misc]  # vcrpy publishes no types
    """A cassette that patches httpx alone and leaves file, matching and playing to its player or recorder."""

    mode: RecordMode

    def __init__(self, path: str) -> None:
        super().__init__(path, record_mode=self.mode, skip_patchers=_OTHER_LIBRARIES)

    @classmethod
    @override
    def load(cls, **arguments: Any) -> Self:
        """A cassette without a file: a player or a recorder has it."""
        return cls(**arguments)


class Replaying(_HttpxCassette):
    """Answers from a player; a request without a recording raises and is never sent."""

    mode = RecordMode.NONE

    def __init__(self, path: Path, player: Player) -> None:
        super().__init__(str(path))
        self._player = player
        self._taken: dict[int, Response] = {}

    @override
    def can_play_response_for(self, request: Any) -> bool:
        """Take the response here already: vcrpy looks and plays in two steps, this takes one."""
        self._taken[id(request)] = self._player.answer(_request(request))
        return True

    @override
    def play_response(self, request: Any) -> dict[str, Any]:
        """The response that was taken for this request."""
        response = self._taken.pop(id(request))
        return {
            "status": {"code": response.status, "message": response.reason},
            "headers": {name: [value] for name, value in response.headers.items()},
            "body": {"string": response.body},
        }


class Recording(_HttpxCassette):
    """Lets every request through and hands it to a recorder with its response."""

    mode = RecordMode.ALL

    def __init__(self, path: Path, recorder: Recorder) -> None:
        super().__init__(str(path))
        self._recorder = recorder

    @override
    def can_play_response_for(self, request: Any) -> bool:
        """Never: the server answers."""
        self._recorder.before_request()
        return False

    @override
    def append(self, request: Any, response: dict[str, Any]) -> None:
        """Give one interaction to the recorder."""
        status, headers = response["status"], response["headers"]
        self._recorder.add(
            _request(request),
            Response(
                status["code"],
                status["message"],
                {name.lower(): ", ".join(values) for name, values in headers.items()},
                response["body"]["string"],
            ),
        )


def _request(request: Any) -> Request:
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Request(request.method, request.uri, headers, request.body or b"")
