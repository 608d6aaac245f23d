"""A disk with a volatile cache whose power can be cut at any request: an NBD server for QEMU, on a Unix socket.

It is what a disk may be: what was flushed (or written with FUA) is there; of what was written since, after the cut,
each sector of 512 bytes is there or is not.  Requests are done one after the other, as they come.  The protocol is
the NBD project's doc/proto.md: fixed newstyle negotiation, simple replies.
"""

import os
import random
import socket
import struct
import threading

SECTOR = 512
NBDMAGIC, IHAVEOPT, OPTION_REPLY = 0x4e42444d41474943, 0x49484156454f5054, 0x3e889045565a9
REQUEST, REPLY = 0x25609513, 0x67446698
OPT_EXPORT_NAME, OPT_ABORT, OPT_INFO, OPT_GO = 1, 2, 6, 7
REP_ACK, REP_INFO, REP_ERR_UNSUP = 1, 3, 0x80000001
READ, WRITE, DISC, FLUSH, WRITE_ZEROES = 0, 1, 2, 3, 6
FUA = 1
# HAS_FLAGS, SEND_FLUSH, SEND_FUA, SEND_WRITE_ZEROES
FLAGS = 1 | 1 << 2 | 1 << 3 | 1 << 6

LOSSES = ("all", "none", "sectors", "requests", "newest only", "oldest only")


def halves(rng, writes):
    """The place in them from which on, or up to which, they are there."""
    return rng.randrange(len(writes) + 1)


def survivors(rng, loss, writes):
    """Of the writes [(byte, data)] that were not flushed, what is on the disk after a cut."""
    if loss == "all":
        return []
    if loss == "none":
        return writes
    if loss == "newest only":
        return writes[halves(rng, writes):]
    if loss == "oldest only":
        return writes[:halves(rng, writes)]
    if loss == "requests":
        return [write for write in writes if rng.random() < 0.5]
    return [(at + start, data[start:start + SECTOR]) for at, data in writes
            for start in range(0, len(data), SECTOR) if rng.random() < 0.5]


class Moment:
    """When to cut: at the request of that number in an epoch.  An epoch ends with a flush that has something to flush,
    its last request; behind the last of those, reads and flushes of nothing count, too."""

    def __init__(self, epoch, request):
        self.epoch, self.request = epoch, request


class CutDisk(threading.Thread):
    """log has a string for each epoch, with a letter for each request: w, z, f, and r for what changes nothing.  last
    is the epoch in which those count."""

    def __init__(self, path, contents, moment=None, last=None, rng=None, loss="all"):
        super().__init__(daemon=True)
        self.durable = bytearray(contents)
        self.now = bytearray(contents)
        self.pending = []
        self.moment, self.last, self.rng, self.loss = moment, last, rng or random.Random(0), loss
        self.log = [""]  # of each epoch
        self.is_cut = threading.Event()
        self.path = path
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(path)
        self.server.listen(1)
        self.channel = None

    def run(self):
        try:
            while True:
                self.channel, _ = self.server.accept()
                with self.channel:
                    self.negotiate()
                    while self.serve():
                        pass
        except (OSError, EOFError):
            pass

    def close(self):
        self.server.close()
        os.remove(self.path)

    def survived(self):
        """The disk as the cut, or the end of power, has left it."""
        for at, data in survivors(self.rng, self.loss, self.pending):
            self.durable[at:at + len(data)] = data
        self.pending = []
        return bytes(self.durable)

    # ---- The protocol ----

    def take(self, count):
        data = bytearray()
        while len(data) < count:
            piece = self.channel.recv(count - len(data))
            if not piece:
                raise EOFError
            data += piece
        return bytes(data)

    def negotiate(self):
        self.channel.sendall(struct.pack(">QQH", NBDMAGIC, IHAVEOPT, 3))
        flags, = struct.unpack(">I", self.take(4))
        while True:
            _, option, length = struct.unpack(">QII", self.take(16))
            self.take(length)
            if option == OPT_EXPORT_NAME:
                zeros = b"" if flags & 2 else bytes(124)
                self.channel.sendall(struct.pack(">QH", len(self.now), FLAGS) + zeros)
                return
            if option == OPT_ABORT:
                self.answer(option, REP_ACK)
                raise EOFError
            if option not in (OPT_INFO, OPT_GO):
                self.answer(option, REP_ERR_UNSUP)
                continue
            self.answer(option, REP_INFO, struct.pack(">HQH", 0, len(self.now), FLAGS))
            self.answer(option, REP_ACK)
            if option == OPT_GO:
                return

    def answer(self, option, kind, data=b""):
        self.channel.sendall(struct.pack(">QIII", OPTION_REPLY, option, kind, len(data)) + data)

    def serve(self):
        """One request; False when no more come."""
        magic, flags, kind, cookie, at, length = struct.unpack(">IHHQQI", self.take(28))
        if magic != REQUEST or kind == DISC:
            return False
        data = self.take(length) if kind == WRITE else bytes(length) if kind == WRITE_ZEROES else b""
        error = 0 if at + length <= len(self.now) and kind in (READ, WRITE, WRITE_ZEROES, FLUSH) else 22  # EINVAL
        if not error:
            self.do(kind, at, data, flags & FUA)
        if self.is_cut.is_set():
            return self.wait_for_end()
        read = self.now[at:at + length] if kind == READ and not error else b""
        self.channel.sendall(struct.pack(">IIQ", REPLY, error, cookie) + read)
        return True

    def wait_for_end(self):
        """The power is gone: nothing is done or answered any more."""
        while self.channel.recv(1 << 20):
            pass
        return False

    # ---- The disk ----

    def do(self, kind, at, data, is_forced):
        letter = {READ: "r", WRITE: "w", WRITE_ZEROES: "z", FLUSH: "f" if self.pending else "r"}[kind]
        is_last = self.is_moment(letter)
        self.log[-1] += letter
        if data:
            self.now[at:at + len(data)] = data
            self.pending.append((at, data))
        if is_last:
            self.is_cut.set()
        elif letter == "f":
            self.log.append("")
            self.durable[:] = self.now
            self.pending = []
        elif is_forced and data:
            self.pending.pop()
            self.durable[at:at + len(data)] = data

    def is_moment(self, letter):
        if not self.moment or self.moment.epoch != len(self.log) - 1:
            return False
        if self.last == self.moment.epoch:
            return len(self.log[-1]) == self.moment.request
        return letter != "r" and len(self.log[-1].replace("r", "")) == self.moment.request
