#include "loader/properties.h"

#include <string.h>

#include "base/text.h"
#include "parsers/ovf_value.h"

static size_t count_in(const struct ovf_system *s)
{
    size_t count = 0;

    for (size_t i = 0; i < s->product_count; i++)
        count += s->products[i].property_count;
    return count;
}

static enum err full_name(const struct ovf_product *product, const struct ovf_property *property,
                          struct arena *a, const char **out, struct error *e)
{
    size_t size = strlen(product->class) + strlen(property->key) + strlen(product->instance) + 3;
    char *name;

    TRY(TAKE(a, size, &name, e));
    (void)ovf_property_name(product, property, name, size);
    *out = name;
    return OK;
}

static struct property *named(const struct properties *p, const char *name)
{
    for (size_t i = 0; i < p->count; i++)
        if (strcmp(p->at[i].name, name) == 0)
            return &p->at[i];
    return NULL;
}

/* "option small" where a Value for the option is used. */
static enum err default_origin(const struct ovf_property *property, const char *option,
                               struct arena *a, const char **out, struct error *e)
{
    char text[80];

    *out = "the descriptor";
    if (ovf_property_default(property, option) == property->value)
        return OK;
    size_t len = text_format(text, sizeof(text), "option %s", option);
    return arena_text(a, text, len, out, e);
}

/* Many packages have a key "password" (it is cloud-init's) and do not say that it is one. */
static bool is_secret(const struct ovf_property *property)
{
    return property->password || text_ends(property->key, "password");
}

static enum err add(struct properties *out, const struct ovf_product *product,
                    const struct ovf_property *property, size_t system, const char *option,
                    struct arena *a, struct error *e)
{
    struct property new = {.product = product, .ovf = property, .system = system};

    if (!ovf_is_chosen(&property->configurations, option))
        return OK;
    TRY(full_name(product, property, a, &new.name, e));
    struct property *other = named(out, new.name);
    if (other && other->system == system)
        out->doubled = other;
    if (other)
        return OK;
    new.secret = is_secret(property);
    new.value = ovf_property_default(property, option);
    TRY(default_origin(property, option, a, &new.origin, e));
    out->at[out->count++] = new;
    return OK;
}

static enum err add_system(struct properties *out, const struct ovf *o, size_t system,
                           const char *option, struct arena *a, struct error *e)
{
    const struct ovf_system *s = &o->systems[system];

    for (size_t i = 0; i < s->product_count; i++)
        for (size_t j = 0; j < s->products[i].property_count; j++)
            TRY(add(out, &s->products[i], &s->products[i].properties[j], system, option, a, e));
    return OK;
}

struct property *properties_find(const struct properties *p, const char *name)
{
    struct property *found = named(p, name);

    if (found)
        return found;
    for (size_t i = 0; i < p->count; i++) {
        if (strcmp(p->at[i].ovf->key, name) != 0)
            continue;
        if (found)
            return NULL;
        found = &p->at[i];
    }
    return found;
}

bool property_is_missing(const struct property *p)
{
    return p->ovf->user_configurable && ovf_value_missing(p->ovf, p->value);
}

enum err property_set(struct property *p, const char *value, const char *origin, struct arena *a,
                      struct error *e)
{
    if (ovf_check_value(p->ovf, value, e) != OK)
        return within(e, "property %s", p->name);
    TRY(arena_text(a, value, strlen(value), &p->value, e));
    p->origin = origin;
    p->by_person = true;
    return OK;
}

static enum err no_such_property(const struct properties *p, const char *name, struct error *e)
{
    char all[200] = "none";
    size_t len = 0, alike = 0;

    for (size_t i = 0; i < p->count; i++)
        alike += strcmp(p->at[i].ovf->key, name) == 0;
    for (size_t i = 0; i < p->count; i++)
        if (alike > 1 ? strcmp(p->at[i].ovf->key, name) == 0 : p->at[i].ovf->user_configurable)
            len +=
                text_format(all + len, sizeof(all) - len, "%s%s", len ? ", " : "", p->at[i].name);
    if (alike > 1)
        return fail(e, ERR_SETTING, "property.%s: several properties have that key: %s", name, all);
    return fail(e, ERR_SETTING, "property.%s: the appliance has no such property; those to set: %s",
                name, all);
}

static enum err apply(struct properties *p, const struct config_property *set, struct arena *a,
                      struct error *e)
{
    struct property *property = properties_find(p, set->name);
    char place[CONFIG_PLACE_MAX];
    const char *origin;

    if (!property)
        return no_such_property(p, set->name, e);
    if (!property->ovf->user_configurable)
        return fail(e, ERR_SETTING,
                    "property.%s: the appliance's maker does not let it be changed "
                    "(ovf:userConfigurable is not true)",
                    set->name);
    if (property->sealed && !set->sealed)
        return fail(e, ERR_SETTING, "property.%s: is sealed into this loader, as %s", set->name,
                    property->name);
    config_place_text(&set->place, place);
    TRY(arena_text(a, place, strlen(place), &origin, e));
    TRY(property_set(property, set->value, origin, a, e));
    property->sealed = set->sealed;
    return OK;
}

enum err properties_resolve(const struct ovf *o, size_t system, const char *option,
                            const struct config *config, struct arena *a, struct properties *out,
                            struct error *e)
{
    char place[CONFIG_PLACE_MAX];
    size_t most = 0;

    *out = (struct properties){0};
    for (size_t s = system; s != OVF_NONE; s = o->systems[s].parent)
        most += count_in(&o->systems[s]);
    TRY(TAKE(a, most, &out->at, e));
    for (size_t s = system; s != OVF_NONE; s = o->systems[s].parent)
        TRY(add_system(out, o, s, option, a, e));
    for (size_t i = 0; i < out->count; i++)
        out->at[i].told =
            out->at[i].system == system || out->at[i].system == o->systems[system].parent;
    for (size_t i = 0; config && i < config->property_count; i++)
        if (apply(out, &config->properties[i], a, e) != OK)
            return within(e, "%s", config_place_text(&config->properties[i].place, place));
    return OK;
}

/* The collection's property that "${key}" at text names, and how long that is. */
static const struct property *reference(const struct properties *p, size_t collection,
                                        const char *text, size_t *len)
{
    const char *close = text_starts(text, "${") ? strchr(text, '}') : NULL;

    if (!close)
        return NULL;
    *len = (size_t)(close - text) + 1;
    for (size_t i = 0; i < p->count; i++)
        if (p->at[i].system == collection && strlen(p->at[i].ovf->key) == *len - 3 &&
            memcmp(p->at[i].ovf->key, text + 2, *len - 3) == 0)
            return &p->at[i];
    return NULL;
}

/* Length of the value with everything put in; written to out when that is not NULL. */
static size_t expand(const struct properties *p, size_t collection, struct property *of, char *out)
{
    const char *value = of->value;
    size_t total = 0;

    while (*value) {
        size_t step = 1;
        const struct property *from = reference(p, collection, value, &step);
        const char *text = from ? from->value : value;
        of->secret = of->secret || (from && from->secret);
        size_t len = from ? strlen(text) : 1;
        if (!from)
            step = 1;
        if (out)
            memcpy(out + total, text, len);
        total += len;
        value += step;
    }
    return total;
}

/* The outermost first: what a collection passes on may itself be from the one around it. */
enum err properties_expand(struct properties *p, const struct ovf *o, struct arena *a,
                           struct error *e)
{
    for (size_t i = p->count; i-- > 0;) {
        struct property *property = &p->at[i];
        size_t collection = o->systems[property->system].parent;
        char *value;
        if (collection == OVF_NONE || !strstr(property->value, "${"))
            continue;
        size_t len = expand(p, collection, property, NULL);
        if (len > PROPERTY_VALUE_MAX)
            return fail(e, ERR_TOO_BIG, "property %s: has %zu bytes, and %d are the most",
                        property->name, len, PROPERTY_VALUE_MAX);
        TRY(TAKE(a, len + 1, &value, e));
        expand(p, collection, property, value);
        property->value = value;
    }
    return OK;
}

enum err properties_copy(struct properties *p, struct arena *a, struct error *e)
{
    const struct property *before = p->at;

    TRY(TAKE(a, p->count, &p->at, e));
    memcpy(p->at, before, p->count * sizeof(*before));
    if (p->doubled)
        p->doubled = p->at + (p->doubled - before);
    return OK;
}
