#!/usr/bin/env python3
"""A switch port with a VLAN, for kernels that have none: frames with the tag from QEMU's socket, without it on a
tap device, and back.  What has no tag, or another one, is dropped.

    tagger.py TAP ID LOCAL-PORT QEMU-PORT
"""

import fcntl
import os
import select
import socket
import struct
import sys

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000
TPID = b"\x81\x00"  # IEEE 802.1Q
ADDRESSES = 12      # bytes of a frame in front of the tag


def main(name, number, local, qemu):
    tap = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    wire.bind(("127.0.0.1", int(local)))
    tag = TPID + struct.pack(">H", int(number))
    while True:
        for ready in select.select([tap, wire], [], [])[0]:
            if ready is tap:
                frame = os.read(tap, 65536)
                wire.sendto(frame[:ADDRESSES] + tag + frame[ADDRESSES:], ("127.0.0.1", int(qemu)))
            else:
                frame = wire.recv(65536)
                if frame[ADDRESSES:ADDRESSES + 2] == TPID and \
                        int.from_bytes(frame[ADDRESSES + 2:ADDRESSES + 4], "big") & 0xFFF == int(number):
                    os.write(tap, frame[:ADDRESSES] + frame[ADDRESSES + 4:])


if __name__ == "__main__":
    main(*sys.argv[1:])
