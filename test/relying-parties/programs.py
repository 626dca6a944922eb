"""Runs programs: commands until they end, servers until they have done their work."""

import contextlib
import os
import signal
import socket
import subprocess
import threading
import time

PATIENCE = 120  # seconds; nothing depends on speed

_ports = iter(range(21000 + os.getpid() % 5000, 32000))
_lock = threading.Lock()


def free_port():
    """Returns a free port of this machine, each only once."""
    with _lock:
        for port in _ports:
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                with socket.socket(socket.AF_INET, kind) as probe:
                    # The last connections of a server must not prevent it from starting again.
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    try:
                        probe.bind(("127.0.0.1", port))
                    except OSError:
                        break
            else:
                return port
    raise RuntimeError("no free port")


def run(*command, stdin="", **options):
    """Runs a command. Returns its exit status and the text of both its outputs."""
    try:
        done = subprocess.run(
            command,
            input=stdin.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=PATIENCE,
            check=False,
            **options,
        )
    except subprocess.TimeoutExpired as expired:
        return 255, f"no end in {PATIENCE} s: {(expired.stdout or b'').decode(errors='replace')}"
    return done.returncode, done.stdout.decode(errors="replace")


def is_listening(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
        return True
    return False


def read(path):
    with contextlib.suppress(FileNotFoundError), open(path, encoding="utf-8", errors="replace") as file:
        return file.read()
    return ""


def write(path, text):
    """Writes a file. Returns its path."""
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def wait_for(what, condition):
    """Waits until a condition holds. Returns its value."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if result := condition():
            return result
        time.sleep(0.05)
    raise RuntimeError(f"{what}: not in {PATIENCE} s")


class Server:
    """A server that runs while the block runs; its log is a file."""

    def __init__(self, log, *command, port=None, **options):
        self.log, self.command, self.port, self.options = log, command, port, options
        self.read_to = 0

    def __enter__(self):
        # In its own process group, so that its children end with it.
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                **self.options
            )
        try:
            if self.port:
                wait_for(f"{self.command[0]} listens", self.is_ready)
        except BaseException:
            self.__exit__()
            raise
        self.said()
        return self

    def is_ready(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.command[0]} did not start: {read(self.log)[-2000:]}")
        return is_listening(self.port)

    def said(self):
        """Returns what it wrote to its log since the last call."""
        text = read(self.log)
        new, self.read_to = text[self.read_to :], len(text)
        return new

    def __exit__(self, *_):
        for stop in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, stop)
            try:
                self.process.wait(timeout=5)
                break
            except subprocess.TimeoutExpired:
                pass
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
