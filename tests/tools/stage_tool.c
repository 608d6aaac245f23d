/* One stage of a deployment alone, for tests/bench/bench: seconds of it on standard output.
 *
 *     stage_tool read    FILE            its bytes, into a buffer
 *     stage_tool hash    FILE            SHA-256 of them, once they are in memory
 *     stage_tool unpack  FILE WORKERS    the disk of an image that is in memory, to a target that keeps nothing
 *     stage_tool write   PATH BYTES      bytes onto a new file, and flush it
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/checked.h"
#include "crypto/digest.h"
#include "host/file.h"
#include "host/workers.h"
#include "loader/port.h"
#include "tests/pipe.h"

#define MEMORY (64u << 20)
#define PIECE  (2u << 20)

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static enum err read_file(struct source *file, uint8_t *to, bool keep, struct error *e)
{
    for (uint64_t at = 0; at < file->size; at += READ_MAX)
        TRY(source_read(file, at, keep ? to + at : to, (size_t)min_u64(READ_MAX, file->size - at),
                        e));
    return OK;
}

static enum err unpack(struct bytes file, size_t workers, struct arena *a, struct error *e)
{
    static struct pipeline_tools tools;
    struct memory_source source;
    struct source_stream stream;
    static struct pipeline pipeline;
    struct image *image;
    struct target null;
    static struct writer writer;
    struct ring ring;
    bool done;

    threads_start(workers);
    memory_source_init(&source, "image", file);
    TRY(ring_init(&ring, RING_BUFFERS, 3u << 20, a, e));
    source_stream_open(&stream, &source.source, &ring);
    TRY(image_open(&stream.stream, file.len, a, &image, e));
    null_target_init(&null, image->capacity / 512 + 1, 512);
    null.zeroed = true;
    TRY(pipeline_tools_init(&tools, port_workers(), 1, a, e));
    TRY(writer_init(&writer, &null, tools.batches[0].room.at, a, e));
    TRY(writer_open(&writer, image, a, e));
    pipeline_open(&pipeline, &tools, &writer, image, &ring);
    do
        TRY(pipeline_step(&pipeline, &done, e));
    while (!done);
    threads_stop();
    return OK;
}

static enum err write_file(const char *path, uint64_t size, uint8_t *memory, struct error *e)
{
    struct file_target target = {0};

    memset(memory, 0x5a, PIECE);
    TRY(file_target_open(&target, path, size, e));
    for (uint64_t at = 0; at < size; at += PIECE) {
        TRY(target_wait(&target.target, e));
        TRY(target_submit(&target.target, at / 512, memory, (size_t)min_u64(PIECE, size - at) / 512,
                          e));
    }
    TRY(target_wait(&target.target, e));
    TRY(target_flush(&target.target, e));
    return file_target_close(&target, true, e);
}

static enum err run(char **args, struct error *e)
{
    uint8_t digest[DIGEST_MAX], *memory = malloc(MEMORY), *whole;
    struct file_source file;
    struct digest d;
    struct arena a;
    double start = now();

    memset(memory, 0, MEMORY);
    if (strcmp(args[0], "write") == 0) {
        start = now();
        TRY(write_file(args[1], strtoull(args[2], NULL, 10) & ~511ull, memory, e));
        printf("%.4f\n", now() - start);
        return OK;
    }
    TRY(file_source_open(&file, args[1], e));
    if (strcmp(args[0], "read") == 0) {
        start = now();
        TRY(read_file(&file.source, memory, false, e));
        printf("%.4f\n", now() - start);
        return OK;
    }
    whole = malloc((size_t)file.source.size);
    TRY(read_file(&file.source, whole, true, e));
    struct bytes bytes = {whole, (size_t)file.source.size};
    start = now();
    if (strcmp(args[0], "unpack") == 0) {
        arena_init(&a, memory, MEMORY, "unpacking");
        TRY(unpack(bytes, (size_t)atoi(args[2]), &a, e));
    } else {
        digest_start(&d, DIGEST_SHA256);
        digest_add(&d, bytes);
        digest_finish(&d, digest);
    }
    printf("%.4f\n", now() - start);
    return OK;
}

int main(int argc, char **argv)
{
    struct error e;

    if (argc < 3 ||
        (argc < 4 && (strcmp(argv[1], "write") == 0 || strcmp(argv[1], "unpack") == 0))) {
        fputs("see the head of tests/tools/stage_tool.c\n", stderr);
        return 2;
    }
    if (run(argv + 1, &e) != OK) {
        fprintf(stderr, "stage_tool: %s\n", e.text);
        return 1;
    }
    return 0;
}
