#include "loader/online.h"

#include <string.h>

#include "loader/http_package.h"
#include "loader/port.h"

static enum err read_trust(struct online *o, struct error *e)
{
    struct named_file *files;
    size_t count;

    if (o->has_trust || o->authority->is_sealed)
        return OK;
    TRY(port_trust_files("https", o->arena, &files, &count, e));
    for (size_t i = 0; i < count; i++)
        if (trust_add(&o->trust, files[i].name, files[i].contents, o->arena, e) != OK)
            return within(e, "https");
    o->has_trust = true;
    return OK;
}

static enum err bring_up(struct online *o, struct error *e)
{
    if (o->is_up)
        return OK;
    if (o->is_broken)
        return fail(e, ERR_NETWORK, "the network did not come up");
    enum err err = port_network(&o->config->network, o->arena, e);
    o->is_up = err == OK;
    o->is_broken = err != OK;
    o->memory_end = o->arena->next;
    return err;
}

enum err online_start(struct online *o, struct error *e)
{
    if (o->client)
        return OK;
    TRY(read_trust(o, e));
    TRY(bring_up(o, e));
    TRY(http_make_set(o->config, o->trust.anchor_count ? &o->trust : &o->authority->trust,
                      o->authority->clock, o->arena, &o->client, e));
    o->memory_end = o->arena->next;
    return OK;
}

void online_end(struct online *o)
{
    http_end(o->client);
    o->retries += http_retries(o->client);
    o->client = NULL;
}

static enum err fetch_tftp(struct online *o, const char *url, size_t limit, struct bytes *out,
                           struct error *e)
{
    char host[URL_HOST_MAX], path[URL_MAX];
    struct url parts;
    bool found;

    TRY(url_parse_tftp(url, strlen(url), &parts, e));
    url_host(&parts, host);
    take(&parts.path, 1);
    if (!url_decode(parts.path, path, sizeof(path)))
        return fail(e, ERR_SETTING, "%s: its path is no text", url);
    TRY(bring_up(o, e));
    if (port_tftp(host, path, limit, o->arena, out, &found, e) != OK)
        return within(e, "%s", url);
    if (!found)
        return fail(e, ERR_NOT_FOUND, "%s: the server does not have it", url);
    return OK;
}

enum err online_fetch(struct online *o, const char *url, size_t limit, struct bytes *out,
                      struct error *e)
{
    if (url_is_tftp(url))
        return fetch_tftp(o, url, limit, out, e);
    TRY(online_start(o, e));
    return http_fetch(o->client, url, limit, o->arena, out, e);
}

enum err online_name(const char *url, struct arena *a, const char **out, struct error *e)
{
    return url_is_tftp(url) ? arena_text(a, url, strlen(url), out, e) : http_name(url, a, out, e);
}
