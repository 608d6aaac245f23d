#include "tests/build/writer_rig.h"

#include <string.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "tests/build/disk_build.h"
#include "tests/fake_source.h"
#include "tests/pipe.h"

uint8_t written_guest[12 << 20], written_memory[40 << 20];
struct fake_target written_target;
struct error written_error;
size_t written_room_opened, written_room_sealed;

void written_build(struct vmdk_build *b, size_t size, uint32_t sector_size, uint32_t grain)
{
    struct build_partition part = {{0}, 64, 100, "root"};
    struct vmdk_options options = {.capacity = size / 512, .grain = grain / 512, .stored = true};
    size_t count = (size + grain - 1) / grain;

    memcpy(part.type, build_type_linux, 16);
    memset(written_guest, 0, sizeof(written_guest));
    for (size_t at = 65 * 4096; at + 60000 < size; at += 300000)
        fill_noise(written_guest + at, 60000, (uint32_t)at);
    if (sector_size)
        build_gpt(written_guest, size / sector_size, sector_size, &part, 1);
    vmdk_build_begin(b, options);
    /* Odd ones first: nothing is in order. */
    for (size_t i = 0; i < 2 * count; i++) {
        static uint8_t zeros[1 << 20];
        size_t at = (i < count ? i : i - count) * grain;
        size_t len = (size_t)min_u64(grain, size - at);
        if (at / grain % 2 != (i < count) || memcmp(written_guest + at, zeros, len) == 0)
            continue;
        vmdk_build_grain(b, at / 512, written_guest + at, len);
    }
    vmdk_build_end(b);
}

enum err written_begin(struct writer *w, struct target *t, const struct image *image,
                       struct arena *a)
{
    uint8_t *buffer;

    TRY(arena_take(a, WRITER_BUFFER, 1, 4096, (void **)&buffer, &written_error));
    memset(buffer, 0xa5, WRITER_BUFFER); /* as another writer may leave it */
    TRY(writer_init(w, t, buffer, a, &written_error));
    return writer_open(w, image, a, &written_error);
}

enum err written_deploy(const struct vmdk_build *b, struct writer *w)
{
    struct fake_stream stream;
    struct image *image;
    struct arena a;
    enum err code;

    arena_init(&a, written_memory, sizeof(written_memory), "tests");
    fake_stream_init(&stream, "disk.vmdk", (struct bytes){b->at, b->len}, 1 << 20);
    code = image_open(&stream.stream, 0, &a, &image, &written_error);
    if (code == OK)
        code = written_begin(w, &written_target.target, image, &a);
    written_room_opened = arena_room(&a);
    if (code == OK)
        code = writer_erase(w, &written_error);
    if (code == OK)
        code = pipe_all(w, image, NULL, a, &written_error);
    for (bool done = false; code == OK && !done;)
        code = writer_fill(w, &done, &written_error);
    if (code == OK)
        code = writer_seal(w, &written_error);
    written_room_sealed = arena_room(&a);
    fake_stream_release(&stream);
    return code;
}

bool written_is_bootable(const uint8_t *disk)
{
    return disk[510] == 0x55 && disk[511] == 0xaa;
}
