"""Holds raw answers against botocore's models: botocore itself drops in silence what it does not know."""

import json

# Errors that every service may answer with, and that no model lists.
COMMON = {"ValidationException", "SerializationException", "UnknownOperationException", "InternalFailure"}
TYPES = {
    "string": str,
    "integer": int,
    "long": int,
    "boolean": bool,
    "timestamp": (int, float),
    "float": (int, float),
    "double": (int, float),
    "list": list,
    "map": dict,
    "structure": dict,
    "blob": str,
}


def problems(shape, value, at=""):
    """Everything in which a value differs from a shape."""
    wanted = TYPES[shape.type_name]
    if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
        return [f"{at or '/'}: {json.dumps(value)} is no {shape.type_name}"]
    if shape.type_name == "structure":
        found = [f"{at}/{name}: {shape.name} has no such member" for name in value if name not in shape.members]
        found += [f"{at}/{name}: {shape.name} must have it" for name in shape.required_members if name not in value]
        for name, member in shape.members.items():
            if name in value:
                found += problems(member, value[name], f"{at}/{name}")
        return found
    if shape.type_name == "list":
        return [line for n, item in enumerate(value) for line in problems(shape.member, item, f"{at}/{n}")]
    if shape.type_name == "map":
        return [line for key, item in value.items() for line in problems(shape.value, item, f"{at}/{key}")]
    if getattr(shape, "enum", None) and value not in shape.enum:
        return [f"{at}: {value!r} is none of {shape.name}"]
    least, most = (shape.metadata.get(bound) for bound in ("min", "max"))
    length = len(value) if isinstance(value, str) else value
    if shape.type_name in ("string", "integer", "long") and (
        (least is not None and length < least) or (most is not None and length > most)
    ):
        return [f"{at}: {value!r} is not between {least} and {most}"]
    return []


class Watch:
    """Watches the answers that clients get."""

    def __init__(self):
        self.seen = {}
        self.problems = []

    def over(self, client):
        """Watches a client."""
        client.meta.events.register("before-parse", self._take)
        return client

    def _take(self, operation_model, response_dict, **_):
        name = operation_model.name
        status = response_dict["status_code"]
        if status >= 400:
            self._take_error(operation_model, response_dict)
            return
        self.seen[name] = self.seen.get(name, 0) + 1
        shape = operation_model.output_shape
        if shape is None or (shape.serialization or {}).get("payload"):
            return
        self.problems += [f"{name}{line}" for line in problems(shape, json.loads(response_dict["body"] or b"{}"))]

    def _take_error(self, operation_model, response_dict):
        headers = response_dict["headers"]
        body = json.loads(response_dict["body"])
        code = headers.get("x-amzn-errortype", "")
        known = {shape.error_code for shape in operation_model.error_shapes} | COMMON
        if body.get("__type", code) != code:
            self.problems.append(f"{operation_model.name}: the body says {body['__type']}, the header {code}")
        if code not in known:
            self.problems.append(f"{operation_model.name}: {code} is not among its errors {sorted(known)}")
        if not body.get("message", body.get("Message")):
            self.problems.append(f"{operation_model.name}: {code} says nothing")
