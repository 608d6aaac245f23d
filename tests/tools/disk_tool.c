/* tests/tools/disk_tool.c - disks/ on the command line, for comparing with other tools.
 *
 *     disk_tool write IMAGE OUT [SECTORS SECTOR_SIZE [VOLUME]]
 *                                                       as it is deployed: stream, writer, seal
 *     disk_tool rewrite DISK SECTOR_SIZE VOLUME         the configuration that is on it
 *     disk_tool read IMAGE OUT                          at any offset, through image_source_open
 *     disk_tool loader DISK                             the guest's boot loader
 *     disk_tool resector IMAGE OUT SECTOR_SIZE          as it would be on such sectors
 *
 * OUT is as large as the target, and full of garbage before: without SECTORS, as large as the
 * guest disk; SECTORS 0: large enough for it and the volume.  Messages go to stderr; the exit code is the enum err.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disks/config_volume.h"
#include "disks/guest.h"
#include "disks/map.h"
#include "disks/resector.h"
#include "disks/writer.h"
#include "loader/parts.h"
#include "tests/pipe.h"

#define MEMORY (96u << 20)

struct file_source {
    struct source source;
    int fd;
};

struct file_target {
    struct target target;
    int fd;
};

static enum err file_read(struct source *s, uint64_t offset, void *to, size_t len, struct error *e)
{
    if (pread(((struct file_source *)s)->fd, to, len, (off_t)offset) != (ssize_t)len)
        return fail(e, ERR_IO, "%s: cannot read", s->name);
    return OK;
}

static enum err target_put(struct target *t, uint64_t lba, const void *from, size_t count,
                           struct error *e)
{
    size_t len = count * t->sector_size;

    if (pwrite(((struct file_target *)t)->fd, from, len, (off_t)(lba * t->sector_size)) !=
        (ssize_t)len)
        return fail(e, ERR_IO, "%s: cannot write", t->name);
    return OK;
}

static enum err target_get(struct target *t, uint64_t lba, void *to, size_t count, struct error *e)
{
    size_t len = count * t->sector_size;

    if (pread(((struct file_target *)t)->fd, to, len, (off_t)(lba * t->sector_size)) !=
        (ssize_t)len)
        return fail(e, ERR_IO, "%s: cannot read", t->name);
    return OK;
}

static enum err target_sync(struct target *t, struct error *e)
{
    (void)t, (void)e;
    return OK;
}

static enum err open_source(const char *path, struct file_source *s, struct error *e)
{
    static const struct source_ops ops = {.read = file_read};
    struct stat info;
    int fd = open(path, O_RDONLY);

    if (fd < 0 || fstat(fd, &info) != 0)
        return fail(e, ERR_NOT_FOUND, "%s: cannot open", path);
    *s = (struct file_source){{.ops = &ops, .name = path, .size = (uint64_t)info.st_size}, fd};
    return OK;
}

/* A file of that size with garbage in its first and last 64 MiB; more would only take time. */
static enum err open_target(const char *path, uint64_t sectors, uint32_t sector_size,
                            struct file_target *t, struct error *e)
{
    static const struct target_ops ops = {
        .write = target_put, .read = target_get, .flush = target_sync};
    uint64_t size = sectors * sector_size, ends = 64u << 20;
    static uint8_t garbage[1 << 20];

    memset(garbage, 0xa5, sizeof(garbage));
    *t = (struct file_target){{&ops, path, sectors, sector_size, 1, false},
                              open(path, O_RDWR | O_CREAT | O_TRUNC, 0666)};
    if (t->fd < 0 || ftruncate(t->fd, (off_t)size) != 0)
        return fail(e, ERR_IO, "%s: cannot create", path);
    for (uint64_t at = 0; at < size; at += sizeof(garbage)) {
        size_t len = size - at < sizeof(garbage) ? (size_t)(size - at) : sizeof(garbage);
        if ((at < ends || size - at < ends) && pwrite(t->fd, garbage, len, (off_t)at) < 0)
            return fail(e, ERR_IO, "%s: cannot write", path);
    }
    return OK;
}

static const uint8_t config_guid[16] = {0x78, 0x56, 0x34, 0x12, 0x34, 0x12, 0x78, 0x56,
                                        0x9a, 0xbc, 1,    2,    3,    4,    5,    6};

static const uint8_t config_mark[CONFIG_MARK_SIZE] = {0x77};

static enum err load(const char *path, struct arena *a, struct bytes *out, struct error *e)
{
    struct file_source file;
    uint8_t *at;

    TRY(open_source(path, &file, e));
    TRY(arena_take(a, (size_t)file.source.size, 1, 1, (void **)&at, e));
    TRY(source_read(&file.source, 0, at, (size_t)file.source.size, e));
    *out = (struct bytes){at, (size_t)file.source.size};
    return OK;
}

static enum err rewrite(char **args, struct arena *a, struct error *e)
{
    static const struct target_ops ops = {
        .write = target_put, .read = target_get, .flush = target_sync};
    static uint8_t buffer[1 << 20];
    uint32_t sector = (uint32_t)atoi(args[1]);
    struct config_volume found;
    struct file_source file;
    struct bytes volume;

    TRY(open_source(args[0], &file, e));
    TRY(load(args[2], a, &volume, e));
    TRY(config_volume_find(&file.source, sector, "cidata", *a, &found, e));
    struct file_target target = {{&ops, args[0], file.source.size / sector, sector, 1, false},
                                 open(args[0], O_RDWR)};
    printf("partition %u at %llu, %llu bytes\n", found.number, (unsigned long long)found.offset,
           (unsigned long long)found.size);
    return config_volume_rewrite(&target.target, &found, config_mark, volume, buffer,
                                 sizeof(buffer), e);
}

struct beside {
    struct folder folder;
    const char *path; /* of the image; the others lie beside it */
};

static enum err open_beside(struct folder *f, const char *name, struct arena *a,
                            struct source **out, struct error *e)
{
    const char *path = ((struct beside *)f)->path;
    size_t front = (size_t)(package_base_name(path) - path), room = front + strlen(name) + 1;
    struct file_source *file;
    char *full;

    TRY(TAKE(a, 1, &file, e));
    TRY(arena_take(a, room, 1, 1, (void **)&full, e));
    snprintf(full, room, "%.*s%s", (int)front, path, name);
    TRY(open_source(full, file, e));
    *out = &file->source;
    return OK;
}

/* All files of a VMDK, as the loader finds them in a package. */
static enum err open_files(const char *path, struct arena *a, struct source **out, struct error *e)
{
    static const struct folder_ops ops = {open_beside};
    static struct beside beside;
    const struct proof proof = {.has_manifest = false};
    const struct ovf_file file = {.href = package_base_name(path)};
    struct package package = {.name = "disk_tool", .folder = &beside.folder, .directory = ""};
    struct parts parts;

    beside = (struct beside){{&ops, "disk_tool"}, path};
    TRY(parts_open(&package, &proof, &file, a, &parts, e));
    *out = parts.source;
    return OK;
}

/* An image of any kind; *stream is drained afterwards when it is read in order. */
static enum err open_image(struct source *file, struct source_stream *stream, bool *by_map,
                           struct ring *ring, struct arena *a, struct image **out, struct error *e)
{
    struct map *map;

    TRY(map_knows(file, by_map, e));
    if (*by_map) {
        TRY(map_open(file, a, &map, e));
        return map_image_open(map, ring, a, out, e);
    }
    source_stream_open(stream, file, ring);
    return image_open(&stream->stream, file->size, a, out, e);
}

static enum err write_disk(char **args, int count, struct arena *a, struct error *e)
{
    static struct writer writer;
    struct source_stream stream;
    struct file_target target;
    struct source *file;
    struct image *image;
    struct bytes volume = {0};
    struct ring ring;
    uint8_t *buffer;
    bool by_map;

    TRY(open_files(args[0], a, &file, e));
    TRY(ring_init(&ring, RING_BUFFERS, 3u << 20, a, e));
    TRY(open_image(file, &stream, &by_map, &ring, a, &image, e));
    uint32_t sector_size = count > 3 ? (uint32_t)atoi(args[3]) : 512;
    uint64_t sectors =
        count > 2 ? strtoull(args[2], NULL, 10) : (image->capacity + sector_size - 1) / sector_size;
    if (count > 4)
        TRY(load(args[4], a, &volume, e));
    if (sectors == 0)
        sectors = partition_target_sectors(image->capacity, volume.len, sector_size);
    TRY(open_target(args[1], sectors, sector_size, &target, e));
    TRY(arena_take(a, WRITER_BUFFER, 1, 4096, (void **)&buffer, e));
    TRY(writer_init(&writer, &target.target, buffer, a, e));
    TRY(writer_open(&writer, image, a, e));
    TRY(writer_erase(&writer, e));
    TRY(pipe_all(&writer, image, &ring, *a, e));
    if (!by_map)
        TRY(stream_drain(&stream.stream, e));
    for (bool done = false; !done;)
        TRY(writer_fill(&writer, &done, e));
    if (volume.len)
        TRY(writer_set_config(&writer, volume, config_guid, e));
    TRY(writer_seal(&writer, e));
    printf("%s of %llu bytes, gpt %d, %llu bytes written\n", image->format,
           (unsigned long long)image->capacity, (int)writer.gpt,
           (unsigned long long)writer.bytes_written);
    if (volume.len)
        printf("partition %u at %llu\n", writer.config_added.number,
               (unsigned long long)writer.config_added.first * sector_size);
    return OK;
}

static enum err write_source(struct source *disk, const char *path, struct error *e)
{
    static uint8_t piece[100000]; /* not a multiple of anything */
    FILE *out = fopen(path, "wb");

    if (!out)
        return fail(e, ERR_IO, "%s: cannot create", path);
    for (uint64_t at = 0; at < disk->size; at += sizeof(piece)) {
        size_t len = disk->size - at < sizeof(piece) ? (size_t)(disk->size - at) : sizeof(piece);
        TRY(source_read(disk, at, piece, len, e));
        if (fwrite(piece, 1, len, out) != len)
            return fail(e, ERR_IO, "%s: cannot write", path);
    }
    fclose(out);
    return OK;
}

static enum err read_disk(char **args, struct arena *a, struct error *e)
{
    struct source *disk, *file;

    TRY(open_files(args[0], a, &file, e));
    TRY(image_source_open(file, a, &disk, e));
    return write_source(disk, args[1], e);
}

static enum err resector(char **args, struct arena *a, struct error *e)
{
    struct source *disk, *file;
    struct resector *view;

    TRY(open_files(args[0], a, &file, e));
    TRY(image_source_open(file, a, &disk, e));
    size_t before = arena_room(a);
    TRY(resector_open(disk, 0, (uint32_t)atoi(args[2]), a, &view, e));
    printf("%zu FAT, %llu bytes, %zu bytes of memory\n", view->fats,
           (unsigned long long)view->source.size, before - arena_room(a));
    return write_source(&view->source, args[1], e);
}

static enum err find_loader(char **args, struct arena *a, struct error *e)
{
    struct guest_loader loader;
    struct file_source file;
    struct source *disk;

    TRY(open_source(args[0], &file, e));
    TRY(image_source_open(&file.source, a, &disk, e));
    TRY(guest_find_loader(disk, GUEST_X86_64, *a, &loader, e));
    printf("partition %u at %llu: %s\n", loader.partition.number,
           (unsigned long long)loader.partition.offset, loader.path);
    return OK;
}

int main(int argc, char **argv)
{
    struct error e = {.code = OK};
    struct arena a;
    enum err code = ERR_SETTING;

    arena_init(&a, malloc(MEMORY), MEMORY, "disk_tool");
    if (argc >= 4 && strcmp(argv[1], "write") == 0)
        code = write_disk(argv + 2, argc - 2, &a, &e);
    else if (argc == 5 && strcmp(argv[1], "rewrite") == 0)
        code = rewrite(argv + 2, &a, &e);
    else if (argc == 4 && strcmp(argv[1], "read") == 0)
        code = read_disk(argv + 2, &a, &e);
    else if (argc == 3 && strcmp(argv[1], "loader") == 0)
        code = find_loader(argv + 2, &a, &e);
    else if (argc == 5 && strcmp(argv[1], "resector") == 0)
        code = resector(argv + 2, &a, &e);
    else
        fprintf(stderr, "usage: disk_tool write|read IMAGE OUT, or disk_tool loader DISK\n");
    if (code != OK)
        fprintf(stderr, "%s\n", e.text);
    return (int)code;
}
