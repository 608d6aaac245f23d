/* An archive of any bytes: walked header by header, with the records of pax and GNU. */
#include <assert.h>
#include <string.h>

#include "parsers/pax.h"
#include "parsers/tar.h"
#include "tests/fuzz/repair.h"

static uint8_t memory[1 << 16];

static void check_records(enum tar_kind kind, struct bytes contents)
{
    struct pax pax = {0};
    const char *name = NULL;
    struct error error;
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "fuzzing");
    if (kind == TAR_PAX || kind == TAR_PAX_GLOBAL) {
        if (pax_parse(contents, &a, &pax, &error) != OK) {
            assert(error.code == ERR_DAMAGED || error.code == ERR_NO_MEMORY);
            return;
        }
        assert(!pax.path || (pax.path[0] && strlen(pax.path) < contents.len));
        assert(!pax.has_size || pax.size <= INT64_MAX);
    }
    if (kind == TAR_LONG_NAME || kind == TAR_LONG_LINK)
        if (pax_long_name(contents, &a, &name, &error) == OK)
            assert(name[0] && strlen(name) <= contents.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes left = {data, size};
    struct tar_header header;
    struct error error;
    const uint8_t *block;

    /* Checksums are hard to guess: any bytes are tried as records, too. */
    check_records(TAR_PAX, left);
    check_records(TAR_LONG_NAME, left);
    while ((block = take(&left, TAR_BLOCK))) {
        uint8_t right[TAR_BLOCK]; /* a fuzzer does not guess checksums */
        memcpy(right, block, TAR_BLOCK);
        repair_tar_sum(right);
        if (tar_parse(block, &header, &error) != OK && tar_parse(right, &header, &error) != OK) {
            assert(error.code == ERR_DAMAGED && strstr(error.text, "size"));
            continue;
        }
        assert(memchr(header.name, '\0', sizeof(header.name)));
        assert(header.size <= INT64_MAX);
        assert(tar_stride(&header) % TAR_BLOCK == 0);
        assert(tar_stride(&header) - header.size < TAR_BLOCK);
        assert(header.kind != TAR_END || (header.size == 0 && header.name[0] == '\0'));
        if (tar_stride(&header) > left.len)
            break;
        check_records(header.kind, (struct bytes){left.at, (size_t)header.size});
        take(&left, (size_t)tar_stride(&header));
    }
    return 0;
}
