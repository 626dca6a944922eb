"""Runs programs: commands to their end, servers until they have done their work."""

import contextlib
import os
import signal
import socket
import subprocess
import threading
import time

PATIENCE = 120  # seconds; nothing depends on being quick

_ports = iter(range(21000 + os.getpid() % 5000, 32000))
_lock = threading.Lock()


def free_port():
    """A port of this machine that nobody listens on, given out once."""
    with _lock:
        for port in _ports:
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                with socket.socket(socket.AF_INET, kind) as probe:
                    # A server's last connections do not keep it from starting again.
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    try:
                        probe.bind(("127.0.0.1", port))
                    except OSError:
                        break
            else:
                return port
    raise RuntimeError("no free port")


def run(*command, stdin="", **options):
    """Runs a command: its exit status and what it said on both its outputs."""
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
    """Writes a file: its path."""
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def wait_for(what, condition):
    """Waits until a condition holds: what it returned."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if result := condition():
            return result
        time.sleep(0.05)
    raise RuntimeError(f"{what}: not in {PATIENCE} s")


class Server:
    """A server that runs as long as the block; its log is a file."""

    def __init__(self, log, *command, port=None, **options):
        self.log, self.command, self.port, self.options = log, command, port, options
        self.read_to = 0

    def __enter__(self):
        # In a group of its own, so that its children end with it.
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **self.options
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
        """What it wrote to its log since this was asked last."""
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
