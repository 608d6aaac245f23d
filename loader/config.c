#include "loader/config.h"

#include <string.h>

#include "base/text.h"
#include "parsers/settings.h"

struct word {
    const char *text;
    int value;
};

static const struct word verify_words[] = {{"signature", VERIFY_SIGNATURE},
                                           {"manifest", VERIFY_MANIFEST},
                                           {"none", VERIFY_NONE},
                                           {NULL, 0}};

static const struct word measure_words[] = {
    {"auto", MEASURE_AUTO}, {"required", MEASURE_REQUIRED}, {"none", MEASURE_NONE}, {NULL, 0}};

static const struct word success_words[] = {{"boot", AFTER_BOOT},         {"wait", AFTER_WAIT},
                                            {"exit", AFTER_EXIT},         {"reboot", AFTER_REBOOT},
                                            {"poweroff", AFTER_POWEROFF}, {NULL, 0}};

static const struct word failure_words[] = {{"wait", AFTER_WAIT},
                                            {"exit", AFTER_EXIT},
                                            {"reboot", AFTER_REBOOT},
                                            {"poweroff", AFTER_POWEROFF},
                                            {NULL, 0}};

static enum err choose_word(const struct word *words, const char *key, const char *value, int *out,
                            struct error *e)
{
    char all[120] = "";
    size_t len = 0;

    for (const struct word *w = words; w->text; w++) {
        if (text_same(w->text, value)) {
            *out = w->value;
            return OK;
        }
        len += text_format(all + len, sizeof(all) - len, "%s%s", len ? ", " : "", w->text);
    }
    return fail(e, ERR_SETTING, "%s = %s: it must be one of %s", key, value, all);
}

/* "target" is the first disk's, "target.2" the second's. */
static bool target_index(const char *key, size_t *index)
{
    uint64_t number;

    *index = 0;
    if (strcmp(key, "target") == 0)
        return true;
    if (!text_starts(key, "target.") ||
        !text_to_u64(key + strlen("target."), strlen(key) - strlen("target."), &number) ||
        number < 1 || number > CONFIG_TARGETS_MAX)
        return false;
    *index = (size_t)number - 1;
    return true;
}

enum err config_set(struct config *c, const char *key, const char *value, struct error *e)
{
    size_t index;
    int word = 0;

    if (!*value)
        return fail(e, ERR_SETTING, "%s has no value", key);
    if (strcmp(key, "source") == 0) {
        c->source = value;
    } else if (target_index(key, &index)) {
        c->target[index] = value;
    } else if (strcmp(key, "verify") == 0) {
        TRY(choose_word(verify_words, key, value, &word, e));
        c->verify = (enum verify_policy)word;
    } else if (strcmp(key, "measure") == 0) {
        TRY(choose_word(measure_words, key, value, &word, e));
        c->measure = (enum measure_policy)word;
    } else if (strcmp(key, "on-success") == 0) {
        TRY(choose_word(success_words, key, value, &word, e));
        c->on_success = (enum after)word;
    } else if (strcmp(key, "on-failure") == 0) {
        TRY(choose_word(failure_words, key, value, &word, e));
        c->on_failure = (enum after)word;
    } else {
        return fail(
            e, ERR_SETTING,
            "there is no setting %s; there are source, target, verify, measure, on-success and "
            "on-failure",
            key);
    }
    return OK;
}

static bool is_sealed(const struct settings *sealed, const char *key)
{
    for (size_t i = 0; sealed && i < sealed->count; i++)
        if (strcmp(sealed->at[i].key, key) == 0)
            return true;
    return false;
}

static enum err apply(struct config *c, const struct settings *s, const struct settings *sealed,
                      const char *where, const char *unit, struct error *e)
{
    for (size_t i = 0; i < s->count; i++) {
        enum err err = is_sealed(sealed, s->at[i].key)
                           ? fail(e, ERR_SETTING, "%s is sealed into this loader", s->at[i].key)
                           : config_set(c, s->at[i].key, s->at[i].value, e);
        if (err != OK)
            return within(e, "%s: %s %u", where, unit, s->at[i].line);
    }
    return OK;
}

enum err config_read(struct bytes sealed_text, struct bytes file, struct bytes options,
                     struct arena *a, struct config *out, struct error *e)
{
    struct settings sealed, settings;

    *out = (struct config){
        .verify = VERIFY_DEFAULT, .on_success = AFTER_BOOT, .on_failure = AFTER_WAIT};
    if (settings_parse(sealed_text, a, &sealed, e) != OK)
        return within(e, "sealed policy");
    TRY(apply(out, &sealed, NULL, "sealed policy", "line", e));
    if (settings_parse(file, a, &settings, e) != OK)
        return within(e, "ovfboot.conf");
    TRY(apply(out, &settings, &sealed, "ovfboot.conf", "line", e));
    if (settings_parse_options(options, a, &settings, e) != OK)
        return within(e, "load options");
    return apply(out, &settings, &sealed, "load options", "word", e);
}
