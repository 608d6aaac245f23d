/* A gzip file of any bytes: unpacked in order, and at other offsets, to the same end. */
#include <assert.h>
#include <string.h>

#include "base/checked.h"
#include "disks/gunzip.h"

#define TRIED (4u << 20) /* bytes; of what is larger only the front is read again */

static uint8_t memory[16 << 20];
static uint8_t whole[TRIED], piece[TRIED];

static void check_error(const struct error *e)
{
    assert(e->code == ERR_DAMAGED);
    assert(e->text[0] && memchr(e->text, '\0', sizeof(e->text)));
}

static enum err index_all(struct source *file, struct arena *a, struct gunzip **g, struct error *e)
{
    bool done;

    TRY(gunzip_open(file, a, g, e));
    (*g)->apart = 5000; /* small inputs have points, too */
    do {
        TRY(gunzip_index(*g, &done, e));
    } while (!done && (*g)->out < (64u << 20));
    return done ? OK : fail(e, ERR_DAMAGED, "larger than is tried here");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct memory_source file;
    struct error e = {0};
    struct gunzip *g;
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "fuzzing");
    memory_source_init(&file, "fuzz.gz", (struct bytes){data, size});
    if (index_all(&file.source, &a, &g, &e) != OK) {
        check_error(&e);
        return 0;
    }
    size_t len = (size_t)min_u64(g->source.size, TRIED);
    assert(source_read(&g->source, 0, whole, len, &e) == OK);
    for (size_t at = len; at > 0; at -= min_u64(at, 37777)) {
        size_t start = at - (size_t)min_u64(at, 40000);
        assert(source_read(&g->source, start, piece, at - start, &e) == OK);
        assert(memcmp(piece, whole + start, at - start) == 0);
    }
    return 0;
}
