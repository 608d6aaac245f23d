/* A VMDK of any bytes: decoded in order onto a small disk in memory, and read at any offset. */
#include <assert.h>
#include <string.h>

#include "base/checked.h"
#include "disks/writer.h"
#include "tests/pipe.h"

#define DISK_MAX (8u << 20) /* bytes; guests of more are opened, not written */

static uint8_t memory[32 << 20];
static uint8_t in_order[DISK_MAX];
static uint8_t at_any_offset[DISK_MAX];

static void check_error(const struct error *e)
{
    assert(e->code == ERR_DAMAGED || e->code == ERR_UNSUPPORTED || e->code == ERR_TOO_BIG ||
           e->code == ERR_NO_MEMORY);
    assert(e->text[0] && memchr(e->text, '\0', sizeof(e->text)));
}

static enum err memory_write(struct target *t, uint64_t lba, const void *from, size_t count,
                             struct error *e)
{
    (void)e;
    memcpy(in_order + lba * t->sector_size, from, count * t->sector_size);
    return OK;
}

static enum err memory_read(struct target *t, uint64_t lba, void *to, size_t count, struct error *e)
{
    (void)e;
    memcpy(to, in_order + lba * t->sector_size, count * t->sector_size);
    return OK;
}

static enum err memory_flush(struct target *t, struct error *e)
{
    (void)t, (void)e;
    return OK;
}

static enum err put_all(struct image *image, struct writer *w, struct ring *ring, struct arena a,
                        struct error *e)
{
    TRY(pipe_all(w, image, ring, a, e));
    for (bool done = false; !done;)
        TRY(writer_fill(w, &done, e));
    return writer_seal(w, e);
}

/* OK means that in_order holds the guest disk, of *size bytes. */
static enum err decode(struct bytes file, uint64_t *size, struct error *e)
{
    static const struct target_ops ops = {
        .write = memory_write, .read = memory_read, .flush = memory_flush};
    struct target target = {.ops = &ops, .name = "memory", .sector_size = 512, .alignment = 1};
    struct source_stream stream;
    struct ring ring;
    struct memory_source source;
    struct image *image;
    struct writer writer;
    uint8_t *buffer;
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "fuzzing");
    memory_source_init(&source, "fuzz.vmdk", file);
    TRY(ring_init(&ring, RING_BUFFERS, 3u << 20, &a, e));
    source_stream_open(&stream, &source.source, &ring);
    TRY(image_open(&stream.stream, file.len, &a, &image, e));
    *size = image->capacity;
    if (image->capacity > DISK_MAX || image->capacity % 512)
        return fail(e, ERR_TOO_BIG, "more than is tried here");
    target.sectors = image->capacity / 512;
    TRY(arena_take(&a, WRITER_BUFFER, 1, 4096, (void **)&buffer, e));
    TRY(writer_init(&writer, &target, buffer, &a, e));
    TRY(writer_open(&writer, image, &a, e));
    TRY(writer_erase(&writer, e));
    return put_all(image, &writer, &ring, a, e);
}

static enum err read_all(struct bytes file, uint64_t *size, struct error *e)
{
    struct memory_source source;
    struct source *guest;
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "fuzzing");
    memory_source_init(&source, "fuzz.vmdk", file);
    TRY(image_source_open(&source.source, &a, &guest, e));
    *size = guest->size;
    if (guest->size > DISK_MAX) {
        TRY(source_read(guest, guest->size - 1000, at_any_offset, 1000, e));
        return fail(e, ERR_TOO_BIG, "more than is tried here");
    }
    for (uint64_t at = 0; at < guest->size; at += 100000)
        TRY(source_read(guest, at, at_any_offset + at, (size_t)min_u64(100000, guest->size - at),
                        e));
    return OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes file = {data, size};
    struct error first, second;
    uint64_t first_size = 0, second_size = 0;

    enum err in_stream = decode(file, &first_size, &first);
    enum err in_source = read_all(file, &second_size, &second);
    if (in_stream != OK)
        check_error(&first);
    if (in_source != OK)
        check_error(&second);
    if (in_stream == OK && in_source == OK)
        assert(first_size == second_size);
    return 0;
}
