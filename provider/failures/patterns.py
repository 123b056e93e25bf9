"""The patterns of providers' codes and messages, for ``provider.failures.classify``.

A pattern is a family of phrases, not the message of a provider: a noun, a
verb, and what may stand between them. Patterns match the plain form of
``provider.failures.pattern``. Every gap is bounded, so that matching takes
linear time.
"""

from __future__ import annotations

from provider.errors import ErrorKind
from provider.failures import languages
from provider.failures.pattern import Pattern

CODES = (
    (
        ErrorKind.CONTEXT_LIMIT,
        Pattern(
            r"context.*(?:exceed|overflow)",
            r"exceed.*context",
            r"(?:prompt|input).*(?:too long|exceed)",
            r"tokens limit reached",
        ),
    ),
    (
        ErrorKind.RATE_LIMIT,
        Pattern(
            r"rate ?limit|throttl|too many|capacity exceeded", r"(?:token|request)s? quota", r"per minute per"
        ),
    ),
    (
        ErrorKind.QUOTA,
        Pattern(r"quota|billing|payment|balance|credit|arrear|spend|usage not included", r"per day per"),
    ),
    (
        ErrorKind.AUTHENTICATION,
        Pattern(
            r"authentic|unauthorized|auth error|unrecognized client|expired token|api ?key",
            r"(?:invalid|incorrect|missing|expired) .*(?:key|token|signature|credential)",
        ),
    ),
    (
        ErrorKind.PERMISSION,
        Pattern(
            r"permission|(?<!extra )forbidden|access denied|not authorized(?! or not found)",
            r"unsupported country",
        ),
    ),
    (
        ErrorKind.CONTENT_FILTER,
        Pattern(
            r"content (?:filter|policy|moderation|management)|prohibited content",
            r"responsible ?ai|safety|moderation|inspection|guardrail|policy violation|cyber policy",
        ),
    ),
    (ErrorKind.OVERLOADED, Pattern(r"overload|unavailable|not ready|slow down")),
    (
        ErrorKind.NOT_FOUND,
        Pattern(
            r"not ?found|no such|not exist|unknown (?:model|url)|invalid model",
            r"model .*(?:deprecated|decommission)",
        ),
    ),
    (ErrorKind.TIMEOUT, Pattern(r"timed? ?out|deadline")),
)
"""For structured codes and types: the first that matches decides."""

REFUSED_CODE = Pattern(
    r"invalid|bad request|validation|unsupported|unprocessable|missing|malformed",
    r"above max|out of range|too large|tool use failed",
)
FAILED_CODE = Pattern(r"server error|internal|api error|unknown error")
EXHAUSTED_CODE = Pattern(r"resource exhausted")
"""Codes that add nothing to a 400, a 500 or a 429: the message is read before them."""

RATE = Pattern(
    r"rate ?limit|throttl|request rate|rate exceeded",
    r"too many (?:concurrent |simultaneous )?(?:requests|connections|calls)",
    r"too many tokens,? please|please wait before|requests? too (?:quickly|fast|frequent)",
    r"(?:per|/) ?(?:min(?:ute)?|hour|day)\b|\b[tr]p[mdh]\b",
    r"(?:minute|hour|daily|hourly|weekly) .{0,20}(?:limit|quota|token|usage|allocation)",
    r"limit for (?:this|the) (?:minute|hour|day)",
    r"(?<!specified api )usage limit|exceeded your .{0,20}usage|extra usage is required",
    r"(?<!context )(?<!cache )capacity (?:temporarily )?exceeded|quota exceeded for",
    r"concurren\w+ .{0,30}(?:limit|exceed|reach)|(?:limit|max\w*|exceed\w*) .{0,20}concurren",
    *languages.RATES,
)
"""A limit for a time, which ends by itself."""

SPENT = Pattern(
    r"\b(?:insufficient|not enough|no|low|more|out of|depleted|available|included|purchase|buy)"
    r" (?:\w+ ){0,2}?(?:credits?|balance|funds)\b",
    r"\b(?:credits?|balance|funds) (?:\w+ ){0,3}?"
    r"(?:low|depleted|exhausted|insufficient|not enough|expired)",
    r"exceed\w* (?:the|your) (?:[\w/]+ ){0,3}?quota|\bquota (?:\w+ ){0,3}?(?:exceeded|exhausted|reached)",
    r"insufficient quota|billing|payment|spend(?:ing)? limit",
    r"monthly (?:\w+ ){0,2}(?:budget|usage|quota|limit|credits?|allowance|tokens?)",
    r"specified api usage limits|key limit exceeded",
    r"budget has been exceeded|exceeded budget|plan (?:does )?not support|arrears|overdue|good standing",
    r"余额|欠费|额度不足",
)
"""A spent budget or a plan, which only the owner of the account can change."""

_BEYOND = (
    r"exceed\w*|(?:longer|larger|bigger) than|(?:not|cannot|cant|doesnt) fit|above the|over (?:the )?limit"
)
_MORE = rf"(?:{_BEYOND}|too (?:long|large|big|many)|(?:greater|more) than|over the|beyond|>=?)"
_WINDOW = (
    r"(?:context (?:length|window|size|limit|budget|capacity|of \d|is limited)|tokens of context"
    r"|(?:model|sequence|seq) (?:length|len)\b|\bn ctx\b|models? (?:token limit|context\b(?! protocol))"
    r"|(?:max\w*|allowed) (?:number of )?(?:input|prompt|context) (?:tokens?|length|size)"
    r"|(?:max\w*|allowed) (?:messages?|text|conversation|total|request) tokens?"
    r"|maximum (?:allowed )?number of (?:input )?tokens"
    r"|max\w* tokens (?:in|for|of) (?:the |a )?(?:prompt|input|context|messages?|request))"
)
_ASKED = r"(?:prompts?|inputs?|messages?|conversation|chat|history|context|query)"

OVERFLOW_ONLY = Pattern(
    r"context (?:\w+ )?overflow(?!\w* policy)|(?:out of|ran out of) context",
    r"keep the first \d+ tokens|tokens to keep from the initial prompt|cannot truncate prompt",
    r"range of input length|inputs? tokens \+ max new tokens",
    r"max tokens of [\d,]+ exceeded|max size: [\d,]+ tokens",
    r"max (?:completion |output |new )?tokens must be .{0,20}got -",
    r"malformed input request: (?:#/?(?:prompt|input ?text|messages)\S{0,20}: )?expected max ?length",
    r"tokens in (?:the |your )?(?:request|prompt|messages?|input) (?:is |are )?(?:more|greater|larger) than",
    r"max\w* length of (?:the )?(?:current )?(?:question|prompt|input|messages?)\b",
    r"(?:messages?|prompt|input) token length must|messages total length",
    r"max input (?:characters|length|tokens) (?:is|are|of)\b",
    *languages.OVERFLOWS,
)
"""Phrases that mean an overflow by themselves."""

OUTPUT_CAP = Pattern(
    r"max (?:completion |output |new )?tokens?\b|(?:output|completion) (?:tokens?|limit)",
    r"maximum tokens you requested|(?:above|below) (?:the )?m(?:ax|in)imum value",
)
INPUT_NAMED = Pattern(rf"\b{_ASKED}\b")
"""``OUTPUT_CAP`` without ``INPUT_NAMED``: the server refuses only the length of the answer."""

WINDOW_EXCEEDED = Pattern(
    rf"(?:{_MORE}|reached|ran out of|run out of) .{{0,60}}{_WINDOW}",
    rf"{_WINDOW}.{{0,100}}(?:{_MORE}|however|\bbut\b|\bonly\b|reached|resulted in|\bfull\b"
    r"|\bgot\b|received|were given|your (?:prompt|input|messages) (?:has|have|is|are))",
    rf"(?:but|while) (?:\w+ ){{0,4}}{_WINDOW}",
    r"\bmax\w* context (?:length|window|size) (?:is|of) [\d,]+(?: tokens)?\W*\Z",
)
"""The context window is named, with something that exceeds it."""

PROMPT_TOO_LONG = Pattern(
    # The prompt is too long, but not "too long to" something.
    rf"\b(?:\w+ )?{_ASKED}(?: (?:text|length|size|messages?|history|tokens?|content|count|has|have|all))*"
    r"(?: you \w+)?(?: \([^)]{0,40}\))?(?: (?:is|are|was|were))?(?: far| way| much)?"
    r" too (?:long|large|big|many tokens)\b"
    r"(?! to (?!process|handle|fit))",
    r"\brequest (?:is |was )?too long\b(?! to)|too many (?:input |prompt |context )?tokens\b",
    # Its tokens are counted, and exceed a limit.
    rf"\b(?:{_ASKED}\b.{{0,60}}?\b(?:tokens?|length)|(?:request|total)\b.{{0,60}}?\btokens?)\b.{{0,60}}?"
    rf"(?:{_MORE}|(?:less|fewer) than|<|at most|up to|limit (?:is|of)|max\w*\b"
    r"|(?:but|while|and) (?:the |this |your )?(?:\w+ ){0,3}(?:limit|max\w*|only|supports?))",
    rf"\b{_ASKED}\b.{{0,30}}(?:less|fewer|shorter|at most|more) .{{0,30}}\btokens?\b",
    rf"\b(?:\w+ ){{0,2}}(?:{_ASKED}|tokens) (?:\w+ ){{0,3}}(?:{_BEYOND}).{{0,40}}",
    rf"length of (?:the |your |all )?{_ASKED}.{{0,30}}(?:no more|at most|less) than",
    r"(?:supports?|allows?|accepts?) (?:at most|up to|only) [\d,]+ tokens?"
    rf".{{0,20}}\b(?:but|while)\b.{{0,20}}\b{_ASKED}\b",
    r"\btokens? (?:length|count|number) (?:is )?too (?:long|large|big)\b",
    r"token limit (?:was )?exceeded|more than [\d,]+ (?:input|prompt) tokens",
    # The advice to shorten it.
    r"\b(?:reduce|shorten|decrease|trim) (?:the |your )?(?:(?:length|size|number(?: of tokens)?) (?:of|in) )?"
    rf"(?:the |your )?(?:input |text )?(?:{_ASKED}|either one)\b.{{0,20}}",
    r"shorter (?:or fewer )?(?:input|prompt)",
)
OTHER_LENGTH = Pattern(
    r"\b(?:strings?|arrays?|lists?|items|schemas?|keys?|names?|description|characters|fields?|propert\w+)\b",
    r"\b(?:files?|images?|audio|videos?|pdfs?|pages?|pixels|attachments?|documents?)\b",
    r"\b(?:body|payload|entity|url|bytes)\b|\d ?[mkg]i?b\b",
    r"\b(?:tools?|functions?|(?<!input )ids?|temperature|stop|number of messages)\b",
)
"""Things other than the prompt that have a maximum length."""

IMAGE_REFUSED = Pattern(r"(?:not|nt) support(?:ed|ing)? (?:image|vision|audio)|image input is not supported")
CRASHED = Pattern(
    r"model has crashed|prediction error|iterating prediction stream",
    r"engine protocol(?! predict request returned 4)",
)

MESSAGES = (
    (
        ErrorKind.AUTHENTICATION,
        Pattern(
            r"\b(?:invalid|incorrect|missing|expired|wrong|bad|no|valid|provide an?|revoked)\b[\w ]{0,24}"
            r"(?:api ?key|(?:access|auth\w*|api|bearer|security|subscription) (?:key|token)|credentials?)\b",
            r"(?:api ?key|credentials?|(?:access|auth\w*|api|bearer|security|session) token)[\w :(),]{0,40}"
            r"(?:invalid|not valid|expired|missing|required|not found|incorrect|revoked|not provided)",
            r"\btoken (?:is |has )?(?:expired|invalid)|invalid token\b(?! (?:at|in|ids?|count)\b)",
            r"unauthori[sz]ed|not authenticated|invalid auth|authentication (?:fail\w*|required|error)",
            r"login fail|x api key|signature (?:has )?expired",
        ),
    ),
    (
        ErrorKind.CONTENT_FILTER,
        Pattern(
            r"content (?:filter|management|polic|moderation)|safety (?:system|filter|setting|reason|check)",
            r"(?:prohibited|inappropriate|harmful|sensitive|unsafe) (?:content|words?|material)",
            r"responsible ai|\bflagged\b|violat\w+ .{0,40}polic|polic\w+ violation|deny listed",
            r"blocked .{0,40}(?:safety|filter|polic|guardrail|security config)",
            r"considered high risk|content exists risk|敏感",
        ),
    ),
    (
        ErrorKind.NOT_FOUND,
        Pattern(
            r"no models? loaded|failed to load model|unexpected endpoint|unknown (?:model|(?:request )?url)",
            r"invalid model\b|no such model|not a valid model|model identifier is invalid",
            r"model (?:does )?not exist|\b(?:models?|deployment|endpoint|engine)\b.{0,80}"
            r"(?:not found|does not exist|doesnt exist|decommissioned|(?:was|been) (?:removed|retired)"
            r"|no longer (?:available|supported)|end of its life|(?<!currently )not available(?! in your))",
        ),
    ),
    (
        ErrorKind.OVERLOADED,
        Pattern(
            r"overload|(?:at|out of|over|insufficient|no) capacity|high (?:demand|load|traffic)|繁忙",
            r"\b(?:server|service|model|system|engine|workers) (?:is |are )?"
            r"(?:currently |temporarily |too |very )*(?:busy|unavailable|not ready|loading)",
            r"temporarily unavailable|loading model|currently loading|slow down",
            r"\bno (?:healthy|available) (?:upstream|server|worker|channel|instance|deployment)",
        ),
    ),
)
"""Read in this order, with any status; ``NOT_FOUND`` does not count beside a 5xx."""

PERMISSION = Pattern(
    r"\bpermission|forbidden|access denied|not (?:authorized|allowed|entitled|permitted) to",
    r"(?:dont|do not|does not) have access|no access to|unsupported country|not available in your",
)
TIMED_OUT = Pattern(r"\btime(?:d|s)? ?out\b|deadline (?:exceeded|expired)")
FAILED = Pattern(r"internal (?:server )?error|server (?:had|encountered) an? |unexpected error|upstream")
REFUSED = Pattern(
    r"\binvalid\b(?! response)|unsupported|not support|missing|malformed|unrecogni[sz]ed|unknown parameter",
    r"\bmust\b|should (?:be|have|not)|cannot (?:be|exceed)|can only|\bexpected\b|\brequired\b|not permitted",
    r"exceed|too (?:long|large|many|high|small|short)\b(?! to\b)|at most|maximum (?:allowed|of)",
    r"supported range|out of range|limit was reached|bad request",
)
"""Vague phrases, read only where there is no status, as in an event of a stream."""
