#include "efi/nvme.h"

#include "base/bytes.h"
#include "base/checked.h"
#include "efi/paths.h"

#define ADMIN_QUEUE  0
#define IO_QUEUE     1
#define IDENTIFY     0x06
#define WRITE_ZEROES 0x08
#define DEALLOCATE   (1u << 25) /* in CDW12 of Write Zeroes */

#define TIMEOUT      50000000  /* 5 s, in units of 100 ns */
#define ZEROS_WAIT   600000000 /* 60 s: some drives do write them */
#define PAGE_EXP     12 /* the smallest page that CAP.MPSMIN can name, 4 KiB, as a power of two */
#define MOST_EXP     25 /* bytes of one command at most, 32 MiB: it has to end in time */
#define MOST_SECTORS 65536 /* what its field of 16 bits can say */

struct nvme nvme_find(const EFI_DEVICE_PATH *path)
{
    static EFI_GUID guid = NVME_PASS_THROUGH_GUID;
    /* UEFI 2.10, "NVM Express Namespace Messaging Device Path Node": its number at byte 4. */
    const EFI_DEVICE_PATH *node = path ? path_find(path, MESSAGING_DEVICE_PATH, 23) : NULL;
    EFI_DEVICE_PATH *rest = (EFI_DEVICE_PATH *)(uintptr_t)path;
    struct nvme found = {.through = NULL};
    EFI_HANDLE handle;

    if (!node)
        return found;
    found.namespace = get_le32((const uint8_t *)node + 4);
    if (!EFI_ERROR(firmware.boot->LocateDevicePath(&guid, &rest, &handle)))
        found.through = firmware_protocol(handle, &guid);
    return found;
}

bool nvme_identify(const struct nvme *n, UINT32 what, uint8_t data[NVME_IDENTIFY_SIZE])
{
    struct nvme_command command = {.opcode = IDENTIFY,
                                   .valid = NVME_CDW10,
                                   .namespace = what == NVME_OF_NAMESPACE ? n->namespace : 0,
                                   .cdw10 = what};
    UINT32 completion[4] = {0};
    struct nvme_packet packet = {.timeout = TIMEOUT,
                                 .buffer = data,
                                 .buffer_size = NVME_IDENTIFY_SIZE,
                                 .queue = ADMIN_QUEUE,
                                 .command = &command,
                                 .completion = completion};

    return n->through && !EFI_ERROR(n->through->pass(n->through, command.namespace, &packet, NULL));
}

/* Bytes of a limit that is told as a power of two, in pages; 0 tells none. */
static uint64_t limit(uint8_t exponent)
{
    return 1ull << min_u64(exponent ? PAGE_EXP + exponent : MOST_EXP, MOST_EXP);
}

/* "Identify Controller data structure": MDTS at byte 77, VER at 80, ONCS at 520; "I/O Command Set
 * Specific Identify Controller data structure": WZSL at byte 1, WZDSL at 17.  MDTS is not said to be
 * a limit for this command, but Linux keeps to it where there is no other: what it sends works. */
static uint64_t bytes_at_once(const struct nvme *n, bool deallocate,
                              uint8_t data[NVME_IDENTIFY_SIZE])
{
    if (!nvme_identify(n, NVME_OF_CONTROLLER, data) || !(get_le16(data + 520) & 1u << 3))
        return 0;
    uint64_t most = limit(data[77]);
    if (get_le32(data + 80) < 0x20000 || !nvme_identify(n, NVME_OF_NVM, data) || !data[1])
        return most;
    return deallocate && data[17] ? min_u64(limit(data[1]), limit(data[17])) : limit(data[1]);
}

struct nvme_zeros nvme_zeros_of(const struct nvme *n, const struct target *t)
{
    static _Alignas(4096) uint8_t data[NVME_IDENTIFY_SIZE];

    /* "Identify Namespace data structure": NSZE at byte 0, FLBAS at 26, DLFEAT at 33, and from byte 128
     * the formats: bytes of metadata of each sector, and the sector's size as a power of two. */
    if (!nvme_identify(n, NVME_OF_NAMESPACE, data) || get_le64(data) < t->sectors)
        return (struct nvme_zeros){.most = 0};
    const uint8_t *format = data + 128 + 4 * ((data[26] & 15) | (data[26] >> 5 & 3) << 4);
    if (get_le16(format) || format[2] > 12 || 1u << format[2] != t->sector_size)
        return (struct nvme_zeros){.most = 0};
    bool deallocate = (data[33] & 15) == (1u << 3 | 1); /* it can, and then they read as zeros */
    uint64_t most = bytes_at_once(n, deallocate, data) / t->sector_size;
    return (struct nvme_zeros){(UINT32)min_u64(most, MOST_SECTORS), deallocate};
}

EFI_STATUS nvme_write_zeros(const struct nvme *n, const struct nvme_zeros *z, uint64_t lba,
                            UINT32 count)
{
    struct nvme_command command = {.opcode = WRITE_ZEROES,
                                   .valid = NVME_CDW10 | NVME_CDW11 | NVME_CDW12,
                                   .namespace = n->namespace,
                                   .cdw10 = (UINT32)lba,
                                   .cdw11 = (UINT32)(lba >> 32),
                                   .cdw12 = (count - 1) | (z->deallocate ? DEALLOCATE : 0)};
    UINT32 completion[4] = {0};
    struct nvme_packet packet = {
        .timeout = ZEROS_WAIT, .queue = IO_QUEUE, .command = &command, .completion = completion};

    return n->through->pass(n->through, n->namespace, &packet, NULL);
}
