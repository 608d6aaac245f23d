/* Settings from everywhere, in their order; what each is stands in loader/config.c. */
#include <string.h>

#include "base/text.h"
#include "loader/config.h"
#include "loader/facts.h"
#include "parsers/settings.h"

static bool is_sealed(const struct settings *sealed, const char *key)
{
    for (size_t i = 0; sealed && i < sealed->count; i++)
        if (strcmp(sealed->at[i].key, key) == 0)
            return true;
    return false;
}

/* What a place may not say. */
static enum err check_key(const struct config_source *source, const struct settings *sealed,
                          const char *key, struct error *e)
{
    if (is_sealed(sealed, key))
        return fail(e, ERR_SETTING, "%s is sealed into this loader", key);
    if (source->from != CONFIG_HERE && text_starts(key, CONFIG_NETWORK))
        return fail(e, ERR_SETTING,
                    "%s comes too late in a file that is fetched: the network is up by then", key);
    if (source->from == CONFIG_CONF && text_same(key, "conf"))
        return fail(e, ERR_SETTING, "the file that conf names cannot name another");
    return OK;
}

static enum err apply(struct config *c, const struct config_source *source,
                      const struct settings *s, const struct settings *sealed, struct error *e)
{
    for (size_t i = 0; i < s->count; i++) {
        struct config_place place = {source->where, source->unit, s->at[i].line};
        enum err err = check_key(source, sealed, s->at[i].key, e);
        if (err == OK)
            err = config_set(c, s->at[i].key, s->at[i].value, place, e);
        if (err != OK)
            return within(e, "%s: %s %u", source->where, source->unit, s->at[i].line);
        if (text_same(s->at[i].key, "verify"))
            c->verify_is_plain = source->is_plain;
    }
    return OK;
}

static enum err read_source(struct config *c, const struct config_source *source,
                            const struct settings *sealed, struct arena *a, struct error *e)
{
    struct settings settings;
    enum err err = source->is_words ? settings_parse_options(source->text, a, &settings, e)
                                    : settings_parse(source->text, a, &settings, e);

    if (err != OK)
        return within(e, "%s", source->where);
    return apply(c, source, &settings, sealed, e);
}

enum err config_read(struct bytes sealed_text, const struct config_source *sources, size_t count,
                     struct arena *a, struct config *out, struct error *e)
{
    const struct config_source policy = {.where = "sealed policy", .unit = "line"};
    struct settings sealed;

    *out = (struct config){.verify = VERIFY_DEFAULT,
                           .on_success = AFTER_BOOT,
                           .on_failure = AFTER_WAIT,
                           .log = ANSWER_YES,
                           .retries = CONFIG_RETRIES};
    if (settings_parse(sealed_text, a, &sealed, e) != OK)
        return within(e, "sealed policy");
    TRY(apply(out, &policy, &sealed, NULL, e));
    for (size_t i = 0; i < out->property_count; i++)
        out->properties[i].sealed = true;
    for (size_t i = 0; i < count; i++)
        TRY(read_source(out, &sources[i], &sealed, a, e));
    return config_settle(out, e);
}

enum err config_fill_facts(struct config *c, const struct machine *m, struct arena *a,
                           struct error *e)
{
    char place[CONFIG_PLACE_MAX];

    for (size_t i = 0; i < c->property_count; i++) {
        struct config_property *p = &c->properties[i];
        if (facts_fill(m, p->value, a, &p->value, e) != OK)
            return within(e, "%s: property.%s", config_place_text(&p->place, place), p->name);
    }
    return OK;
}
