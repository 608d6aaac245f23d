#include "tests/build/shared.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/test.h"

static bool read_all(const char *path, struct bytes *out)
{
    static uint8_t *kept;
    FILE *file = fopen(path, "rb");
    long size;

    if (!file)
        return false;
    fseek(file, 0, SEEK_END);
    size = ftell(file);
    rewind(file);
    free(kept);
    kept = malloc(size > 0 ? (size_t)size : 1);
    *out = (struct bytes){kept, size > 0 ? (size_t)size : 0};
    bool whole = kept && fread(kept, 1, out->len, file) == out->len;
    fclose(file);
    return whole;
}

bool shared_read(const char *path, struct bytes *out)
{
    const char *shared = getenv("OVFBOOT_SHARED");
    char full[1024];

    snprintf(full, sizeof(full), "%s/%s", shared ? shared : "../shared", path);
    if (read_all(full, out))
        return true;
    test_skip("the corpus is not there: set OVFBOOT_SHARED");
    return false;
}

bool seed_read(const char *path, struct bytes *out)
{
    if (read_all(path, out))
        return true;
    test_skip("run from the top of the repository");
    return false;
}
