"""What the peer of a connection sends, and when that came in."""

from __future__ import annotations

import io
import socket
import struct
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

# socket(7): the kernel hands over with what it received the time at which it did. Linux does that for TCP too.
_SO_TIMESTAMPNS = 35
_TIMESPEC = struct.Struct("@ll")


def stamp_arrivals(listener: socket.socket) -> None:
    """Has the system note when something comes in, where it can, on all connections of the listener."""
    if sys.platform == "linux":
        listener.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)


class ConnectionInput(io.RawIOBase):
    """The bytes of a connection. `arrived` is when the last of those read so far came in, in seconds since 1970, however
    long they lay there until this process had time; where the system does not say, when they were read."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.arrived = 0.0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        size, notes, _, _ = self._connection.recvmsg_into([buffer], socket.CMSG_SPACE(_TIMESPEC.size))
        stamps = [_TIMESPEC.unpack(note) for level, kind, note in notes if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS)]
        self.arrived = stamps[0][0] + stamps[0][1] / 1e9 if stamps else time.time()
        return size
