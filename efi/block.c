#include "efi/block.h"

#include <string.h>

#include "base/checked.h"
#include "base/stream.h"
#include "efi/status.h"

static struct block *of_target(struct target *t)
{
    return (struct block *)t;
}

static struct block *of_source(struct source *s)
{
    return (struct block *)((uint8_t *)s - offsetof(struct block, source));
}

void block_release(EFI_HANDLE handle)
{
    EFI_GUID guid = guid_block_io;
    EFI_OPEN_PROTOCOL_INFORMATION_ENTRY *users = NULL;
    UINTN count = 0;

    if (EFI_ERROR(firmware.boot->OpenProtocolInformation(handle, &guid, &users, &count)))
        return;
    for (UINTN i = 0; i < count; i++)
        if (users[i].Attributes & EFI_OPEN_PROTOCOL_BY_DRIVER)
            firmware.boot->DisconnectController(handle, users[i].AgentHandle, NULL);
    firmware.boot->FreePool(users);
}

static void claim(struct block *b)
{
    if (!b->claimed)
        block_release(b->handle);
    b->claimed = true;
}

static enum err block_write(struct target *t, uint64_t lba, const void *from, size_t count,
                            struct error *e)
{
    struct block *b = of_target(t);
    const uint8_t *at = from;

    claim(b);
    while (count) {
        size_t piece = (size_t)min_u64(count, READ_MAX / t->sector_size);
        size_t size = piece * t->sector_size;
        /* WriteBlocks() takes what it only reads from without const. */
        EFI_STATUS status =
            b->io->WriteBlocks(b->io, b->media_id, lba, size, (void *)(uintptr_t)at);
        if (EFI_ERROR(status))
            return status_fail(e, ERR_IO, status, "%s: cannot write sectors %llu to %llu", t->name,
                               (unsigned long long)lba, (unsigned long long)(lba + piece - 1));
        at += size;
        lba += piece;
        count -= piece;
    }
    return OK;
}

static enum err read_sectors(struct block *b, uint64_t lba, void *to, size_t count, struct error *e)
{
    EFI_STATUS status =
        b->io->ReadBlocks(b->io, b->media_id, lba, count * b->target.sector_size, to);

    if (EFI_ERROR(status))
        return status_fail(e, ERR_IO, status, "%s: cannot read sectors %llu to %llu",
                           b->target.name, (unsigned long long)lba,
                           (unsigned long long)(lba + count - 1));
    return OK;
}

static enum err block_read(struct target *t, uint64_t lba, void *to, size_t count, struct error *e)
{
    uint8_t *at = to;

    while (count) {
        size_t piece = (size_t)min_u64(count, READ_MAX / t->sector_size);
        TRY(read_sectors(of_target(t), lba, at, piece, e));
        at += piece * t->sector_size;
        lba += piece;
        count -= piece;
    }
    return OK;
}

static enum err block_flush(struct target *t, struct error *e)
{
    struct block *b = of_target(t);
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
            TRY(read_sectors(b, offset / sector, b->bounce, sectors, e));
            memcpy(at, b->bounce + within_sector, piece);
        }
        at += piece;
        offset += piece;
        len -= piece;
    }
    return OK;
}

enum err block_open(struct block *b, EFI_HANDLE handle, const char *name, struct arena *a,
                    struct error *e)
{
    static const struct target_ops target_ops = {
        .write = block_write, .read = block_read, .flush = block_flush};
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
                   .alignment = io->Media->IoAlign > 1 ? io->Media->IoAlign : 1},
        .source = {&source_ops, name, (io->Media->LastBlock + 1) * size},
        .handle = handle,
        .io = io,
        .media_id = io->Media->MediaId,
    };
    return arena_take(a, BLOCK_BOUNCE, 1, 4096, (void **)&b->bounce, e);
}
