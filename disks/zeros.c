#include "disks/zeros.h"

#include <string.h>

#include "base/bytes.h"

#define MARK 0xa5 /* no disk reads so where nothing was written */

/* Which of count sectors a sample is: the ends, then one out of each part, at a place that does not follow
 * the units of a disk. */
static uint64_t place(uint64_t count, uint64_t sample)
{
    uint64_t part = count / ZEROS_SAMPLES;

    if (sample < 2)
        return sample ? count - 1 : 0;
    return sample * part + sample * 0x9e3779b1u % part; /* Knuth's multiplier */
}

static enum err mark(struct target *t, uint64_t lba, uint64_t count, uint8_t *room, struct error *e)
{
    memset(room, MARK, t->sector_size);
    for (uint64_t sample = 0; sample < ZEROS_SAMPLES; sample++)
        TRY(target_write(t, lba + place(count, sample), room, 1, e));
    return OK;
}

static enum err look(struct target *t, uint64_t lba, uint64_t count, uint8_t *room, bool *zero,
                     struct error *e)
{
    for (uint64_t sample = 0; *zero && sample < ZEROS_SAMPLES; sample++) {
        TRY(target_read(t, lba + place(count, sample), room, 1, e));
        *zero = bytes_are_zero((struct bytes){room, t->sector_size});
    }
    memset(room, 0, t->sector_size);
    return OK;
}

enum err zeros_make(struct zeros *z, struct target *t, uint64_t lba, uint64_t count, uint8_t *room,
                    bool *done, struct error *e)
{
    *done = false;
    if (z->refused || !t->ops->zero || count < ZEROS_MIN / t->sector_size)
        return OK;
    TRY(mark(t, lba, count, room, e));
    TRY(target_zero(t, lba, count, done, e));
    TRY(look(t, lba, count, room, done, e));
    z->refused = !*done;
    return OK;
}
