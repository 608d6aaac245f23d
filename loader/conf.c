/* Settings from everywhere: this machine and its media, the directory that ovfboot came from, and the
 * URL that conf names. */
#include <string.h>

#include "base/text.h"
#include "loader/course.h"
#include "loader/facts.h"
#include "loader/gather.h"

#define START_FILES 2 /* ovfboot.conf and one of the machine's */

/* In rising rank: files, then what conf names, then the rest. */
struct places {
    struct config_source at[GATHER_FILES + START_FILES + 1 + GATHER_PLACES];
    size_t files, count;
};

/* Put a file behind those that are there. */
static void add_file(struct places *p, struct config_source source)
{
    memmove(&p->at[p->files + 1], &p->at[p->files], (p->count - p->files) * sizeof(p->at[0]));
    p->at[p->files++] = source;
    p->count++;
}

static bool is_https(const char *url)
{
    return text_starts(url, "https://");
}

static enum err fetch(struct course *c, const char *url, enum config_from from, struct places *p,
                      struct error *e)
{
    struct config_source source = {.unit = "line", .from = from, .is_plain = !is_https(url)};

    TRY(online_fetch(&c->online, url, GATHER_FILE_MAX, &source.text, e));
    TRY(online_name(url, c->online.arena, &source.where, e));
    add_file(p, source);
    return OK;
}

/* A file that may be missing. */
static enum err fetch_beside(struct course *c, const char *name, struct places *p, bool *found,
                             struct error *e)
{
    char url[URL_MAX];
    struct error why;

    if (strlen(c->online.start) + strlen(name) >= sizeof(url))
        return fail(e, ERR_TOO_BIG, "the URL that ovfboot came from is too long");
    text_format(url, sizeof(url), "%s%s", c->online.start, name);
    enum err err = fetch(c, url, CONFIG_START, p, &why);
    *found = err == OK;
    if (err == OK || err == ERR_NOT_FOUND)
        return OK;
    *e = why;
    return err;
}

/* The same files as on a stick. */
static enum err fetch_start(struct course *c, struct places *p, struct error *e)
{
    char name[GATHER_NAME_MAX];
    bool found;
    size_t n = 0;

    TRY(fetch_beside(c, "ovfboot.conf", p, &found, e));
    found = false;
    while (!found && gather_machine_file(&c->machine, &n, name))
        TRY(fetch_beside(c, name, p, &found, e));
    return OK;
}

/* With the address of each network port in turn, where the URL has one. */
static enum err fetch_conf(struct course *c, struct places *p, struct error *e)
{
    const char *conf = c->loader->config.conf, *url;
    size_t ports = facts_use_mac(conf) ? c->machine.mac_count : 0, n = 0;
    struct error why;
    enum err err;

    if (!url_is(conf) && !url_is_tftp(conf))
        return fail(e, ERR_SETTING, "conf = %s: is no URL of http, https or tftp", conf);
    do {
        if (facts_fill_url(&c->machine, conf, n, c->online.arena, &url, e) != OK)
            return within(e, "conf");
        err = fetch(c, url, CONFIG_CONF, p, &why);
        n++;
    } while (err == ERR_NOT_FOUND && n < ports);
    if (err == OK)
        return OK;
    *e = why;
    return n > 1 && err == ERR_NOT_FOUND
               ? within(e, "conf: none for any of %zu network ports; the last is", n)
               : within(e, "conf");
}

/* What is weaker than a signature must not be decided by who is between here and a server. */
static enum err check_verify(const struct course *c, struct error *e)
{
    const struct config *config = &c->loader->config;

    if (config->verify_is_plain && c->authority.trust.anchor_count &&
        (config->verify == VERIFY_MANIFEST || config->verify == VERIFY_NONE))
        return fail(e, ERR_SETTING,
                    "verify: a settings file that came without https cannot ask for less than "
                    "signature where there are trust anchors");
    return OK;
}

static void say_places(struct course *c, const struct places *p)
{
    for (size_t i = 0; i < p->count; i++)
        port_say("%s %s", i ? "          " : "Settings  ", p->at[i].where);
    for (size_t i = 0; i < p->count; i++)
        if (p->at[i].is_plain)
            report_warn(&c->report, c->online.arena,
                        "%s came without https: who is on its way can change it", p->at[i].where);
}

enum err read_settings(struct course *c, struct bytes policy, struct error *e)
{
    struct config *config = &c->loader->config;
    struct arena *a = c->online.arena;
    struct places p;
    size_t rest;

    TRY(gather_files(&c->machine, a, p.at, &p.files, e));
    TRY(gather_places(&c->machine, a, p.at + p.files, &rest, e));
    p.count = p.files + rest;
    TRY(config_read(policy, p.at, p.count, a, config, e));
    TRY(port_start_url(a, &c->online.start, e));
    if (c->online.start) {
        TRY(fetch_start(c, &p, e));
        TRY(config_read(policy, p.at, p.count, a, config, e));
    }
    if (config->conf) {
        TRY(fetch_conf(c, &p, e));
        TRY(config_read(policy, p.at, p.count, a, config, e));
    }
    online_end(&c->online); /* what comes next goes by all of these settings */
    say_places(c, &p);
    TRY(check_verify(c, e));
    return config_fill_facts(config, &c->machine, a, e);
}
