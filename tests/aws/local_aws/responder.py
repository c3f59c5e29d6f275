"""The resources of the responder: the case table, the topics, the key of task tokens, and a queue in place of people's
mailboxes.
"""

import re
from dataclasses import dataclass

from moto.dynamodb.models import dynamodb_backends
from moto.kms.models import kms_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends
from moto.utilities.utils import get_partition

_TABLE = "redress-cases"
_TOPIC = "redress-security"
_ESCALATION_TOPIC = "redress-escalation"
_QUEUE = "redress-inbox"
# A key has no name, so it gets an id that is known before it is made.
_TOKEN_KEY = "7e0c0de0-0000-4000-8000-000000000001"


@dataclass(frozen=True)
class Responder:
    """The names and ARNs of a responder in an account and region, whether or not it exists."""

    account: str
    region: str
    table: str = _TABLE

    def __post_init__(self) -> None:
        if not re.fullmatch(r"\d{12}", self.account):
            raise ValueError(f"the account `{self.account}` is not twelve digits")
        if self.region not in sqs_backends[self.account]:
            raise ValueError(f"the region `{self.region}` is none that moto knows")

    @property
    def partition(self) -> str:
        return get_partition(self.region)

    @property
    def table_arn(self) -> str:
        return self._arn("dynamodb", f"table/{_TABLE}")

    @property
    def topic_arn(self) -> str:
        return self._arn("sns", _TOPIC)

    @property
    def escalation_topic_arn(self) -> str:
        return self._arn("sns", _ESCALATION_TOPIC)

    @property
    def token_key_arn(self) -> str:
        return self._arn("kms", f"key/{_TOKEN_KEY}")

    @property
    def queue_arn(self) -> str:
        return self._arn("sqs", _QUEUE)

    def queue_url(self, endpoint: str) -> str:
        return f"{endpoint}/{self.account}/{_QUEUE}"

    def build(self) -> None:
        """Creates missing resources."""
        sqs_backends[self.account][self.region].create_queue(_QUEUE)
        topics = sns_backends[self.account][self.region]
        for topic, arn in ((_TOPIC, self.topic_arn), (_ESCALATION_TOPIC, self.escalation_topic_arn)):
            topics.create_topic(topic)
            topics.subscribe(arn, self.queue_arn, "sqs")
        self._build_key()
        tables = dynamodb_backends[self.account][self.region]
        if _TABLE not in tables.tables:
            keys = {"pk": "HASH", "sk": "RANGE"}
            tables.create_table(
                _TABLE,
                schema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys.items()],
                attr=[{"AttributeName": name, "AttributeType": "S"} for name in keys],
                billing_mode="PAY_PER_REQUEST",
                throughput=None,
                global_indexes=None,
                indexes=None,
                streams=None,
                sse_specification=None,
                tags=[],
                deletion_protection_enabled=None,
                warm_throughput=None,
            )

    def _build_key(self) -> None:
        keys = kms_backends[self.account][self.region]
        if _TOKEN_KEY not in keys.keys:
            made = keys.create_key(None, "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", "task tokens", None)
            del keys.keys[made.id]
            made.id, made.arn = _TOKEN_KEY, self.token_key_arn
            keys.keys[_TOKEN_KEY] = made

    def _arn(self, service: str, resource: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"
