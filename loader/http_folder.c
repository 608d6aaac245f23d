#include "loader/http_folder.h"

#include <string.h>

#include "base/checked.h"
#include "base/text.h"
#include "loader/port.h"

/* Room for the front of it: as much as there is. */
static enum err take_room(const struct http_source *s, uint64_t *room, uint8_t **out,
                          struct error *e)
{
    uint64_t least = s->has_size ? min_u64(*room, HTTP_FRONT_MIN) : *room;
    char size[TEXT_SIZE_MAX];
    struct error why;

    *out = NULL;
    while (*room && port_take_memory(*room, out, &why) != OK) {
        if (*room == least)
            return fail(e, ERR_NO_MEMORY,
                        "%s: the server sends no parts of it (Range), so that %s of it must be "
                        "kept in memory: %s",
                        s->shown, text_size(size, least), why.text);
        *room = max_u64(*room / 2, least);
    }
    return OK;
}

static enum err hold(struct http_folder *f, struct http_source *s, struct error *e)
{
    uint64_t room = f->hold_max - min_u64(f->held, f->hold_max);
    uint8_t *memory;

    room = min_u64(room, s->has_size ? s->told : HTTP_FOLDER_UNTOLD);
    TRY(take_room(s, &room, &memory, e));
    TRY(http_source_hold(s, memory, (size_t)room, e));
    f->held += s->held_len;
    return OK;
}

enum err http_folder_fetch(struct http_folder *f, const char *url, struct arena *a,
                           struct source **out, struct error *e)
{
    struct http_source *s;

    TRY(TAKE(a, 1, &s, e));
    TRY(http_source_open(s, f->client, url, a, e));
    *out = &s->source;
    return s->can_range ? OK : hold(f, s, e);
}

static bool is_allowed(const struct http_folder *f, const struct url *own, const struct url *url)
{
    char host[URL_HOST_MAX];

    if (url_same_host(own, url))
        return true;
    url_host(url, host);
    for (size_t i = 0; i < f->allowed_count; i++)
        if (text_same(f->allowed[i], host))
            return true;
    return false;
}

/* A URL that the descriptor names.  What came by https does not lead to http. */
static enum err check_url(const struct http_folder *f, const struct url *own, const char *name,
                          struct error *e)
{
    char host[URL_HOST_MAX];
    struct url url;

    TRY(url_parse(name, strlen(name), &url, e));
    url_host(&url, host);
    if (own->secure && !url.secure)
        return fail(e, ERR_UNSUPPORTED,
                    "a file of a package that came by https is to come from %s by http", host);
    if (!is_allowed(f, own, &url))
        return fail(e, ERR_UNSUPPORTED,
                    "a file of the package is on another host, %s, which is not allowed", host);
    return OK;
}

static enum err open_file(struct http_folder *f, const char *name, struct arena *a,
                          struct source **out, struct error *e)
{
    char *reference, *url;
    struct url own;

    TRY(url_parse(f->url, strlen(f->url), &own, e));
    if (url_is(name)) {
        TRY(check_url(f, &own, name, e));
        return http_folder_fetch(f, name, a, out, e);
    }
    TRY(TAKE(a, URL_MAX, &reference, e));
    TRY(TAKE(a, URL_MAX, &url, e));
    if (!url_encode_path(name, reference))
        return fail(e, ERR_TOO_BIG, "a file name is too long for a URL");
    TRY(url_resolve(&own, (struct bytes){(const uint8_t *)reference, strlen(reference)}, url, e));
    return http_folder_fetch(f, url, a, out, e);
}

/* The file's name is what the manifest calls it; messages of the client have the URL. */
static enum err folder_open(struct folder *folder, const char *name, struct arena *a,
                            struct source **out, struct error *e)
{
    TRY(open_file((struct http_folder *)folder, name, a, out, e));
    return arena_text(a, name, strlen(name), &(*out)->name, e);
}

enum err http_folder_init(struct http_folder *f, struct arena *a, const char **file,
                          struct error *e)
{
    static const struct folder_ops ops = {folder_open};
    struct url url;
    char name[URL_MAX];

    TRY(url_parse(f->url, strlen(f->url), &url, e));
    f->folder.ops = &ops;
    TRY(http_name(f->url, a, &f->folder.name, e));
    while (url.path.len && memchr(url.path.at, '/', url.path.len))
        take(&url.path, 1);
    if (!url.path.len || !url_decode(url.path, name, sizeof(name)) || strchr(name, '/'))
        return fail(e, ERR_SETTING, "%s: the URL names no file", f->folder.name);
    return arena_text(a, name, strlen(name), file, e);
}
