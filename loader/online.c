#include "loader/online.h"

#include "loader/http_package.h"
#include "loader/port.h"

static enum err read_trust(struct online *o, struct arena *a, struct error *e)
{
    struct named_file *files;
    size_t count;

    TRY(port_trust_files("https", a, &files, &count, e));
    for (size_t i = 0; i < count; i++)
        if (trust_add(&o->trust, files[i].name, files[i].contents, a, e) != OK)
            return within(e, "https");
    return OK;
}

enum err online_start(struct online *o, const struct config *config,
                      const struct authority *authority, struct arena *a, struct error *e)
{
    if (o->client)
        return OK;
    if (!authority->is_sealed)
        TRY(read_trust(o, a, e));
    TRY(port_network(&config->network, a, e));
    return http_make_set(config, o->trust.anchor_count ? &o->trust : &authority->trust,
                         authority->clock, a, &o->client, e);
}

void online_end(struct online *o)
{
    http_end(o->client);
}
