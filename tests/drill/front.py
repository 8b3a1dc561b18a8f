#!/usr/bin/env python3
"""What stands in front of a real model server and commits the faults that it does not commit on request.

usage: front.py PORT BACKEND_PORT CONTROL_FILE

Passes bytes both ways. The first byte of the control file says what to do with each POST: `p` pass it on, `s` pass it on
after a while, `f` answer 500, `r` reset the connection, `b` do the last two in turn with passing on, as a server does that
crashes and comes back. From the ninth byte on the file counts the requests that were passed on and answered.
"""
import mmap
import random
import socket
import struct
import sys
import threading
import time

FAILURE = b'{"error":{"code":500,"message":"out of memory","type":"server_error"}}'
SIZE = 16


class Control:
    def __init__(self, path):
        with open(path, "r+b") as file:
            self.memory = mmap.mmap(file.fileno(), SIZE)
        self.lock = threading.Lock()

    @property
    def mode(self):
        return chr(self.memory[0])

    @mode.setter
    def mode(self, letter):
        self.memory[0] = ord(letter)

    @property
    def answered(self):
        return struct.unpack_from("<Q", self.memory, 8)[0]

    def count(self):
        with self.lock:
            struct.pack_into("<Q", self.memory, 8, self.answered + 1)


def close(*sockets):
    for each in sockets:
        try:
            each.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        each.close()


class Connection:
    """One connection of the gateway, and the one that carries it on to the server."""

    def __init__(self, client, backend_port, control):
        self.client, self.control = client, control
        self.server = socket.create_connection(("127.0.0.1", backend_port))
        self.asked = False  # a POST was passed on and nothing has come back
        threading.Thread(target=self.back, daemon=True).start()
        self.forth()

    def forth(self):
        try:
            while piece := self.client.recv(65536):
                if piece.startswith(b"POST ") and not self.pass_on():
                    return
                self.asked = self.asked or piece.startswith(b"POST ")
                self.server.sendall(piece)
        except OSError:
            pass
        finally:
            close(self.client, self.server)

    def pass_on(self):
        """False when the request came to its end here."""
        mode = self.control.mode
        if mode == "b":
            mode = random.choice("pfr")
        if mode == "s":
            time.sleep(random.uniform(0.2, 0.8))
        if mode == "f":
            head = f"HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\nContent-Length: {len(FAILURE)}\r\n"
            self.client.sendall(head.encode() + b"Connection: close\r\n\r\n" + FAILURE)
        if mode == "r":
            self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return mode in "ps"

    def back(self):
        try:
            while piece := self.server.recv(65536):
                if self.asked:
                    self.asked = False
                    self.control.count()
                self.client.sendall(piece)
        except OSError:
            pass
        finally:
            close(self.client, self.server)


def serve(client, backend_port, control):
    try:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        Connection(client, backend_port, control)
    except OSError:
        client.close()


def main(port, backend_port, control_file):
    control = Control(control_file)
    listener = socket.create_server(("127.0.0.1", int(port)), backlog=256)
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client, int(backend_port), control), daemon=True).start()


if __name__ == "__main__":
    main(*sys.argv[1:])
