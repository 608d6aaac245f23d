#include "loader/http_package.h"

#include <string.h>

#include "base/text.h"

enum err http_make_set(const struct config *config, const struct trust *trust, struct clock clock,
                       struct arena *a, struct http **out, struct error *e)
{
    struct http_settings settings = {.trust = trust,
                                     .clock = clock,
                                     .proxy = config->proxy,
                                     .attempts = config->retries + 1,
                                     .stall_ms = config->stall * 1000,
                                     .total_ms = config->timeout * 1000ull};

    return http_make(&settings, a, out, e);
}

enum err http_allow(struct http_folder *f, const char *text, struct arena *a, struct error *e)
{
    const char **hosts;

    TRY(TAKE(a, strlen(text) + 1, &hosts, e));
    for (;;) {
        while (*text == ',' || *text == ' ')
            text++;
        size_t len = strcspn(text, ", ");
        if (!len)
            break;
        TRY(arena_text(a, text, len, &hosts[f->allowed_count++], e));
        text += len;
    }
    f->allowed = hosts;
    return OK;
}

enum err http_package_open(struct http_folder *f, struct arena *a, struct package *out,
                           struct error *e)
{
    struct http_source *descriptor;
    struct source *file;
    const char *name;

    TRY(http_folder_init(f, a, &name, e));
    if (!text_ends(name, ".ovf")) {
        TRY(http_folder_fetch(f, f->url, a, &file, e));
        return package_open_archive(out, file, a, e);
    }
    /* Else the first that is missed would be its manifest. */
    TRY(TAKE(a, 1, &descriptor, e));
    TRY(http_source_open(descriptor, f->client, f->url, a, e));
    TRY(package_open_folder(out, &f->folder, name, a, e));
    out->takes_urls = true;
    return OK;
}
