/* tests/fuzz/replay.c - feeds files, and all files below folders, to a fuzz target: needs no clang.
 *
 *     fuzz_tar tests/corpus/tar crash-1234
 *
 * When the target dies, by an assert or by a sanitizer, the file's name is told.
 */
#include <dirent.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* There only in builds with sanitizers, which exit without a signal. */
__attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)(void));

#define QUEUE_MAX 65536

static char *queue[QUEUE_MAX]; /* paths still to be fed */
static size_t queued;
static size_t fed;
static const char *feeding = "";

static void tell(void)
{
    fprintf(stderr, "died of %s\n", feeding);
}

static void tell_abort(int number)
{
    (void)number;
    tell();
}

static void enqueue(const char *folder, const char *name)
{
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = malloc(size);

    if (!path || queued == QUEUE_MAX) {
        fprintf(stderr, "%s/%s: too many files\n", folder, name);
        exit(1);
    }
    snprintf(path, size, "%s%s%s", folder, *folder ? "/" : "", name);
    queue[queued++] = path;
}

static void feed_folder(const char *path, DIR *folder)
{
    for (struct dirent *d; (d = readdir(folder));)
        if (d->d_name[0] != '.')
            enqueue(path, d->d_name);
    closedir(folder);
}

static void feed_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct stat info;
    /* Exactly as large as the file: the sanitizer then sees one byte too far. */
    uint8_t *data = file && fstat(fileno(file), &info) == 0 ? malloc((size_t)info.st_size) : NULL;

    if (!file || (!data && info.st_size) ||
        fread(data, 1, (size_t)info.st_size, file) != (size_t)info.st_size) {
        perror(path);
        exit(1);
    }
    fclose(file);
    feeding = path;
    LLVMFuzzerTestOneInput(data, (size_t)info.st_size);
    free(data);
    fed++;
}

int main(int argc, char **argv)
{
    signal(SIGABRT, tell_abort);
    if (__sanitizer_set_death_callback)
        __sanitizer_set_death_callback(tell);
    for (int i = 1; i < argc; i++)
        enqueue("", argv[i]);
    while (queued) {
        char *path = queue[--queued];
        DIR *folder = opendir(path);
        if (folder)
            feed_folder(path, folder);
        else
            feed_file(path);
        free(path);
    }
    printf("%zu inputs survived\n", fed);
    return fed == 0;
}
