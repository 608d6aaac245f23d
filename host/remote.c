#include "host/remote.h"

#include <unistd.h>

#include "host/file.h"

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

enum err remote_client(struct remote *r, const struct arguments *arguments,
                       const struct config *config, struct clock clock, struct arena *a,
                       struct error *e)
{
    if (r->folder.client)
        return OK;
    TRY(read_trust(r, arguments, a, e));
    return http_make_set(config, &r->trust, clock, a, &r->folder.client, e);
}

enum err remote_open(struct remote *r, const struct arguments *arguments,
                     const struct config *config, struct clock clock, struct arena *a,
                     struct package *out, struct error *e)
{
    r->folder = (struct http_folder){.client = r->folder.client,
                                     .url = arguments->file,
                                     .allowed = arguments->allow_host.at,
                                     .allowed_count = arguments->allow_host.count,
                                     .hold_max = REMOTE_HOLD_MAX};
    if (config->allow_host && !arguments->allow_host.count)
        TRY(http_allow(&r->folder, config->allow_host, a, e));
    TRY(remote_client(r, arguments, config, clock, a, e));
    return http_package_open(&r->folder, a, out, e);
}

void remote_close(struct remote *r)
{
    http_end(r->folder.client);
}
