#include "disks/window.h"

#include <assert.h>

#include "base/checked.h"

#define ALIGNMENT 4096 /* bytes; windows begin at multiples of it, as disks like it */

enum err window_open(struct window *w, struct source *file, const char *what, struct arena *a,
                     struct error *e)
{
    *w = (struct window){.file = file, .what = what};
    return arena_take(a, WINDOW_SIZE, 1, 8, (void **)&w->memory, e);
}

enum err window_read(struct window *w, uint64_t offset, size_t len, const uint8_t **out,
                     struct error *e)
{
    assert(len <= WINDOW_SIZE);
    if (offset > w->file->size || len > w->file->size - offset)
        return fail(e, ERR_DAMAGED,
                    "%s: ends at byte %llu, inside its %s, which reaches to byte %llu",
                    w->file->name, (unsigned long long)w->file->size, w->what,
                    (unsigned long long)(offset < UINT64_MAX - len ? offset + len : UINT64_MAX));
    if (offset < w->offset || offset - w->offset > w->len || len > w->len - (offset - w->offset)) {
        uint64_t start = round_down(offset, ALIGNMENT);
        if (offset - start + len > WINDOW_SIZE)
            start = offset;
        size_t size = (size_t)min_u64(WINDOW_SIZE, w->file->size - start);
        w->len = 0;
        TRY(source_read(w->file, start, w->memory, size, e));
        w->offset = start;
        w->len = size;
    }
    *out = w->memory + (offset - w->offset);
    return OK;
}
