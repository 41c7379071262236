#!/usr/bin/env python3
"""Processor time of `mtkrig emulate` while nobody does anything.

usage: idle_cpu.py MTKRIG

Measured over ten seconds each, from /proc/PID/stat: a server that nobody talks to; one whose phone
a kernel has imported and nobody opens; one whose phone had its handshake, with transfers pending.
The kernel counts in ticks of 10 ms: 1 tick or more is a failure.
"""

import os
import re
import socket
import struct
import subprocess
import sys
import tempfile
import time

SECONDS = 10


def ticks(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])  # utime, stime


def measure(pid, what):
    time.sleep(1)  # what the setting up still owes
    before = ticks(pid)
    time.sleep(SECONDS)
    used = ticks(pid) - before
    print(f"{what}: {used * 1000 // os.sysconf('SC_CLK_TCK')} ms of processor time in {SECONDS} s")
    return used == 0


def receive(connection, size):
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            sys.exit("error: the server closed the connection")
        data += part
    return data


def import_phone(port):
    """What a host does that plugs the phone in. Gives the connection and the number for submissions."""
    connection = socket.create_connection(("127.0.0.1", port))
    connection.sendall(struct.pack(">HHI32s", 0x0111, 0x8003, 0, b"1-1"))
    reply = receive(connection, 320)
    bus, device = struct.unpack_from(">II", reply, 8 + 256 + 32)
    return connection, bus << 16 | device


def listen(connection, device, sequence, endpoints):
    for endpoint in endpoints:
        connection.sendall(
            struct.pack(">IIIIIIiiii8s", 1, sequence, device, 1, endpoint, 0, 512, 0, -1, 0, b"")
        )
        sequence += 1


def shake_hands(connection, device):
    """A handshake ends its READY. The first byte may be swallowed, so it is sent twice."""
    sequence = 100
    for byte in (0xA0, 0xA0, 0x0A, 0x50, 0x05):
        out = struct.pack(">IIIIIIiiii8s", 1, sequence, device, 0, 1, 0, 1, 0, -1, 0, b"")
        connection.sendall(out + bytes([byte]))
        receive(connection, 48)
        sequence += 1


def check_open(connection):
    """A phone that has left the bus would cost nothing, too: its server closes the connection."""
    connection.settimeout(0.1)
    try:
        while connection.recv(4096):
            pass
    except TimeoutError:
        return
    sys.exit("error: the phone left the bus while it was measured")


def main():
    mtkrig = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(
            [mtkrig, "emulate", "-p", "mt6580", "--usbip", "127.0.0.1:0", "--lifetime", "0",
             "--control", f"{folder}/control"],
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            port = int(re.search(r" at 127\.0\.0\.1:(\d+)", server.stderr.readline())[1])
            idle = measure(server.pid, "server, phone waiting for a host")
            connection, device = import_phone(port)
            listen(connection, device, 1, [3])
            idle = measure(server.pid, "server, phone plugged in, nobody speaks to it") and idle
            shake_hands(connection, device)
            listen(connection, device, 200, [1, 1])
            idle = measure(server.pid, "server, phone in session, transfers pending") and idle
            check_open(connection)
            connection.close()
        finally:
            server.terminate()
            server.wait()
    return 0 if idle else 1


if __name__ == "__main__":
    sys.exit(main())
