"""A forging responder: it passes on the real one's responses with an invalid signature.

Who accepts that does not look at signatures, or not at responses at all.
"""

import contextlib
import http.server
import threading
import urllib.error
import urllib.request

from cryptography.x509 import ocsp


def forged(response):
    """The response with the last octet of its signature changed."""
    signature = ocsp.load_der_ocsp_response(response).signature
    return response.replace(signature, signature[:-1] + bytes([signature[-1] ^ 1]))


@contextlib.contextmanager
def forger(port, status_url):
    """Forges the answers of the server at status_url while the block runs."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def pass_on(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))) or None
            request = urllib.request.Request(status_url + self.path, body)
            if body:
                request.add_header("Content-Type", self.headers["Content-Type"])
            try:
                with urllib.request.urlopen(request) as answer:
                    response = forged(answer.read())
                self.send_response(200)
            except urllib.error.HTTPError as failure:
                response = b""
                self.send_response(failure.code)
            self.send_header("Content-Type", "application/ocsp-response")
            self.send_header("Content-Length", str(len(response)))
            self.end_headers()
            self.wfile.write(response)

        do_GET = do_POST = pass_on

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.shutdown()
