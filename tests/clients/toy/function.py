"""A Lambda function on a custom runtime, in one page: it asks for requests and answers them.

What it does goes by its name. Mail goes into a pipe: whoever writes waits until somebody reads.
"""

import json
import os
import urllib.request

NAME = os.environ["_HANDLER"]
API = os.environ["AWS_LAMBDA_RUNTIME_API"].removeprefix("http://")
RUNTIME = f"http://{API}/2018-06-01/runtime"


def mail(box, value):
    with open(os.path.join(os.environ["MAIL"], box), "w", encoding="utf-8") as pipe:
        pipe.write(value if isinstance(value, str) else json.dumps(value))


def handle(payload):
    if NAME == "echo":
        return payload
    if NAME == "ask":
        mail("token", payload["token"])
        return {"asked": payload.get("question")}
    if NAME == "tell":
        mail("told", payload)
        return "told"
    if NAME == "exit":
        os._exit(7)
    raise ValueError(payload.get("why", "no reason") if isinstance(payload, dict) else "no reason")


def post(path, value):
    data = json.dumps(value).encode()
    urllib.request.urlopen(urllib.request.Request(f"{RUNTIME}/{path}", data=data), timeout=60).read()


while True:
    with urllib.request.urlopen(f"{RUNTIME}/invocation/next") as answer:
        request = answer.headers["Lambda-Runtime-Aws-Request-Id"]
        event = json.loads(answer.read() or b"{}")
    try:
        post(f"invocation/{request}/response", handle(event))
    except ValueError as error:
        post(f"invocation/{request}/error", {"errorType": "Refused", "errorMessage": str(error)})
