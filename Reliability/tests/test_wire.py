"""The way to the server, without a server."""

import socket
import unittest

from Reliability.wire import Recorder, wired


class RecorderTests(unittest.TestCase):
    def test_it_knows_who_came(self) -> None:
        recorder = Recorder()
        self.addCleanup(recorder.close)
        self.assertFalse(recorder.was_asked())
        host, port = recorder.url.removeprefix("http://").rstrip("/").split(":")
        with socket.create_connection((host, int(port)), 5):
            pass
        self.assertTrue(recorder.was_asked())


class WireTests(unittest.TestCase):
    def test_connections_end(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server, wired(server.getsockname()[1]) as wire:
            port = int(wire.url.rstrip("/").rpartition(":")[2])
            for _ in range(2):
                with socket.create_connection(("127.0.0.1", port), 5) as client:
                    there, _ = server.accept()
                    with there:
                        client.sendall(b"there")
                        self.assertEqual(there.recv(5), b"there")
                        there.sendall(b"back")
                        self.assertEqual(client.recv(4), b"back")
                        wire.cut()
                        self.assertEqual((client.recv(1), there.recv(1)), (b"", b""))


if __name__ == "__main__":
    unittest.main()
