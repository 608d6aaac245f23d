#include "efi/memory.h"

#include "base/checked.h"
#include "base/text.h"
#include "efi/firmware.h"
#include "loader/port.h"

#define MAP_MAX 65536 /* bytes of the firmware's memory map, for a message */

/* What was taken, to be given back. */
static struct {
    EFI_PHYSICAL_ADDRESS at;
    uint64_t pages;
} taken[64];
static size_t taken_count;

uint64_t memory_largest_free(struct arena scratch)
{
    UINTN size = arena_room(&scratch) / 2, key, entry_size;
    UINT32 version;
    uint64_t largest = 0;
    struct error ignored;
    uint8_t *map;

    if (arena_take(&scratch, size, 1, 8, (void **)&map, &ignored) != OK ||
        EFI_ERROR(firmware.boot->GetMemoryMap(&size, (EFI_MEMORY_DESCRIPTOR *)map, &key,
                                              &entry_size, &version)))
        return 0;
    for (size_t at = 0; at + entry_size <= size; at += entry_size) {
        EFI_MEMORY_DESCRIPTOR *entry = (EFI_MEMORY_DESCRIPTOR *)(map + at);
        if (entry->Type == EfiConventionalMemory)
            largest = max_u64(largest, entry->NumberOfPages * PAGE);
    }
    return largest;
}

enum err memory_missing(const char *who, uint64_t size, struct error *e)
{
    static _Alignas(8) uint8_t map[MAP_MAX];
    char need[TEXT_SIZE_MAX], have[TEXT_SIZE_MAX];
    struct arena scratch;

    arena_init(&scratch, map, sizeof(map), "the memory map");
    return fail(e, ERR_NO_MEMORY,
                "%s needs %s of memory in one piece, and the largest free piece has %s", who,
                text_size(need, size), text_size(have, memory_largest_free(scratch)));
}

enum err port_take_memory(uint64_t size, uint8_t **out, struct error *e)
{
    uint64_t pages = size / PAGE + 1;
    EFI_PHYSICAL_ADDRESS at = 0;

    if (taken_count == COUNT_OF(taken))
        return fail(e, ERR_TOO_BIG, "more than %zu such pieces of memory", COUNT_OF(taken));
    if (EFI_ERROR(firmware.boot->AllocatePages(AllocateAnyPages, EfiLoaderData, pages, &at)))
        return memory_missing("that", pages * PAGE, e);
    taken[taken_count].at = at;
    taken[taken_count++].pages = pages;
    *out = (uint8_t *)(uintptr_t)at;
    return OK;
}

void memory_release(void)
{
    while (taken_count) {
        taken_count--;
        firmware.boot->FreePages(taken[taken_count].at, taken[taken_count].pages);
    }
}
