/* tests/fake_target.h - a disk in memory that fails, or loses power, when it is told to.
 *
 * Writes are volatile until a flush: after a power cut any of those since the last one may be
 * there or not, sector by sector and in any order, as with a real disk's cache.
 */
#ifndef TESTS_FAKE_TARGET_H
#define TESTS_FAKE_TARGET_H

#include "base/target.h"

#define FAKE_WRITES_MAX 4096

struct fake_write {
    uint64_t lba;
    size_t count;
    uint32_t epoch; /* flushes before it */
    uint8_t *data;  /* until the next flush */
};

struct fake_target {
    struct target target;
    uint8_t *disk;    /* as reads see it */
    uint8_t *durable; /* as it was at the last flush */
    struct fake_write writes[FAKE_WRITES_MAX];
    size_t count;     /* of writes */
    uint32_t flushes; /* that succeeded */
    size_t done;      /* writes and flushes so far, failed ones too */
    size_t fail_at;   /* which of those fails, and all after it; 0: none */
    size_t reads;     /* so far */
    size_t fail_read; /* which of them fails, and all after it; 0: none */
    bool once;        /* only that one fails */
};

/* A disk full of garbage, so that nothing reads as zeros by luck.  Release it. */
void fake_target_init(struct fake_target *t, uint64_t sectors, uint32_t sector_size);
void fake_target_release(struct fake_target *t);

/* The disk in another start: all that it shows is on it for good, and nothing fails any more. */
void fake_target_plug(struct fake_target *t);

/* Make the disk what it could be after a power cut now: seed chooses among the possibilities. */
void fake_target_cut_power(struct fake_target *t, uint32_t seed);

/* Bytes that look like nothing; the same for the same seed. */
void fill_noise(uint8_t *at, size_t len, uint32_t seed);
uint32_t noise(uint32_t *state);

#endif
