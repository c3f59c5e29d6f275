"""The HTTP server: threads, keep-alive, one write per answer, on 127.0.0.1 only.

Werkzeug's own handler closes every connection after one answer, which costs each SDK call a new connection and a new
thread. This one reads the request's body as a whole before the application runs, so nothing of it can be left over in
front of the next request, and the connection can stay open.
"""

import io
import sys
import traceback
from collections.abc import Iterable
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.datastructures import Headers
from werkzeug.exceptions import InternalServerError
from werkzeug.serving import ThreadedWSGIServer
from werkzeug.test import run_wsgi_app

HOST = "127.0.0.1"


class Server(ThreadedWSGIServer):
    """Serves a WSGI application. `port` tells which port it got."""

    def __init__(self, port: int, application: Any) -> None:
        super().__init__(HOST, port, application, handler=_Handler)


class _Handler(MotoRequestHandler):
    """Serves one connection. Werkzeug's responses, and the application makes no others, know how long they are and
    leave out the body where HTTP has none.
    """

    protocol_version = "HTTP/1.1"
    # An answer goes out in one segment and at once.
    wbufsize = -1
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        environ = self.make_environ()
        # A body in chunks says itself where it ends.
        length = -1 if "wsgi.input_terminated" in environ else int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length)
        environ["CONTENT_LENGTH"] = str(len(body))
        environ["wsgi.input"] = io.BytesIO(body)
        try:
            answer = run_wsgi_app(self.server.app, environ, buffered=True)
        except Exception:  # noqa: BLE001
            traceback.print_exc(file=sys.stderr)
            answer = run_wsgi_app(InternalServerError(), environ, buffered=True)
        self._send(*answer)

    def _send(self, chunks: Iterable[bytes], status: str, headers: Headers) -> None:
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"".join(chunks))

    def handle_expect_100(self) -> bool:
        # The client sends its body only once it has seen this, so it cannot wait in the buffer.
        proceed = super().handle_expect_100()
        self.wfile.flush()
        return proceed

    def log(self, type: str, message: str, *args: Any) -> None:
        """Requests are logged by `calls.py`, in the words of AWS."""
