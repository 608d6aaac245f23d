/* Which package it is, and where: on a medium of the machine, or on a web server. */
#include <string.h>

#include "base/text.h"
#include "loader/ask.h"
#include "loader/course.h"
#include "loader/facts.h"
#include "loader/http_package.h"
#include "loader/menu.h"
#include "loader/words.h"
#include "parsers/gpt.h"

static const char *place_name(const struct found_package *p)
{
    return *p->file ? p->file : p->source->name;
}

/* A partition's name has less room than a file's: there it is enough that wanted begins so. */
static bool is_wanted(const struct found_package *p, const char *wanted)
{
    char cut[GPT_NAME_TEXT];

    if (text_same(place_name(p), wanted) || text_same(package_base_name(p->file), wanted))
        return true;
    return !*p->file && gpt_name_cut(wanted, cut) && text_same(place_name(p), cut);
}

static enum err ask_package(struct course *c, struct found_package *packages, size_t count,
                            size_t *out, struct error *e)
{
    struct arena scratch = c->loader->memory.work;
    struct menu_entry *entries;
    char label[400];

    TRY(TAKE(&scratch, count, &entries, e));
    for (size_t i = 0; i < count; i++) {
        size_t len = text_format(label, sizeof(label), "%s on %s", place_name(&packages[i]),
                                 packages[i].medium);
        TRY(arena_text(&scratch, label, len, &entries[i].label, e));
    }
    struct menu menu = {.title = WORDS_PACKAGES,
                        .question = WORDS_WHICH_PACKAGE,
                        .entries = entries,
                        .count = count,
                        .marked = c->answers->package,
                        .by_default = ASK_NO_DEFAULT};
    TRY(menu_choose(&menu, out, e));
    c->answers->package = *out;
    return OK;
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
        TRY(ask_package(c, packages, count, &chosen, e));
    c->place = &packages[chosen];
    return OK;
}

/* A package from the network lies on no medium of this machine. */
static enum err open_remote(struct course *c, const char *url, struct error *e)
{
    const struct config *config = &c->loader->config;
    struct arena *a = &c->loader->memory.package;
    struct http_folder *f = &c->remote;
    char size[TEXT_SIZE_MAX];

    if (facts_fill_url(&c->machine, url, 0, a, &url, e) != OK)
        return within(e, "source");
    TRY(online_start(&c->online, e));
    *f = (struct http_folder){.client = c->online.client, .url = url, .hold_max = UINT64_MAX};
    if (config->allow_host)
        TRY(http_allow(f, config->allow_host, a, e));
    TRY(http_package_open(f, a, &c->package, e));
    TRY(TAKE(a, 1, &c->place, e));
    c->place->path = "";
    c->report.place = f->folder.name;
    if (c->package.folder == &f->folder)
        port_say("Package    %s", f->folder.name);
    else
        port_say("Package    %s, %s", f->folder.name,
                 text_size(size, c->package.archive.file->size));
    c->report.size = c->package.folder == &f->folder ? 0 : c->package.archive.file->size;
    return OK;
}

static enum err open_from_medium(struct course *c, struct error *e)
{
    struct arena *a = &c->loader->memory.package;
    struct found_package *place = c->place;
    char size[TEXT_SIZE_MAX], where[400];

    text_format(where, sizeof(where), "%s on %s", place_name(place), place->medium);
    TRY(arena_text(a, where, strlen(where), &c->report.place, e));
    if (place->kind == PACKAGE_DESCRIPTOR) {
        port_say("Package    %s", where);
        return package_open_folder(&c->package, place->folder, place->file, a, e);
    }
    port_say("Package    %s, %s", where, text_size(size, place->source->size));
    c->report.size = place->source->size;
    return package_open_archive(&c->package, place->source, a, e);
}

/* No medium holds it, but ovfboot itself came from a web server. */
static enum err open_beside(struct course *c, const char *name, struct error *e)
{
    const char *start = c->online.start;
    char reference[URL_MAX], *url;
    struct url base;

    if (url_is_tftp(start))
        return fail(e, ERR_SETTING,
                    "source = %s: no medium holds it, and from %s, where ovfboot came from, no "
                    "package can come: that needs http or https",
                    name, start);
    TRY(TAKE(&c->loader->memory.package, URL_MAX, &url, e));
    TRY(url_parse(start, strlen(start), &base, e));
    if (!url_encode_path(name, reference))
        return fail(e, ERR_TOO_BIG, "source = %s: is too long for a URL", name);
    TRY(url_resolve(&base, (struct bytes){(const uint8_t *)reference, strlen(reference)}, url, e));
    return open_remote(c, url, e);
}

enum err open_package(struct course *c, struct error *e)
{
    const char *source = c->loader->config.source;
    struct error why;

    if (source && url_is(source))
        return open_remote(c, source, e);
    if (source && url_is_tftp(source))
        return fail(e, ERR_SETTING, "source = %s: a package comes by http or https, not by tftp",
                    source);
    enum err err = choose_from_media(c, &why);
    if (err == OK)
        return open_from_medium(c, e);
    if (err == ERR_NOT_FOUND && source && c->online.start)
        return open_beside(c, source, e);
    *e = why;
    return err;
}
