"""Values of any shape of AWS's models: made for parameters and answers, and told as Step Functions tells them."""

import datetime
import random

# What is easy to get wrong in addresses, forms, headers, XML and JSON.
TEXTS = ["plain", "a b", "a/b", "x+y=z&w", "100%", "<a&b>", 'say "hi"', "it's", "ä€𝄞", "a,b", "~-._", "#?;:@", "0012"]
# Headers are ASCII, and spaces at their ends are nobody's.
HEADER_TEXTS = ["plain", "a b", "x/y=z", "5"]
MOST_MEMBERS = 12
DEEPEST = 4


class Maker:
    """Makes values, the same ones for the same seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def structure(self, shape, depth=0, place=None):
        """A structure with its required members and some of the others."""
        names = [name for name, member in shape.members.items() if not skipped(member)]
        if getattr(shape, "is_tagged_union", False):
            leaves = [name for name in names if is_leaf(shape.members[name])]
            names = (
                [self.random.choice(leaves if leaves and depth > DEEPEST else names)] if names and depth < 12 else []
            )
        else:
            # A token that is not given is made up, and is never the same.
            needed = {name for name in names if shape.members[name].metadata.get("idempotencyToken")}
            required = [name for name in names if name in shape.required_members or name in needed]
            others = [name for name in names if name not in required]
            wanted = 0 if depth > DEEPEST else self.random.randint(0, min(len(others), MOST_MEMBERS))
            chosen = set(required + self.random.sample(others, wanted))
            names = [name for name in names if name in chosen]
        made = {}
        for name in names:
            member = shape.members[name]
            at = "host" if member.serialization.get("hostLabel") else place or member.serialization.get("location")
            made[name] = self.value(member, depth + 1, at)
        return made

    def value(self, shape, depth, place=None):
        kind = shape.type_name
        pick = self.random
        if kind == "structure":
            if getattr(shape, "is_document_type", False):
                return {"any": [1, "two", None, {"three": True}]}
            return self.structure(shape, depth, place)
        if kind == "list":
            if depth > DEEPEST + 2:
                return []
            # An empty list in a header or a query is nothing, and that is not interesting.
            least = 1 if place else 0
            return [self.value(shape.member, depth + 1, place) for _ in range(pick.randint(least, 2))]
        if kind == "map":
            if depth > DEEPEST + 2:
                return {}
            keys = getattr(shape.key, "enum", None) or (["one", "two-2"] if place else ["one", "two 2", "<3>"])
            keys = pick.sample(keys, min(len(keys), pick.randint(1, 2)))
            return {key: self.value(shape.value, depth + 1, place) for key in keys}
        if kind in ("string", "character"):
            if getattr(shape, "enum", None):
                return pick.choice(shape.enum)
            if place == "host":
                return "a-label"
            if place in ("header", "headers"):
                return pick.choice(HEADER_TEXTS)
            return pick.choice(TEXTS)
        if kind == "blob":
            return pick.choice(["bytes", "ä€ <&>", '{"a": 1}']).encode()
        if kind == "boolean":
            return pick.random() < 0.5
        if kind in ("float", "double"):
            return pick.choice([0.5, 1.25, -3.75, 12.0])
        if kind == "timestamp":
            at = datetime.datetime(2024, 2, 29, 12, 34, 56, tzinfo=datetime.UTC)
            return at + datetime.timedelta(seconds=pick.randint(0, 10**7))
        return pick.choice([0, 1, 7, 99])


def skipped(shape):
    """What has no value in a request or an answer that could be compared."""
    is_stream = shape.serialization.get("eventstream") or getattr(shape, "is_event_stream_type", False)
    # A length that is not the body's is no request at all. JSON in a header is text to the SDK for Java.
    is_json = shape.serialization.get("jsonvalue")
    return bool(is_stream or is_json) or shape.serialization.get("name", "").lower() == "content-length"


def is_leaf(shape):
    return shape.type_name != "structure"


# The words of Java. A member that is one has another name in the SDK for it.
JAVA = frozenset(
    [
        "abstract",
        "assert",
        "boolean",
        "break",
        "byte",
        "case",
        "catch",
        "char",
        "class",
        "const",
        "continue",
        "default",
        "do",
        "double",
        "else",
        "enum",
        "extends",
        "false",
        "final",
        "finally",
        "float",
        "for",
        "goto",
        "if",
        "implements",
        "import",
        "instanceof",
        "int",
        "interface",
        "long",
        "native",
        "new",
        "null",
        "package",
        "private",
        "protected",
        "public",
        "return",
        "short",
        "static",
        "strictfp",
        "super",
        "switch",
        "synchronized",
        "this",
        "throw",
        "throws",
        "transient",
        "true",
        "try",
        "void",
        "volatile",
        "while",
    ]
)


def sdk_case(name):
    """A member's name as Step Functions has it: that of the AWS SDK for Java, with a capital."""
    if name == "NULL":
        return "Nul"
    small = 1
    while small < len(name) and name[small].isupper() and not name[small + 1 : small + 2].islower():
        small += 1
    name = name[:small].lower() + name[small:]
    if name in JAVA:
        name += "Value"
    return name[:1].upper() + name[1:]


def told(shape, value):
    """A value as a state machine has it: names in Step Functions' case, bytes and times as text."""
    kind = shape.type_name
    if value is None:
        return None
    if kind == "structure":
        if getattr(shape, "is_document_type", False):
            return value
        found = {name: told(member, value.get(name)) for name, member in shape.members.items()}
        # Members stand in the order that they were given in, which decides the order of XML.
        return {sdk_case(name): found[name] for name in value if found.get(name) is not None}
    if kind == "list":
        return [told(shape.member, item) for item in value]
    if kind == "map":
        return {key: told(shape.value, item) for key, item in value.items()}
    if kind == "blob":
        value = value.read() if hasattr(value, "read") else value
        return value.decode() if isinstance(value, bytes) else value
    if kind == "timestamp":
        return value.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value
