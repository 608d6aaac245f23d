"""Logs of VHDX images, in tests: one that was closed becomes one that was not, and whose tables are wrong
until its log is replayed.  Written from [MS-VHDX] 2.3, beside tests/build/vhdx_build.c."""

import struct

SECTOR = 4096
HEADERS = (0x10000, 0x20000)
REGIONS = (0x30000, 0x40000)


def table():
    out = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82f63b78 if value & 1 else 0)
        out.append(value)
    return out


TABLE = table()


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 255]
    return crc ^ 0xffffffff


def header(image):
    """The one that counts: (byte, log GUID, log length, log offset)."""
    at = max(HEADERS, key=lambda offset: struct.unpack_from("<Q", image, offset + 8))
    length, offset = struct.unpack_from("<IQ", image, at + 68)
    return at, bytes(image[at + 48:at + 64]), length, offset


def regions(image):
    """[(byte, length)] of all regions."""
    (count,) = struct.unpack_from("<I", image, REGIONS[0] + 8)
    return [struct.unpack_from("<QI", image, REGIONS[0] + 16 + 32 * n + 16) for n in range(count)]


def set_guid(image, guid):
    at, _, _, _ = header(image)
    image[at + 48:at + 64] = guid
    image[at + 4:at + 8] = bytes(4)
    struct.pack_into("<I", image, at + 4, crc32c(image[at:at + SECTOR]))


class Log:
    """Entries are put one behind the other, from a sector on."""

    def __init__(self, image, guid, at, sequence):
        _, _, self.size, self.offset = header(image)
        self.image, self.guid, self.at, self.sequence = image, guid, at, sequence
        self.tail = at

    def put(self, writes):
        """[(byte, data of a sector, or how many bytes of zeros)]"""
        data = [what for _, what in writes if isinstance(what, bytes)]
        descriptors = b"".join(
            b"desc" + what[-4:] + what[:8] + struct.pack("<QQ", at, self.sequence)
            if isinstance(what, bytes) else
            b"zero" + struct.pack("<IQQQ", 0, what, at, self.sequence) for at, what in writes)
        front = -(-(64 + len(descriptors)) // SECTOR) * SECTOR
        length = front + SECTOR * len(data)
        entry = bytearray(struct.pack("<4sIIIQII16sQQ", b"loge", 0, length, self.tail, self.sequence,
                                      len(writes), 0, self.guid, len(self.image), len(self.image)))
        entry += descriptors
        entry += bytes(front - len(entry))
        for what in data:
            entry += (b"data" + struct.pack("<I", self.sequence >> 32) + what[8:-4] +
                      struct.pack("<I", self.sequence & 0xffffffff))
        struct.pack_into("<I", entry, 4, crc32c(entry))
        for start in range(0, length, SECTOR):
            to = self.offset + (self.at + start) % self.size
            self.image[to:to + SECTOR] = entry[start:start + SECTOR]
        self.at = (self.at + length) % self.size
        self.sequence += 1


def unclose(image, rng, goes_round):
    """Spoil sectors of the tables of an image that was closed, and have its log set them right, in several
    entries, among those of other sessions and times.  Which sectors there were, is returned."""
    right = bytes(image)
    _, _, size, _ = header(image)
    guid = rng.randbytes(16)
    sectors = [*REGIONS]
    for at, length in regions(image):
        sectors += [at, at + 0x10000, *(at + SECTOR * rng.randrange(length // SECTOR) for _ in range(9))]
    rng.shuffle(sectors)
    sectors = sectors[:rng.randrange(1, len(sectors))]
    number = rng.choice((1, 77, (1 << 32) - 2))

    # Older ones, of this session and of another, in the first half.
    old = Log(image, guid, SECTOR * rng.randrange(3), number)
    old.put([(sectors[0], rng.randbytes(SECTOR)) for _ in range(rng.randrange(1, 3))])
    other = Log(image, rng.randbytes(16), old.at + SECTOR, number + 1000)
    other.put([(sectors[0], rng.randbytes(SECTOR))])

    start = size - SECTOR * rng.randrange(1, 5) if goes_round else size // 2 + SECTOR * rng.randrange(16)
    log = Log(image, guid, start, number + 5)
    for _ in range(rng.randrange(1, 4)):
        log.put([(at, rng.choice((rng.randbytes(SECTOR), SECTOR)))
                 for at in rng.sample(sectors, rng.randrange(1, len(sectors) + 1))])
    log.put([(at, SECTOR if right[at:at + SECTOR] == bytes(SECTOR) and rng.randrange(2) else
              right[at:at + SECTOR]) for at in sectors])
    log.put([])
    for at in sectors:
        image[at:at + SECTOR] = rng.choice((bytes(SECTOR), rng.randbytes(SECTOR)))
    set_guid(image, guid)
    return sectors
