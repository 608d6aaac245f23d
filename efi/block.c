#include "efi/block.h"

#include <string.h>

#include "base/checked.h"
#include "base/stream.h"
#include "efi/retry.h"
#include "efi/status.h"

#define ALIGN_MAX 4096 /* bytes */

static struct block *of_target(struct target *t)
{
    return (struct block *)t;
}

static struct block *of_source(struct source *s)
{
    return (struct block *)((uint8_t *)s - offsetof(struct block, source));
}

static void release_users(EFI_HANDLE handle, EFI_GUID guid)
{
    EFI_OPEN_PROTOCOL_INFORMATION_ENTRY *users = NULL;
    UINTN count = 0;

    if (EFI_ERROR(firmware.boot->OpenProtocolInformation(handle, &guid, &users, &count)))
        return;
    for (UINTN i = 0; i < count; i++)
        if (users[i].Attributes & EFI_OPEN_PROTOCOL_BY_DRIVER)
            firmware.boot->DisconnectController(handle, users[i].AgentHandle, NULL);
    firmware.boot->FreePool(users);
}

void block_release(EFI_HANDLE handle)
{
    release_users(handle, guid_block_io);
    release_users(handle, (EFI_GUID)EFI_BLOCK_IO2_PROTOCOL_GUID);
}

static void claim(struct block *b)
{
    if (b->claimed)
        return;
    block_release(b->handle);
    b->nvme = nvme_find(firmware_protocol(b->handle, &guid_device_path));
    b->zeros = nvme_zeros_of(&b->nvme, &b->target);
    /* Others have one request under way in either case, and EDK2's for AHCI looks after it by a timer
     * only: 1 MiB takes 40 ms. */
    if (b->nvme.namespace)
        queue_open(b->handle, b->media_id, b->target.alignment);
    b->claimed = true;
}

static enum err request_failed(const struct block *b, const char *what, uint64_t lba, size_t count,
                               EFI_STATUS status, struct error *e)
{
    const char *why = status == EFI_MEDIA_CHANGED ? ", another medium is in it now"
                      : status == EFI_NO_MEDIA    ? ", its medium is gone"
                                                  : "";

    return status_fail(e, ERR_IO, status, "%s: cannot %s sectors %llu to %llu%s", b->target.name,
                       what, (unsigned long long)lba, (unsigned long long)(lba + count - 1), why);
}

static enum err write_failed(const struct block *b, uint64_t lba, size_t count, EFI_STATUS status,
                             struct error *e)
{
    return request_failed(b, "write", lba, count, status, e);
}

/* A request that does not end leaves its memory to the device.  Reset() of EFI_BLOCK_IO makes EDK2's NVMe
 * driver stop the controller, where that of EFI_BLOCK_IO2 would wait, for ever, for what is under way;
 * and so would every other call, hence no more of them. */
static enum err give_up(struct block *b, const struct block_request *r, bool now, struct error *e)
{
    if (now)
        b->io->Reset(b->io, FALSE);
    return fail(e, ERR_IO, "%s: does not answer: sectors %llu to %llu were not written in %u s",
                b->target.name, (unsigned long long)r->lba,
                (unsigned long long)(r->lba + r->count - 1), QUEUE_PATIENCE_MS / 1000);
}

/* Wait for the oldest request. */
static enum err end_one(struct block *b, struct block_queue *q, struct error *e)
{
    const struct block_request *r;
    bool was_stuck = q->stuck;

    if (!queue_take(q, &r))
        return give_up(b, r, !was_stuck, e);
    if (EFI_ERROR(r->token.TransactionStatus))
        return write_failed(b, r->lba, r->count, r->token.TransactionStatus, e);
    return OK;
}

static enum err block_wait(struct target *t, struct error *e)
{
    struct block *b = of_target(t);
    struct block_queue *q = queue_find(b->handle);
    struct error later;
    enum err first = OK;

    while (q && q->count) {
        enum err err = end_one(b, q, first == OK ? e : &later);
        first = first == OK ? err : first;
        if (q->stuck)
            break;
    }
    return first;
}

static bool block_is_busy(struct target *t)
{
    struct block_queue *q = queue_find(of_target(t)->handle);

    return q && queue_is_busy(q);
}

static enum err write_now(struct block *b, uint64_t lba, size_t count, const void *from,
                          size_t size, struct error *e)
{
    /* WriteBlocks() takes what it only reads from without const. */
    EFI_STATUS status = b->io->WriteBlocks(b->io, b->media_id, lba, size, (void *)(uintptr_t)from);

    return EFI_ERROR(status) ? write_failed(b, lba, count, status, e) : OK;
}

static enum err block_write(struct target *t, uint64_t lba, const void *from, size_t count,
                            struct error *e)
{
    struct block *b = of_target(t);
    const uint8_t *at = from;

    claim(b);
    TRY(block_wait(t, e));
    while (count) {
        size_t piece = (size_t)min_u64(count, READ_MAX / t->sector_size);
        size_t size = piece * t->sector_size;
        TRY(write_now(b, lba, piece, at, size, e));
        at += size;
        lba += piece;
        count -= piece;
    }
    return OK;
}

/* Begin to write one piece, or write it when the queue does not take it. */
static enum err submit_piece(struct block *b, struct block_queue *q, uint64_t lba,
                             const uint8_t *from, size_t count, struct error *e)
{
    size_t size = count * b->target.sector_size;

    if ((q->count == QUEUE_DEPTH || q->stuck) && end_one(b, q, e) != OK) {
        struct error later;
        (void)!block_wait(&b->target, &later);
        return e->code;
    }
    if (queue_put(q, b->media_id, lba, count, from, size))
        return OK;
    TRY(block_wait(&b->target, e));
    return write_now(b, lba, count, from, size, e);
}

static enum err block_submit(struct target *t, uint64_t lba, const void *from, size_t count,
                             struct error *e)
{
    struct block *b = of_target(t);
    const uint8_t *at = from;

    claim(b);
    struct block_queue *q = queue_find(b->handle);
    if (!q)
        return block_write(t, lba, from, count, e);
    while (count) {
        size_t piece = (size_t)min_u64(count, READ_MAX / t->sector_size);
        TRY(submit_piece(b, q, lba, at, piece, e));
        at += piece * t->sector_size;
        lba += piece;
        count -= piece;
    }
    return OK;
}

/* Zeros by command, where the disk has one for it.  One that failed is the last. */
static enum err block_zero(struct target *t, uint64_t lba, uint64_t count, bool *done,
                           struct error *e)
{
    struct block *b = of_target(t);

    claim(b);
    TRY(block_wait(t, e));
    while (count && b->zeros.most) {
        UINT32 piece = (UINT32)min_u64(count, b->zeros.most);
        if (EFI_ERROR(nvme_write_zeros(&b->nvme, &b->zeros, lba, piece)))
            b->zeros.most = 0;
        lba += piece;
        count -= piece;
    }
    *done = b->zeros.most > 0;
    return OK;
}

/* One piece, of as many sectors as can be read at once; *count: how many were. */
static enum err read_piece(struct block *b, uint64_t lba, void *to, size_t *count, struct error *e)
{
    size_t most = *count;
    EFI_STATUS status;
    unsigned tries = 0;

    do {
        *count = (size_t)min_u64(most, b->read_most / b->target.sector_size);
        status = b->io->ReadBlocks(b->io, b->media_id, lba, *count * b->target.sector_size, to);
        if (!EFI_ERROR(status))
            return OK;
        b->read_most = RETRY_SIZE;
    } while (retry_read(status, ++tries));
    return request_failed(b, "read", lba, *count, status, e);
}

static enum err block_read(struct target *t, uint64_t lba, void *to, size_t count, struct error *e)
{
    uint8_t *at = to;

    TRY(block_wait(t, e));
    while (count) {
        size_t piece = count;
        TRY(read_piece(of_target(t), lba, at, &piece, e));
        at += piece * t->sector_size;
        lba += piece;
        count -= piece;
    }
    return OK;
}

static enum err block_flush(struct target *t, struct error *e)
{
    struct block *b = of_target(t);

    TRY(block_wait(t, e));
    /* FlushBlocksEx() of EDK2's NVMe driver sends the disk nothing. */
    EFI_STATUS status = b->io->FlushBlocks(b->io);
    if (EFI_ERROR(status))
        return status_fail(e, ERR_IO, status, "%s: cannot flush", t->name);
    return OK;
}

/* Bytes at any offset: straight into the buffer where sectors and alignment allow it. */
static enum err source_read_bytes(struct source *s, uint64_t offset, void *to, size_t len,
                                  struct error *e)
{
    struct block *b = of_source(s);
    uint32_t sector = b->target.sector_size;
    uint8_t *at = to;

    while (len) {
        size_t within_sector = (size_t)(offset % sector);
        bool straight =
            within_sector == 0 && len >= sector && ((uintptr_t)at & (b->target.alignment - 1)) == 0;
        size_t room = straight ? len : BLOCK_BOUNCE - within_sector;
        size_t piece = len < room ? len : room;
        if (straight) {
            piece -= piece % sector;
            TRY(block_read(&b->target, offset / sector, at, piece / sector, e));
        } else {
            size_t sectors = (within_sector + piece + sector - 1) / sector;
            TRY(block_read(&b->target, offset / sector, b->bounce, sectors, e));
            memcpy(at, b->bounce + within_sector, piece);
        }
        at += piece;
        offset += piece;
        len -= piece;
    }
    return OK;
}

/* IoAlign is 0, 1 or a power of two.  What is none, or more than a page, is a mistake of the firmware. */
static uint32_t usable_alignment(UINT32 align)
{
    if (align <= 1)
        return 1;
    return align > ALIGN_MAX || (align & (align - 1)) ? ALIGN_MAX : align;
}

enum err block_open(struct block *b, EFI_HANDLE handle, const char *name, struct arena *a,
                    struct error *e)
{
    static const struct target_ops target_ops = {.write = block_write,
                                                 .read = block_read,
                                                 .flush = block_flush,
                                                 .submit = block_submit,
                                                 .wait = block_wait,
                                                 .is_busy = block_is_busy,
                                                 .zero = block_zero};
    static const struct source_ops source_ops = {.read = source_read_bytes};
    EFI_BLOCK_IO *io = firmware_protocol(handle, &guid_block_io);
    uint32_t size = io ? io->Media->BlockSize : 0;

    if (!io || size < 512 || size > BLOCK_BOUNCE || (size & (size - 1)) ||
        io->Media->LastBlock == UINT64_MAX || io->Media->LastBlock >= UINT64_MAX / size)
        return fail(e, ERR_IO, "%s: has sectors of %u bytes, which cannot be used", name, size);
    *b = (struct block){
        .target = {.ops = &target_ops,
                   .name = name,
                   .sectors = io->Media->LastBlock + 1,
                   .sector_size = size,
                   .alignment = usable_alignment(io->Media->IoAlign)},
        .source = {&source_ops, name, (io->Media->LastBlock + 1) * size},
        .handle = handle,
        .io = io,
        .media_id = io->Media->MediaId,
        .read_most = READ_MAX,
    };
    return arena_take(a, BLOCK_BOUNCE, 1, 4096, (void **)&b->bounce, e);
}
