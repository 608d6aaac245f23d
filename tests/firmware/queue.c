/* A firmware application that tries every disk but the one it came from: what is submitted gets there,
 * zeros are zeros, and how long it takes.  It erases them.
 *
 * It may lie on the stick as ovfboot does, or be started by hostile.c.  A line for each disk,
 *
 *     queue: nvme: 96 MiB are right, zeros by the disk; plain 300 ms, 4 MiB under way 200 ms, 16 MiB 150 ms
 *
 * or "queue: FAILED: ..." and the machine is switched off.
 */
#include <string.h>

#include "base/checked.h"
#include "disks/zeros.h"
#include "efi/clock.h"
#include "efi/console.h"
#include "efi/disks.h"
#include "loader/port.h"

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

#define MIB         (1u << 20)
#define DATA        (16 * MIB) /* bytes of memory that are written from */
#define ALL         (96 * MIB) /* bytes written: more than a queue takes at once */
#define TIMED       (64 * MIB) /* bytes */
#define PATIENCE_MS 60000u

static uint8_t *data, *check;

/* Bytes that tell their place, 16 MiB of them. */
static void fill_data(void)
{
    uint32_t state = 1;

    for (size_t i = 0; i < DATA; i += sizeof(state)) {
        state = state * 1664525 + 1013904223; /* Numerical Recipes */
        memcpy(data + i, &state, sizeof(state));
    }
}

static uint8_t *data_of(const struct target *t, uint64_t lba)
{
    return data + lba * t->sector_size % DATA;
}

/* Nobody waits for what is under way, and it ends. */
static enum err end_by_themselves(struct target *t, struct error *e)
{
    uint64_t start = port_milliseconds();

    while (target_is_busy(t))
        if (port_milliseconds() - start > PATIENCE_MS)
            return fail(e, ERR_IO, "%s: is busy for ever", t->name);
    TRY(target_wait(t, e));
    return target_is_busy(t) ? fail(e, ERR_IO, "%s: is busy with nothing", t->name) : OK;
}

/* Pieces of all sizes, from a sector to 5 MiB. */
static enum err submit_all(struct target *t, struct error *e)
{
    uint64_t lba = 0, end = ALL / t->sector_size;

    for (uint64_t n = 1; lba < end; n++) {
        uint64_t room = (DATA - lba * t->sector_size % DATA) / t->sector_size;
        uint64_t count = min_u64(min_u64(n * n * n, 5 * MIB / t->sector_size), room);
        count = min_u64(count, end - lba);
        TRY(target_submit(t, lba, data_of(t, lba), (size_t)count, e));
        lba += count;
    }
    return end_by_themselves(t, e);
}

static enum err compare(struct target *t, struct error *e)
{
    for (uint64_t lba = 0; lba < ALL / t->sector_size; lba += MIB / t->sector_size) {
        TRY(target_read(t, lba, check, MIB / t->sector_size, e));
        if (memcmp(check, data_of(t, lba), MIB) != 0)
            return fail(e, ERR_DAMAGED, "%s: the MiB from sector %llu on is not what was written",
                        t->name, (unsigned long long)lba);
    }
    return OK;
}

/* Milliseconds for TIMED bytes in writes of 4 MiB; so many of them are under way, 0: none is. */
static enum err measure(struct target *t, uint64_t under_way, uint64_t *ms, struct error *e)
{
    uint64_t piece = 4 * MIB / t->sector_size, start = port_milliseconds();

    for (uint64_t n = 0; n < TIMED / (4 * MIB); n++) {
        uint64_t lba = n * piece;
        if (!under_way)
            TRY(target_write(t, lba, data_of(t, lba), piece, e));
        else
            TRY(target_submit(t, lba, data_of(t, lba), piece, e));
        if (under_way && n % under_way == under_way - 1)
            TRY(target_wait(t, e));
    }
    TRY(target_flush(t, e));
    *ms = port_milliseconds() - start;
    return OK;
}

static enum err try_zeros(struct target *t, bool *done, uint64_t *ms, struct error *e)
{
    struct zeros zeros = {.refused = false};
    uint64_t start = port_milliseconds();

    TRY(zeros_make(&zeros, t, 64 * MIB / t->sector_size, 32 * MIB / t->sector_size, check, done,
                   e));
    *ms = port_milliseconds() - start;
    return OK;
}

static enum err try_disk(struct disk *disk, struct error *e)
{
    struct target *t = &disk->block.target;
    uint64_t plain, four, sixteen, zeros_ms;
    bool zeros;

    TRY(submit_all(t, e));
    TRY(compare(t, e));
    TRY(try_zeros(t, &zeros, &zeros_ms, e));
    TRY(measure(t, 0, &plain, e));
    TRY(measure(t, 1, &four, e));
    TRY(measure(t, 4, &sixteen, e));
    port_say("queue: %s: %u MiB are right, %s; plain %llu ms, 4 MiB under way %llu ms, "
             "16 MiB %llu ms, zeros %llu ms",
             disk->identity.bus, ALL / MIB,
             zeros ? "zeros by the disk" : "zeros have to be written", (unsigned long long)plain,
             (unsigned long long)four, (unsigned long long)sixteen, (unsigned long long)zeros_ms);
    return OK;
}

static enum err run(struct error *e)
{
    static uint8_t memory[4 << 20];
    struct disk *disks;
    struct arena a;
    size_t count;

    arena_init(&a, memory, sizeof(memory), "the disks");
    TRY(disks_connect(a, e));
    TRY(port_take_memory(DATA, &data, e));
    TRY(port_take_memory(MIB, &check, e));
    fill_data();
    TRY(disks_find(&a, &disks, &count, e));
    for (size_t i = 0; i < count; i++)
        if (!disks[i].start_medium && target_size(&disks[i].block.target) >= ALL)
            TRY(try_disk(&disks[i], e));
    return OK;
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
    static struct error e;

    firmware_init(image, system);
    clock_init();
    console_init();
    if (run(&e) != OK)
        port_say("queue: FAILED: %s", e.text);
    port_say("queue: %s", queues_close() ? "nothing is under way" : "a disk keeps its memory");
    port_say("queue: the end");
    firmware.runtime->ResetSystem(EfiResetShutdown, EFI_SUCCESS, 0, NULL);
    return EFI_SUCCESS;
}
