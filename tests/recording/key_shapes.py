"""The shapes of the keys of many providers and services, each with made-up random characters."""

from __future__ import annotations

import base64
import json
import string
from collections.abc import Callable
from random import Random

_LETTERS, _DIGITS = string.ascii_letters, string.digits
_SMALL, _HEX = string.ascii_lowercase + _DIGITS, _DIGITS + "abcdef"
_CAPITALS = string.ascii_uppercase + "234567"
_ALL = _LETTERS + _DIGITS
_URL = _ALL + "_-"


def _form(form: str) -> Callable[[Random], str]:
    """Makes keys of a form such as ``sk-{all:20}``."""

    def made(random: Random) -> str:
        out = []
        for part in form.split("{"):
            kind, _, rest = part.partition("}")
            if rest or ":" in kind:
                alphabet, _, size = kind.partition(":")
                out += ["".join(random.choice(_ALPHABETS[alphabet]) for _ in range(int(size))), rest]
            else:
                out.append(part)
        return "".join(out)

    return made


_ALPHABETS = {
    "all": _ALL,
    "url": _URL,
    "hex": _HEX,
    "small": _SMALL,
    "capital": _CAPITALS,
    "digit": _DIGITS,
    "letter": _LETTERS,
    "base64": _ALL + "+/",
}

_UUID = "{hex:8}-{hex:4}-4{hex:3}-a{hex:3}-{hex:12}"

FORMS = {
    "OpenAI": "sk-{all:20}T3BlbkFJ{all:20}",
    "OpenAI, a project": "sk-proj-{url:120}",
    "Anthropic": "sk-ant-api03-{url:93}AA",
    "OpenRouter": "sk-or-v1-{hex:64}",
    "DeepSeek": "sk-{hex:32}",
    "Google": "AIza{url:35}",
    "Google, a token": "ya29.{url:60}",
    "AWS, an id": "AKIA{capital:16}",
    "AWS, a secret": "{base64:40}",
    "Bedrock": "ABSK{base64:120}=",
    "Azure, 32 digits": "{hex:32}",
    "Azure, 84 characters": "{all:76}ACOG{all:4}",
    "Azure, a client": "{all:3}8Q~{all:34}",
    "Groq": "gsk_{all:52}",
    "xAI": "xai-{all:80}",
    "Hugging Face": "hf_{letter:34}",
    "Replicate": "r8_{all:37}",
    "Perplexity": "pplx-{all:48}",
    "Mistral": "{all:32}",
    "Cohere": "{all:40}",
    "Together": "{hex:64}",
    "Fireworks": "fw_{all:22}",
    "Cerebras": "csk-{small:48}",
    "NVIDIA": "nvapi-{url:64}",
    "Databricks": "dapi{hex:32}",
    "watsonx": "{url:44}",
    "Voyage": "pa-{url:43}",
    "Jina": "jina_{all:60}",
    "ElevenLabs": "sk_{hex:48}",
    "Helicone": "sk-helicone-{small:7}-{small:7}-{small:7}-{small:7}",
    "Langfuse": "sk-lf-" + _UUID,
    "LangSmith": "lsv2_pt_{hex:32}_{hex:10}",
    "Zhipu": "{hex:32}.{all:16}",
    "SambaNova": _UUID,
    "Anyscale": "esecret_{small:36}",
    "Yandex": "AQVN{url:36}",
    "GitHub": "ghp_{all:36}",
    "GitLab": "glpat-{url:20}",
    "Slack": "xoxb-{digit:12}-{digit:12}-{all:24}",
    "Cloudflare": "{url:40}",
    "Friendli": "flp_{all:46}",
    "Pinecone": "pcsk_{all:5}_{all:60}",
    "RunPod": "rpa_{capital:42}",
    "Baseten": "{all:8}.{all:32}",
    "Deepgram": "{hex:40}",
    "Chutes": "cpk_{hex:32}.{hex:32}.{all:32}",
    "Tavily": "tvly-dev-{all:32}",
    "Vercel": "vck_{all:56}",
    "Upstage": "up_{all:29}",
    "Heroku": "HRKU-" + _UUID,
}


def keys() -> dict[str, str]:
    """A key of each provider, the same in each run."""
    # Made here, as no key and nothing that looks like one may be committed.
    found = {name: _form(form)(Random(name)) for name, form in FORMS.items()}
    head, claims = ({"alg": "HS256", "typ": "JWT"}, {"sub": "1234567890", "iat": 1516239022})
    parts = (
        base64.urlsafe_b64encode(json.dumps(each).encode()).decode().rstrip("=") for each in (head, claims)
    )
    found["a signed token"] = ".".join([*parts, _form("{url:43}")(Random("token"))])
    return found
