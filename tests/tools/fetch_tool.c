/* tests/tools/fetch_tool.c - reads a whole URL through loader/http into nothing, for tests/bench/fetch.
 *
 *     fetch_tool URL [AUTHORITIES]
 *
 * Prints how many bytes came.  Messages go to stderr; the exit code is the enum err.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/checked.h"
#include "loader/http.h"

#define MEMORY (32u << 20)
#define PIECE  (1u << 20) /* bytes, as the loader reads a disk */

static enum err read_authorities(const char *path, struct trust *trust, struct arena *a,
                                 struct error *e)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes;

    if (!file)
        return fail(e, ERR_NOT_FOUND, "%s: cannot open", path);
    TRY(arena_take(a, TRUST_FILE_MAX, 1, 1, (void **)&bytes, e));
    size_t len = fread(bytes, 1, TRUST_FILE_MAX, file);
    fclose(file);
    return trust_add(trust, path, (struct bytes){bytes, len}, a, e);
}

static enum err fetch(const char *url, const char *authorities, struct arena *a, struct error *e)
{
    static struct trust trust;
    struct http_settings settings = {.trust = &trust,
                                     .clock = {.now = {true, (uint64_t)time(NULL)}}};
    struct http_source s;
    struct http *client;
    uint8_t *piece;

    if (authorities)
        TRY(read_authorities(authorities, &trust, a, e));
    TRY(arena_take(a, PIECE, 1, 64, (void **)&piece, e));
    TRY(http_make(&settings, a, &client, e));
    TRY(http_source_open(&s, client, url, a, e));
    for (uint64_t at = 0; at < s.source.size; at += PIECE)
        TRY(source_read(&s.source, at, piece, (size_t)min_u64(PIECE, s.source.size - at), e));
    http_end(client);
    printf("%llu\n", (unsigned long long)s.source.size);
    return OK;
}

int main(int count, char **args)
{
    struct error e;
    struct arena a;

    if (count < 2)
        return 2;
    arena_init(&a, malloc(MEMORY), MEMORY, "fetching");
    enum err err = fetch(args[1], count > 2 ? args[2] : NULL, &a, &e);
    if (err != OK)
        fprintf(stderr, "fetch_tool: %s\n", e.text);
    return (int)err;
}
