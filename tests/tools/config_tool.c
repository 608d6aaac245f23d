/* tests/tools/config_tool.c - making a FAT volume, on the command line.
 *
 *     config_tool make OUT SECTOR_SIZE MIB LABEL SERIAL SECONDS [PATH FILE]...
 *
 * MIB 0 is the usual size.  Messages go to stderr; the exit code is the enum err.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "disks/fat_make.h"

#define MEMORY    (192u << 20)
#define FILES_MAX 2000

static enum err load(const char *path, struct arena *a, struct bytes *out, struct error *e)
{
    FILE *file = fopen(path, "rb");
    uint8_t *at;

    if (!file || fseek(file, 0, SEEK_END) != 0)
        return fail(e, ERR_NOT_FOUND, "%s: cannot open", path);
    size_t len = (size_t)ftell(file);
    rewind(file);
    TRY(arena_take(a, len, 1, 1, (void **)&at, e));
    if (fread(at, 1, len, file) != len)
        return fail(e, ERR_IO, "%s: cannot read", path);
    fclose(file);
    *out = (struct bytes){at, len};
    return OK;
}

static enum err save(const char *path, struct bytes bytes, struct error *e)
{
    FILE *file = fopen(path, "wb");

    if (!file || fwrite(bytes.at, 1, bytes.len, file) != bytes.len || fclose(file) != 0)
        return fail(e, ERR_IO, "%s: cannot write", path);
    return OK;
}

static enum err make(char **args, int count, struct arena *a, struct error *e)
{
    static struct fat_make_file files[FILES_MAX];
    struct fat_make volume = {.sector_size = (uint32_t)atoi(args[1]),
                              .size = (uint32_t)atoi(args[2]) << 20,
                              .label = args[3],
                              .serial = (uint32_t)strtoul(args[4], NULL, 16),
                              .seconds = strtoull(args[5], NULL, 10),
                              .files = files};
    struct bytes out;

    for (int i = 6; i + 1 < count && volume.count < FILES_MAX; i += 2, volume.count++) {
        files[volume.count].path = args[i];
        TRY(load(args[i + 1], a, &files[volume.count].bytes, e));
    }
    TRY(fat_make(&volume, a, &out, e));
    return save(args[0], out, e);
}

int main(int argc, char **argv)
{
    struct error e = {.code = OK};
    struct arena a;
    enum err code = ERR_SETTING;

    arena_init(&a, malloc(MEMORY), MEMORY, "config_tool");
    if (argc >= 8 && strcmp(argv[1], "make") == 0)
        code = make(argv + 2, argc - 2, &a, &e);
    else
        fprintf(
            stderr,
            "usage: config_tool make OUT SECTOR_SIZE MIB LABEL SERIAL SECONDS [PATH FILE]...\n");
    if (code != OK)
        fprintf(stderr, "%s\n", e.text);
    return (int)code;
}
