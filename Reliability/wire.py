"""The way to the server: a relay that loses connections without a word, as a router that was restarted does, ends them, or
speaks TLS as no client should accept it; and another server, which nobody should ask."""

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
        self._ends: set[socket.socket] = set()
        """Of the connections that there are."""
        self._is_lost = self._is_closed = False
        self.has_withheld = False
        """Whether something was sent that did not come; not said where TLS is spoken."""
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

    def cut(self) -> None:
        """All connections that there are end."""
        with self._lock:
            for end in self._ends:
                with contextlib.suppress(OSError):
                    # Not TLS's own, which another thread may be using.
                    socket.socket.shutdown(end, socket.SHUT_RDWR)

    def change(self, context: ssl.SSLContext) -> None:
        """The same, and new ones speak that TLS."""
        self._context = context
        self.cut()

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
            with socket.create_connection(("127.0.0.1", self._target), _LONGEST_SILENCE) as server, self._cuttable(
                client, server
            ):
                back = threading.Thread(target=self._pass_on, args=(server, client, age), daemon=True)
                back.start()
                self._pass_on(client, server, age)
                back.join()

    @contextlib.contextmanager
    def _cuttable(self, *ends: socket.socket) -> Iterator[None]:
        with self._lock:
            self._ends.update(ends)
        try:
            yield
        finally:
            with self._lock:
                self._ends.difference_update(ends)

    def _spoken(self, client: socket.socket) -> socket.socket:
        """The connection with the relay's TLS, if it has any; raises OSError where the client does not want that."""
        return self._context.wrap_socket(client, server_side=True) if self._context else client

    def _pass_on(self, source: socket.socket, target: socket.socket, age: int) -> None:
        while not self._is_closed:
            if age != self._age:
                # Whoever sends is not told.
                self.has_withheld = self.has_withheld or _has_bytes(source)
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


def _has_bytes(source: socket.socket) -> bool:
    """Whether something came that nobody has read yet, and that is not the end alone; without TLS."""
    with contextlib.suppress(OSError, ValueError):
        return bool(select.select([source], [], [], 0)[0] and source.recv(1, socket.MSG_PEEK))
    return False


class Recorder:
    """Another server, on an address of its own, that only knows whether somebody came."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.2", 0))
        self._listener.settimeout(0)

    @property
    def url(self) -> str:
        host, port = self._listener.getsockname()
        return f"http://{host}:{port}/"

    def was_asked(self) -> bool:
        """Whether somebody has connected, though it may have left since."""
        with contextlib.suppress(BlockingIOError):
            self._listener.accept()[0].close()
            return True
        return False

    def close(self) -> None:
        self._listener.close()


OTHER_NAME = "DNS:firmware.example"
_KEY, _CERTIFICATE = "key.pem", "certificate.pem"


def certify(folder: Path, name: str | None = None) -> None:
    """Makes a certificate that nobody has signed but itself, of the relay or of that name."""
    folder.mkdir()
    run([
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=firmware", "-addext",
        f"subjectAltName={name or 'IP:127.0.0.1'}", "-keyout", folder / _KEY, "-out", folder / _CERTIFICATE,
    ])


def certificate(folder: Path) -> str:
    """The one that was made there."""
    return (folder / _CERTIFICATE).read_text()


def speaking(folder: Path) -> ssl.SSLContext:
    """TLS with the certificate that was made there."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / _CERTIFICATE, folder / _KEY)
    return context


def outdated(folder: Path) -> ssl.SSLContext:
    """TLS 1.1 and nothing newer."""
    context = speaking(folder)
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
