"""Parsing Retry-After headers.

Unit tests: the forms that no scenario sends.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider.failures.extraction import retry_after


def test_a_date_without_a_time_zone_is_in_utc() -> None:
    assert retry_after("Wed, 21 Oct 2015 07:28:00 -0000") == 0.0


@pytest.mark.parametrize(
    "header",
    [
        *(None, "7 s", "nan"),
        "Wed, 99 Oct 2015 07:28:00 GMT",
        "Wed, 21 Oct 99999999999999999999 07:28:00 GMT",
        "Wed, 21 Oct 2015 07:28:00 +99999999999999",
    ],
)
def test_another_retry_after_is_none(header: str | None) -> None:
    """RFC 9110 has no other form, but gateways send some."""
    assert retry_after(header) is None


@given(st.text() | st.text(st.sampled_from("0123456789 :+-,JanOctWedGMT")))
def test_no_retry_after_raises(header: str) -> None:
    assert (retry_after(header) or 0.0) >= 0.0
