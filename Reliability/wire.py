"""The way to the server: a relay that loses connections without a word, as a router that was restarted does, or that speaks
TLS as no client should accept it."""

import contextlib
import select
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

from Benchmarks.processes import run

_PIECE = 64 * 1024
_PATIENCE = 0.2
"""Seconds between two looks at whether the relay has ended."""
_LONGEST_SILENCE = 60.0
"""Seconds for which a client may take nothing that is sent to it."""


class Wire:
    """Relays connections on loopback to another port there."""

    def __init__(self, port: int, context: ssl.SSLContext | None = None) -> None:
        self._target, self._context = port, context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(_PATIENCE)
        self._lock = threading.Lock()
        self._age = 0
        """Connections of an earlier age bring nothing any more."""
        self._is_lost = self._is_closed = False
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        scheme = "https" if self._context else "http"
        return f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}/"

    def forget(self) -> None:
        """No connection that there is brings anything any more, and none is closed; new ones are as usual."""
        with self._lock:
            self._age += 1

    def lose(self) -> None:
        """The same, and new ones bring nothing either, until `restore`."""
        with self._lock:
            self._age += 1
            self._is_lost = True

    def restore(self) -> None:
        with self._lock:
            self._age += 1
            self._is_lost = False

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            threads = list(self._threads)
        for thread in threads:
            thread.join(5)
        self._listener.close()

    def _accept(self) -> None:
        while not self._is_closed:
            with contextlib.suppress(TimeoutError, OSError):
                client, _ = self._listener.accept()
                with self._lock:
                    age = -1 if self._is_lost else self._age
                    thread = threading.Thread(target=self._relay, args=(client, age), daemon=True)
                    self._threads.append(thread)
                thread.start()

    def _relay(self, client: socket.socket, age: int) -> None:
        """Passes bytes on in both directions; one that brings nothing is held open until the relay ends."""
        client.settimeout(_LONGEST_SILENCE)
        with contextlib.suppress(OSError), self._spoken(client) as client:
            with socket.create_connection(("127.0.0.1", self._target), _LONGEST_SILENCE) as server:
                back = threading.Thread(target=self._pass_on, args=(server, client, age), daemon=True)
                back.start()
                self._pass_on(client, server, age)
                back.join()

    def _spoken(self, client: socket.socket) -> socket.socket:
        """The connection with the relay's TLS, if it has any; raises OSError where the client does not want that."""
        return self._context.wrap_socket(client, server_side=True) if self._context else client

    def _pass_on(self, source: socket.socket, target: socket.socket, age: int) -> None:
        while not self._is_closed:
            if age != self._age:
                # Whoever sends is not told.
                threading.Event().wait(_PATIENCE)
                continue
            # The other direction sends on the same socket: it has one long timeout, and what comes is waited for here.
            pending = isinstance(source, ssl.SSLSocket) and source.pending()
            if not pending and not select.select([source], [], [], _PATIENCE)[0]:
                continue
            try:
                piece = source.recv(_PIECE)
            except (TimeoutError, ssl.SSLWantReadError):
                continue
            except OSError:
                piece = b""
            with contextlib.suppress(OSError):
                if not piece:
                    target.shutdown(socket.SHUT_WR)
                    return
                target.sendall(piece)
                continue
            return


def untrusted(folder: Path) -> ssl.SSLContext:
    """A certificate that nobody has signed but itself."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    run([
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
        "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate,
    ])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def outdated(folder: Path) -> ssl.SSLContext:
    """TLS 1.1 and nothing newer."""
    context = untrusted(folder)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


@contextlib.contextmanager
def wired(port: int, context: ssl.SSLContext | None = None) -> Iterator[Wire]:
    """A relay to the port, until the block ends."""
    wire = Wire(port, context)
    try:
        yield wire
    finally:
        wire.close()
