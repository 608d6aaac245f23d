#include "host/remote.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/text.h"
#include "host/file.h"
#include "host/system.h"

static enum err read_file(const char *path, struct arena *a, struct bytes *out, struct error *e)
{
    struct file_source file;
    uint8_t *bytes = NULL;
    size_t len = 0;

    enum err err = file_source_open(&file, path, e);
    if (err == OK && file.source.size > TRUST_FILE_MAX)
        err = fail(e, ERR_TOO_BIG, "%s: has %llu bytes; the limit is %u", path,
                   (unsigned long long)file.source.size, TRUST_FILE_MAX);
    if (err == OK) {
        len = (size_t)file.source.size;
        err = arena_take(a, len, 1, 1, (void **)&bytes, e);
    }
    if (err == OK)
        err = source_read(&file.source, 0, bytes, len, e);
    file_source_close(&file);
    *out = (struct bytes){bytes, len};
    return err;
}

static enum err read_trust(struct remote *r, const struct arguments *arguments, struct arena *a,
                           struct error *e)
{
    const struct argument_list *list = &arguments->https_trust;
    struct bytes bytes;

    for (size_t i = 0; i < list->count; i++) {
        TRY(read_file(list->at[i], a, &bytes, e));
        TRY(trust_add(&r->trust, list->at[i], bytes, a, e));
    }
    if (list->count || access(REMOTE_AUTHORITIES, R_OK) != 0)
        return OK;
    TRY(read_file(REMOTE_AUTHORITIES, a, &bytes, e));
    return trust_add_known(&r->trust, REMOTE_AUTHORITIES, bytes, a, e);
}

/* Stays until the program ends, and is taken from the machine only as far as it is used. */
static enum err take_memory(size_t size, uint8_t **out, struct error *e)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    *out = memory;
    return memory != MAP_FAILED ? OK : system_fail(e, ERR_NO_MEMORY, "cannot take %zu bytes", size);
}

static enum err make_client(struct remote *r, const struct arguments *arguments, struct clock clock,
                            struct arena *a, struct error *e)
{
    struct http_settings settings = {.trust = &r->trust,
                                     .clock = clock,
                                     .proxy = arguments->proxy,
                                     .attempts = arguments->retries + 1,
                                     .stall_ms = arguments->stall * 1000};

    r->folder = (struct http_folder){.url = arguments->file,
                                     .allowed = arguments->allow_host.at,
                                     .allowed_count = arguments->allow_host.count,
                                     .hold_max = REMOTE_HOLD_MAX,
                                     .memory = take_memory};
    return http_make(&settings, a, &r->folder.client, e);
}

enum err remote_open(struct remote *r, const struct arguments *arguments, struct clock clock,
                     struct arena *a, struct package *out, struct error *e)
{
    struct source *file;
    const char *name;

    TRY(read_trust(r, arguments, a, e));
    TRY(make_client(r, arguments, clock, a, e));
    TRY(http_folder_init(&r->folder, a, &name, e));
    if (!text_ends(name, ".ovf")) {
        TRY(http_folder_fetch(&r->folder, arguments->file, a, &file, e));
        return package_open_archive(out, file, a, e);
    }
    TRY(package_open_folder(out, &r->folder.folder, name, a, e));
    out->takes_urls = true;
    return OK;
}

void remote_close(struct remote *r)
{
    http_end(r->folder.client);
}
