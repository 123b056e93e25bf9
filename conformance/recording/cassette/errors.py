"""The failures of a cassette, a class for each."""


class CassetteError(Exception):
    """A cassette cannot be read, written or played."""


class CassetteMissing(CassetteError):
    """The file of the cassette does not exist."""


class CassetteEmpty(CassetteError):
    """The file of the cassette is empty."""


class CassetteTruncated(CassetteError):
    """The file of the cassette ends before its end marker."""


class CassetteCorrupt(CassetteError):
    """The file is complete, but its content is not a cassette."""


class RequestNotRecorded(CassetteError):
    """No recorded interaction answers a request, or each one that does was played before."""


class SecretFound(CassetteError):
    """A secret would have been stored in a cassette."""


class RoundTripFailed(CassetteError):
    """A recording would differ after it is written and read again."""
