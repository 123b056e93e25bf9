"""A Google service account for tests, and the tokens that the scripted server grants it.

Google's APIs take no key: a service account signs a claim, a token server
grants it a token, and the token goes with the question.
"""

from __future__ import annotations

import base64
import json
from functools import cache
from urllib.parse import parse_qs

from conformance.servers.scripted.request import Request
from conformance.servers.scripted.script import Script, reply

TOKEN_PATH = "/token"  # noqa: S105 - where tokens are granted, and none itself


def service_account(url: str, key: str) -> str:
    """The JSON file of an account whose key is called ``key`` and whose token server is at ``url``."""
    return json.dumps(
        {
            "type": "service_account",
            "project_id": "conformance",
            "private_key_id": key,
            "private_key": private_key(),
            "client_email": "suite@conformance.iam.gserviceaccount.com",
            "token_uri": f"{url}{TOKEN_PATH}",
        }
    )


def access_token(key: str) -> str:
    """The token that is granted for ``key``: derived from the key, so that the key can be recognised."""
    return f"ya29.{key}"


def granted(request: Request) -> Script:
    """The token for the account that signed the claim in ``request``."""
    [assertion] = parse_qs(request.body.decode())["assertion"]
    head = assertion.partition(".")[0]
    signed_by = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"]
    return reply({"access_token": access_token(signed_by), "expires_in": 3599, "token_type": "Bearer"})


@cache
def private_key() -> str:
    """An RSA key as PEM, made once a process.

    A small one, for it guards nothing: to read one of 2048 bits takes 90 ms, for every server anew.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
