/* A VHD of any bytes, with its checksums made right: read in order and at any offset, to the same end. */
#include <assert.h>
#include <string.h>

#include "disks/vhd.h"
#include "parsers/vhd.h"
#include "tests/fuzz/both_ways.h"
#include "tests/pipe.h"

#define FILE_MAX (256u << 10) /* bytes */

static uint8_t memory[8 << 20];
static uint8_t file[FILE_MAX];

static void check_error(const struct error *e)
{
    assert(e->code == ERR_DAMAGED || e->code == ERR_UNSUPPORTED);
    assert(e->text[0] && memchr(e->text, '\0', sizeof(e->text)));
}

/* When the bytes at offset are there and begin with a cookie. */
static void make_right(size_t size, uint64_t offset, size_t len, const char *cookie, size_t at)
{
    uint32_t sum = 0;

    if (offset > size || len > size - offset || memcmp(file + offset, cookie, 8) != 0)
        return;
    uint8_t *start = file + offset;
    memset(start + at, 0, 4);
    for (size_t i = 0; i < len; i++)
        sum += start[i];
    for (size_t i = 0; i < 4; i++)
        start[at + i] = (uint8_t)(~sum >> (24 - 8 * i));
}

static void make_footer_right(size_t size, uint64_t offset)
{
    if (offset > size || size - offset < VHD_FOOTER - 1)
        return;
    make_right(size, offset, VHD_FOOTER - 1, "conectix", 64);
    make_right(size, get_be64(file + offset + 16), VHD_HEADER, "cxsparse", 36);
}

static enum err open_both(struct source *source, struct image **image, struct source **guest,
                          struct error *e)
{
    struct arena a;
    struct map *map;
    bool yes;

    arena_init(&a, memory, sizeof(memory), "fuzzing");
    TRY(vhd_knows(source, &yes, e));
    if (!yes)
        return fail(e, ERR_UNSUPPORTED, "something else");
    TRY(vhd_open(source, &a, &map, e));
    TRY(map_image_open(map, one_ring(&a), &a, image, e));
    return map_source_open(map, &a, guest, e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error first = {0}, second = {0};
    struct memory_source source;
    struct source *guest;
    struct image *image;

    if (size > FILE_MAX)
        return 0;
    memcpy(file, data, size);
    for (size_t back = VHD_FOOTER - 1; back <= VHD_FOOTER && back <= size; back++)
        make_footer_right(size, size - back);
    make_footer_right(size, 0);
    memory_source_init(&source, "fuzz.vhd", (struct bytes){file, size});
    if (open_both(&source.source, &image, &guest, &first) != OK) {
        check_error(&first);
        return 0;
    }
    assert(image->capacity == guest->size);
    if (guest->size > DISK_MAX) {
        if (read_ends(guest, &first) != OK)
            check_error(&first);
        return 0;
    }
    enum err one = put_runs(image, &first), other = read_all(guest, &second);
    assert(one == other);
    if (one == OK)
        assert(are_the_same(guest->size));
    else
        check_error(&first), check_error(&second);
    return 0;
}
