/* Which package it is, and where: on a medium of the machine, or on a web server. */
#include <string.h>

#include "base/text.h"
#include "loader/ask.h"
#include "loader/course.h"
#include "loader/http_package.h"

static const char *place_name(const struct found_package *p)
{
    return *p->file ? p->file : p->source->name;
}

static bool is_wanted(const struct found_package *p, const char *wanted)
{
    return text_same(place_name(p), wanted) || text_same(package_base_name(p->file), wanted);
}

static enum err ask_package(struct found_package *packages, size_t count, size_t *out,
                            struct error *e)
{
    port_say("Packages on the media of this machine:");
    for (size_t i = 0; i < count; i++)
        port_say("  %zu  %s on %s", i + 1, place_name(&packages[i]), packages[i].medium);
    return ask_number("Which package? Number, or Escape to stop:", count, ASK_NO_DEFAULT, out, e);
}

static enum err choose_from_media(struct course *c, struct error *e)
{
    const char *wanted = c->loader->config.source;
    struct found_package *packages;
    size_t count, fitting = 0, chosen = 0;

    TRY(port_find_packages(&c->loader->memory.package, &packages, &count, e));
    if (!count)
        return fail(e, ERR_NOT_FOUND, "no package: no medium holds an .ova or .ovf file");
    for (size_t i = 0; i < count; i++)
        if (!wanted || is_wanted(&packages[i], wanted)) {
            chosen = i;
            fitting++;
        }
    if (!fitting)
        return fail(e, ERR_NOT_FOUND, "source = %s: no medium holds it; there is %s%s", wanted,
                    place_name(&packages[0]), count > 1 ? " and more" : "");
    if (fitting > 1 && wanted)
        return fail(e, ERR_SETTING, "source = %s: is on %zu media", wanted, fitting);
    if (fitting > 1 && c->loader->config.unattended)
        return fail(e, ERR_SETTING, "there are %zu packages: source = NAME says which", fitting);
    if (fitting > 1)
        TRY(ask_package(packages, count, &chosen, e));
    c->place = &packages[chosen];
    return OK;
}

/* A package from the network lies on no medium of this machine. */
static enum err open_remote(struct course *c, struct error *e)
{
    const struct config *config = &c->loader->config;
    struct arena *a = &c->loader->memory.package;
    struct http_folder *f = &c->remote;
    char size[TEXT_SIZE_MAX];

    TRY(online_start(&c->online, config, &c->authority, a, e));
    *f = (struct http_folder){
        .client = c->online.client, .url = config->source, .hold_max = UINT64_MAX};
    if (config->allow_host)
        TRY(http_allow(f, config->allow_host, a, e));
    TRY(http_package_open(f, a, &c->package, e));
    TRY(TAKE(a, 1, &c->place, e));
    c->place->path = "";
    if (c->package.folder == &f->folder)
        port_say("Package    %s", f->folder.name);
    else
        port_say("Package    %s, %s", f->folder.name,
                 text_size(size, c->package.archive.file->size));
    return OK;
}

static enum err open_from_medium(struct course *c, struct error *e)
{
    struct arena *a = &c->loader->memory.package;
    struct found_package *place = c->place;
    char size[TEXT_SIZE_MAX];

    if (place->kind == PACKAGE_DESCRIPTOR) {
        port_say("Package    %s on %s", place_name(place), place->medium);
        return package_open_folder(&c->package, place->folder, place->file, a, e);
    }
    port_say("Package    %s on %s, %s", place_name(place), place->medium,
             text_size(size, place->source->size));
    return package_open_archive(&c->package, place->source, a, e);
}

enum err open_package(struct course *c, struct error *e)
{
    if (c->loader->config.source && url_is(c->loader->config.source))
        return open_remote(c, e);
    TRY(choose_from_media(c, e));
    return open_from_medium(c, e);
}
