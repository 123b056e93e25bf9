"""What can go wrong with a cassette, one class per failure."""


class CassetteError(Exception):
    """A cassette cannot be read, written or played."""


class CassetteMissing(CassetteError):
    """There is no file where the cassette should be."""


class CassetteEmpty(CassetteError):
    """The cassette's file holds nothing."""


class CassetteTruncated(CassetteError):
    """The cassette's file stops before its end."""


class CassetteCorrupt(CassetteError):
    """The cassette's file is whole, but it is no cassette."""


class RequestNotRecorded(CassetteError):
    """A request was sent that no recording is left to answer."""


class SecretFound(CassetteError):
    """A secret would have reached a cassette."""


class RoundTripFailed(CassetteError):
    """A recording would come back from its file changed."""
