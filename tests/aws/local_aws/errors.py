"""AWS's errors on the wire: each protocol writes them in its own way, and an SDK must find code and message."""

import json
from uuid import uuid4
from xml.sax.saxutils import escape

from werkzeug.wrappers import Response

from local_aws.request import Call


def error(call: Call, code: str, message: str, status: int) -> Response:
    """The answer to a call that failed."""
    request_id = str(uuid4())
    headers = {"x-amzn-RequestId": request_id}
    if call.protocol == "json":
        body, content_type = json.dumps({"__type": code, "message": message}), "application/x-amz-json-1.0"
    elif call.protocol == "rest-json":
        body, content_type = json.dumps({"Message": message}), "application/json"
        headers["x-amzn-ErrorType"] = code
    else:
        parts = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
        body, content_type = _xml(call.protocol, parts, status, request_id), "text/xml"
    return Response(body, status, headers, content_type=content_type)


def access_denied(call: Call, message: str) -> Response:
    """The answer to a call that IAM does not allow. Services differ in what they name it."""
    if call.protocol == "ec2":
        return error(call, "UnauthorizedOperation", f"You are not authorized to perform this operation. {message}", 403)
    if call.service == "sns":
        return error(call, "AuthorizationError", message, 403)
    if call.protocol == "json":
        return error(call, "AccessDeniedException", message, 400)
    if call.protocol == "rest-json":
        return error(call, "AccessDeniedException", message, 403)
    return error(call, "AccessDenied", message, 403)


def _xml(protocol: str, parts: str, status: int, request_id: str) -> str:
    """Each of AWS's XML protocols wraps the same two elements differently."""
    if protocol == "ec2":
        return f"<Response><Errors><Error>{parts}</Error></Errors><RequestID>{request_id}</RequestID></Response>"
    if protocol == "rest-xml":
        return f"<Error>{parts}<RequestId>{request_id}</RequestId></Error>"
    blame = "Sender" if status < 500 else "Receiver"
    error = f"<Error><Type>{blame}</Type>{parts}</Error>"
    return f"<ErrorResponse>{error}<RequestId>{request_id}</RequestId></ErrorResponse>"
