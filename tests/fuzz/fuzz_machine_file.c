/* Any bytes as a file that describes a machine. */
#include <assert.h>
#include <string.h>

#include "base/utf.h"
#include "parsers/machine_file.h"

static void check(const struct machine_file *m)
{
    assert(m->disk_count <= MACHINE_FILE_DISKS_MAX && utf8_valid(m->name, strlen(m->name)));
    for (size_t i = 0; i < m->disk_count; i++) {
        const struct machine_file_disk *disk = &m->disks[i];
        assert(*disk->bus && utf8_valid(disk->serial, strlen(disk->serial)));
        assert(disk->sector_size == 512 || disk->sector_size == 4096);
        assert(disk->size && disk->size % disk->sector_size == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t memory[1 << 18];
    struct machine_file machine;
    struct error error;
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "fuzzing");
    if (machine_file_parse((struct bytes){data, size}, &a, &machine, &error) == OK)
        check(&machine);
    else
        assert(error.code == ERR_SETTING || error.code == ERR_NO_MEMORY);
    return 0;
}
