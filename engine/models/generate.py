#!/usr/bin/env python3
"""Packs what the engine needs of AWS's service models into `services.bin`.

    python3 -m venv venv && venv/bin/pip install botocore==1.44.5
    venv/bin/python engine/models/generate.py

The models are those that botocore carries (Apache License 2.0): for each service its latest API version. Kept are
operations, shapes and where their members go on the wire; documentation, examples, limits, waiters and paginators are not.

`services.bin` holds, one after the other: the length of the index (four bytes, little-endian), the index (deflated JSON:
for each name in `aws-sdk:NAME:action` where its model is), and the models (deflated JSON, each on its own, so that only
those that are used are ever inflated). `engine/src/integrations/sdk/model.rs` reads it.
"""

import json
import pathlib
import re
import zlib

import botocore
import botocore.loaders

# Protocols that the engine speaks, the preferred one first. Services that speak none of them are left out.
PROTOCOLS = ["json", "rest-json", "rest-xml", "query", "ec2"]

# How a member's facts are called in the models, and in the packed form.
MEMBER = {
    "locationName": "n",
    "location": "l",
    "flattened": "f",
    "xmlAttribute": "a",
    "timestampFormat": "t",
    "queryName": "q",
    "streaming": "g",
    "jsonvalue": "j",
    "hostLabel": "h",
    "idempotencyToken": "i",
}


def words(name):
    """Where the AWS SDK for Java, whose names Step Functions takes, sees the words of a name."""
    name = re.sub(r"[^A-Za-z0-9]+", " ", name)
    name = re.sub(r"([^a-z]{2,})v([0-9]+)", r"\1 v\2 ", name)
    name = re.sub(r"([^A-Z]{2,})V([0-9]+)", r"\1 V\2 ", name)
    name = " ".join(re.split(r"(?<=[a-z])(?=[A-Z](?:[a-zA-Z]|[0-9]))", name))
    name = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", name)
    name = re.sub(r"([0-9])([a-zA-Z])", r"\1 \2", name)
    return name.split()


def sdk_name(service_id):
    """The name of a service in Pascal case, as it begins the names of its errors: `DynamoDb`."""
    name = "".join(word[:1].upper() + word[1:].lower() for word in words(service_id))
    for beginning in ("Amazon", "Aws"):
        name = name.removeprefix(beginning)
    return name.removesuffix("Service")


def member(of, number):
    packed = {"s": number[of["shape"]]}
    for name, short in MEMBER.items():
        value = of.get(name)
        if value is not None and value is not False:
            packed[short] = 1 if value is True else value
    if "xmlNamespace" in of:
        packed["x"] = of["xmlNamespace"]
    return packed


def shape(name, of, number):
    kind = of["type"]
    packed = {"t": kind}
    if kind == "structure":
        packed["m"] = {key: member(value, number) for key, value in of.get("members", {}).items()}
        for key, short in (("required", "r"), ("payload", "p"), ("locationName", "n")):
            if of.get(key):
                packed[short] = of[key]
        if of.get("eventstream"):
            packed["z"] = 1
        if of.get("document"):
            packed["d"] = 1
        if "xmlNamespace" in of:
            packed["x"] = of["xmlNamespace"]
    elif kind == "list":
        packed["v"] = member(of["member"], number)
    elif kind == "map":
        packed["k"] = member(of["key"], number)
        packed["v"] = member(of["value"], number)
    elif kind == "string" and of.get("enum"):
        packed["e"] = of["enum"]
    if of.get("flattened"):
        packed["f"] = 1
    if of.get("timestampFormat"):
        packed["w"] = of["timestampFormat"]
    return packed


def exception_name(name):
    """The class of an error in the AWS SDK for Java, as Step Functions names it: `DbInstanceNotFoundException`."""
    name = "".join(word[:1].upper() + word[1:].lower() for word in words(name))
    name = name.removesuffix("Fault")
    return name if name.endswith("Exception") else name + "Exception"


def pack(model):
    metadata, shapes = model["metadata"], model["shapes"]
    spoken = metadata.get("protocols") or [metadata["protocol"]]
    protocol = next((it for it in PROTOCOLS if it in spoken), None)
    if protocol is None:
        return None
    operations = {}
    roots = []
    errors = {}
    for name, of in model["operations"].items():
        http = of.get("http", {})
        packed = {"u": http.get("requestUri", "/")}
        if http.get("method", "POST") != "POST":
            packed["m"] = http["method"]
        for key, short in (("input", "i"), ("output", "o")):
            if key in of:
                packed[short] = of[key]
                roots.append(of[key]["shape"])
        if of.get("output", {}).get("resultWrapper"):
            packed["w"] = of["output"]["resultWrapper"]
        if of.get("endpoint", {}).get("hostPrefix"):
            packed["h"] = of["endpoint"]["hostPrefix"]
        if of.get("httpChecksumRequired") or of.get("httpChecksum", {}).get("requestChecksumRequired"):
            packed["c"] = 1
        if of.get("authtype") == "none" or of.get("auth") == ["smithy.api#noAuth"]:
            packed["a"] = 1
        for it in of.get("errors", []):
            code = shapes[it["shape"]].get("error", {}).get("code", it["shape"])
            errors[code] = errors[it["shape"]] = exception_name(it["shape"])
        operations[name] = packed
    reached = {}
    while roots:
        name = roots.pop()
        if name in reached:
            continue
        reached[name] = len(reached)
        of = shapes[name]
        roots.extend(it["shape"] for it in of.get("members", {}).values())
        roots.extend(of[key]["shape"] for key in ("member", "key", "value") if key in of)
    for packed in operations.values():
        for short in ("i", "o"):
            if short in packed:
                packed[short] = member(packed[short], reached)
    return {
        "protocol": protocol,
        "version": metadata.get("apiVersion", ""),
        "endpoint": metadata["endpointPrefix"],
        "signing": metadata.get("signingName") or metadata["endpointPrefix"],
        "target": metadata.get("targetPrefix", ""),
        "json": metadata.get("jsonVersion", "1.0"),
        "namespace": metadata.get("xmlNamespace", ""),
        "global": metadata.get("globalEndpoint", ""),
        # Whether it once spoke the query protocol, and is asked to say its old error codes too.
        "queried": 1 if "awsQueryCompatible" in metadata else 0,
        "name": sdk_name(metadata["serviceId"]),
        "errors": errors,
        "operations": operations,
        "shapes": [shape(name, shapes[name], reached) for name in reached],
    }


def deflated(value):
    text = json.dumps(value, separators=(",", ":"), sort_keys=True).encode()
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15, 9)
    return compressor.compress(text) + compressor.flush()


def main():
    loader = botocore.loaders.Loader()
    models, places, left_out = bytearray(), {}, []
    for service in sorted(loader.list_available_services("service-2")):
        model = pack(loader.load_service_model(service, "service-2"))
        if model is None:
            left_out.append(service)
            continue
        name = model["name"].lower()
        if name in places:
            # An older model of the same service, under another name of botocore's.
            left_out.append(service)
            continue
        packed = deflated(model)
        places[name] = [len(models), len(packed)]
        models += packed
    index = deflated({"botocore": botocore.__version__, "services": places})
    file = pathlib.Path(__file__).with_name("services.bin")
    file.write_bytes(len(index).to_bytes(4, "little") + index + models)
    print(f"{file}: {len(places)} services, {file.stat().st_size} bytes; left out: {', '.join(left_out) or 'none'}")


if __name__ == "__main__":
    main()
