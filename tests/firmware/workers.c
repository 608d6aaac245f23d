/* tests/firmware/workers.c - the pool of processors, tried in firmware: a program like ovfboot.efi, made of the
 * same parts, that only gives work to the pool, says what came out, and switches the machine off.
 *
 *     workers: 4 processors
 *     workers: batches: all right, jobs 3120 4307 4291 4282
 *     ...
 *     workers: done
 *
 * With tests/firmware/hostile.c in front of it, it meets processors that do not work.
 */
#include <stdatomic.h>
#include <string.h>

#include "base/text.h"
#include "crypto/digest.h"
#include "disks/inflate.h"
#include "efi/clock.h"
#include "efi/console.h"
#include "efi/processor.h"
#include "efi/workers.h"
#include "loader/port.h"

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

#define JOBS       16
#define SEEDS      8   /* different batches */
#define MANY       300 /* batches */
#define FEW        100
#define UNPACKED   4096 /* bytes of a job */
#define COUNTS_MAX 200  /* bytes */
#define REST_US    2500000
#define HANG_MS    3000 /* for another processor to come and hang */
#define SLOW_MS    200  /* a job of the first batch: hostile.c stops a processor in one */

/* 4096 bytes: text, noise and zeros. */
static const uint8_t packed[] = {
    0x78, 0xda, 0x63, 0xe6, 0x92, 0x77, 0x2a, 0xde, 0xc4, 0x12, 0x7f, 0xc2, 0xe5, 0x64, 0x22, 0xfb,
    0xb6, 0x0a, 0x0f, 0x35, 0x21, 0x1e, 0x11, 0x2d, 0xbf, 0x86, 0x03, 0xc2, 0xf9, 0x37, 0xc3, 0xee,
    0x94, 0xca, 0x9c, 0xe9, 0x4f, 0xb0, 0xd7, 0x51, 0x37, 0x70, 0xcf, 0x99, 0xff, 0xc0, 0x64, 0x22,
    0x63, 0x15, 0xdb, 0x6c, 0xe7, 0x2f, 0x3b, 0xba, 0xb2, 0x22, 0x42, 0xe2, 0xca, 0xe6, 0x5c, 0x10,
    0x4f, 0x3f, 0x6a, 0xb6, 0xc1, 0xf6, 0x72, 0x8d, 0xf1, 0xe7, 0x63, 0xcb, 0xa7, 0x4d, 0x9e, 0xb7,
    0xfd, 0x9e, 0x44, 0xf4, 0x1a, 0x81, 0xda, 0x1f, 0x6d, 0x4a, 0xc7, 0xeb, 0x5d, 0x25, 0xbf, 0x3d,
    0x7b, 0xf2, 0x81, 0xdf, 0x3c, 0x77, 0x63, 0x7e, 0x59, 0x5a, 0x52, 0x7e, 0x7e, 0x89, 0x42, 0x4a,
    0x6a, 0x41, 0x4e, 0x7e, 0x65, 0xb1, 0x42, 0x62, 0x9e, 0x42, 0x62, 0x41, 0x41, 0x4e, 0x66, 0x62,
    0x5e, 0x72, 0xaa, 0x42, 0x7e, 0x5e, 0x49, 0xbe, 0x42, 0xa2, 0x42, 0x52, 0x62, 0x51, 0xaa, 0x42,
    0x6e, 0x62, 0x72, 0x46, 0x66, 0x5e, 0xaa, 0x7a, 0xb1, 0x42, 0x4a, 0x66, 0x71, 0x36, 0x50, 0x5d,
    0x8a, 0x42, 0x71, 0x49, 0x62, 0x51, 0x49, 0xb1, 0x42, 0x66, 0x89, 0x9e, 0xc2, 0xa8, 0x31, 0xb8,
    0x8d, 0x61, 0xa0, 0x10, 0x30, 0x8f, 0x26, 0x81, 0xd1, 0x24, 0x30, 0x9a, 0x04, 0x46, 0x93, 0xc0,
    0x68, 0x12, 0x18, 0x4d, 0x02, 0xa3, 0x49, 0x60, 0x34, 0x09, 0x8c, 0x26, 0x81, 0xd1, 0x24, 0x30,
    0x9a, 0x04, 0x46, 0x93, 0xc0, 0x68, 0x12, 0x18, 0xfe, 0x49, 0x00, 0x00, 0x1e, 0x9f, 0x5a, 0x94,
};

struct batch {
    uint32_t seed;
    uint8_t digest[JOBS][DIGEST_MAX];
};

static struct inflate inflate[WORKERS_MAX]; /* each processor's own, ... */
static uint8_t unpacked[WORKERS_MAX][UNPACKED];
static atomic_size_t jobs_of[WORKERS_MAX]; /* ... and how many jobs it did */
static struct batch wanted[SEEDS];
static atomic_bool hang; /* the next other processor that has a job does not finish it */
static uint64_t slow_ms; /* what a job takes besides */

static void unpack_and_digest(struct batch *b, size_t job, size_t worker)
{
    struct digest d;
    struct error e;
    size_t len;

    memset(b->digest[job], 0, DIGEST_MAX);
    if (inflate_zlib(&inflate[worker], (struct bytes){packed, sizeof(packed)}, unpacked[worker],
                     UNPACKED, UNPACKED, &len, &e) != OK)
        return;
    unpacked[worker][0] = (uint8_t)b->seed;
    unpacked[worker][1] = (uint8_t)job;
    digest_start(&d, DIGEST_SHA256);
    digest_add(&d, (struct bytes){unpacked[worker], UNPACKED});
    digest_finish(&d, b->digest[job]);
}

static void spin(uint64_t ms, const atomic_bool *as_long_as)
{
    for (uint64_t begin = port_milliseconds();
         (!as_long_as || atomic_load(as_long_as)) && port_milliseconds() - begin < ms;)
        processor_pause();
}

static void work(void *context, size_t job, size_t worker)
{
    if (worker && atomic_exchange(&hang, false))
        for (;;)
            processor_pause();
    unpack_and_digest(context, job, worker);
    atomic_fetch_add(&jobs_of[worker], 1);
    spin(slow_ms, NULL);
    spin(HANG_MS / JOBS, &hang); /* where one is to hang, it gets a job */
}

static const char *counts(const struct workers *pool, char out[COUNTS_MAX])
{
    size_t len = 0;

    for (size_t i = 0; i < pool->count; i++)
        len += text_format(out + len, COUNTS_MAX - len, " %zu", atomic_exchange(&jobs_of[i], 0));
    return out;
}

/* False when there was an error. */
static bool try(const char *what, size_t batches)
{
    struct workers *pool = port_workers();
    uint64_t begin = port_milliseconds();
    static struct batch b;
    char text[COUNTS_MAX];
    size_t wrong = 0;
    struct error e;

    for (size_t n = 0; n < batches; n++) {
        memset(&b, 0, sizeof(b));
        b.seed = (uint32_t)(n % SEEDS);
        workers_begin(pool, work, &b, JOBS);
        if (workers_finish(pool, &e) != OK) {
            port_say("workers: %s: error %s: %s", what, err_name(e.code), e.text);
            return false;
        }
        wrong += memcmp(&b, &wanted[b.seed], sizeof(b)) != 0;
    }
    port_say("workers: %s: %zu wrong, in %u ms, jobs%s", what, wrong,
             (unsigned)(port_milliseconds() - begin), counts(pool, text));
    return true;
}

static void release(void)
{
    struct error e;

    port_say("workers: release: %s", workers_release(&e) == OK ? "all have left" : e.text);
}

static void try_all(void)
{
    slow_ms = SLOW_MS;
    if (!try("slow jobs", 1))
        return;
    slow_ms = 0;
    if (!try("batches", MANY))
        return;
    firmware.boot->Stall(REST_US);
    if (!try("after a rest", 1))
        return;
    firmware.boot->Stall(REST_US / 10);
    if (!try("batches then", FEW))
        return;
    release();
    if (!try("after the release", FEW))
        return;
    atomic_store(&hang, true);
    if (!try("one hangs", 1))
        return;
    atomic_store(&hang, false);
    try("without it", FEW);
}

static enum err prepare(struct error *e)
{
    static uint8_t memory[1 << 20];
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "the test");
    for (size_t i = 0; i < WORKERS_MAX; i++)
        TRY(inflate_open(&inflate[i], &a, e));
    for (uint32_t seed = 0; seed < SEEDS; seed++) {
        wanted[seed].seed = seed;
        for (size_t job = 0; job < JOBS; job++)
            unpack_and_digest(&wanted[seed], job, 0);
    }
    return OK;
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
    static struct error e;

    firmware_init(image, system);
    clock_init();
    console_init();
    port_say("workers: %zu processors", port_workers()->count);
    if (prepare(&e) == OK)
        try_all();
    else
        port_say("workers: %s", e.text);
    release();
    port_say("workers: done");
    firmware.runtime->ResetSystem(EfiResetShutdown, EFI_SUCCESS, 0, NULL);
    return EFI_SUCCESS;
}
