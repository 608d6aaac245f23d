#include "loader/config.h"

#include <stddef.h>
#include <string.h>

#include "base/text.h"
#include "base/workers.h"
#include "loader/config_list.h"
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

static const struct word hardware_words[] = {
    {"enforce", HARDWARE_ENFORCE}, {"warn", HARDWARE_WARN}, {NULL, 0}};

static const struct word environment_words[] = {
    {"partition", ENVIRONMENT_PARTITION}, {"none", ENVIRONMENT_NONE}, {NULL, 0}};

static const struct word cd_images_words[] = {
    {"refuse", CD_IMAGES_REFUSE}, {"omit", CD_IMAGES_OMIT}, {NULL, 0}};

static const struct word redeploy_words[] = {{"always", REDEPLOY_ALWAYS},
                                             {"if-changed", REDEPLOY_IF_CHANGED},
                                             {"never", REDEPLOY_NEVER},
                                             {NULL, 0}};

static const struct word change_words[] = {
    {"ask", CHANGE_ASK}, {"refuse", CHANGE_REFUSE}, {"replace", CHANGE_REPLACE}, {NULL, 0}};

static const struct word erase_words[] = {
    {"ask", ERASE_ASK}, {"no", ERASE_NO}, {"yes", ERASE_YES}, {NULL, 0}};

static const struct word mode_words[] = {
    {"interactive", MODE_INTERACTIVE}, {"unattended", MODE_UNATTENDED}, {NULL, 0}};

static const struct word boot_entry_words[] = {
    {"add", BOOT_ENTRY_ADD}, {"first", BOOT_ENTRY_FIRST}, {"none", BOOT_ENTRY_NONE}, {NULL, 0}};

static const struct word answer_words[] = {{"yes", ANSWER_YES}, {"no", ANSWER_NO}, {NULL, 0}};

static const struct word report_words[] = {
    {"best-effort", REPORT_BEST_EFFORT}, {"required", REPORT_REQUIRED}, {NULL, 0}};

static const struct word failure_words[] = {{"wait", AFTER_WAIT},
                                            {"exit", AFTER_EXIT},
                                            {"reboot", AFTER_REBOOT},
                                            {"poweroff", AFTER_POWEROFF},
                                            {"next-boot-entry", AFTER_NEXT},
                                            {NULL, 0}};

#define AT(member) offsetof(struct config, member)

/* Every setting but those of which there can be several. */
static const struct row {
    const char *key;
    const struct word *words; /* NULL: a number or any text */
    size_t at;                /* offset in struct config of an enum, a number or a text */
    uint32_t min, max;        /* of a number; max is 0: it is a text */
} rows[] = {
    {"source", NULL, AT(source), 0, 0},
    {"conf", NULL, AT(conf), 0, 0},
    {"system", NULL, AT(system), 0, 0},
    {"option", NULL, AT(option), 0, 0},
    {"language", NULL, AT(language), 0, 0},
    {"accept-eula", answer_words, AT(accept_eula), 0, 0},
    {"mode", mode_words, AT(mode), 0, 0},
    {"unattended", answer_words, AT(unattended), 0, 0},
    {"hardware", hardware_words, AT(hardware), 0, 0},
    {"environment", environment_words, AT(environment), 0, 0},
    {"cd-images", cd_images_words, AT(cd_images), 0, 0},
    {"redeploy", redeploy_words, AT(redeploy), 0, 0},
    {"on-change", change_words, AT(on_change), 0, 0},
    {"erase", erase_words, AT(erase), 0, 0},
    {"boot-entry", boot_entry_words, AT(boot_entry), 0, 0},
    {"verify", verify_words, AT(verify), 0, 0},
    {"measure", measure_words, AT(measure), 0, 0},
    {"on-success", success_words, AT(on_success), 0, 0},
    {"on-failure", failure_words, AT(on_failure), 0, 0},
    {"network-port", NULL, AT(network.port), 0, 0},
    {"network-address", NULL, AT(network.address), 0, 0},
    {"network-gateway", NULL, AT(network.gateway), 0, 0},
    {"network-dns", NULL, AT(network.dns), 0, 0},
    {"network-vlan", NULL, AT(network.vlan), 1, NETWORK_VLAN_MAX},
    {"proxy", NULL, AT(proxy), 0, 0},
    {"allow-host", NULL, AT(allow_host), 0, 0},
    {"retries", NULL, AT(retries), 0, CONFIG_RETRIES_MAX},
    {"stall", NULL, AT(stall), 1, CONFIG_STALL_MAX},
    {"timeout", NULL, AT(timeout), 1, CONFIG_TIMEOUT_MAX},
    {"report", NULL, AT(report), 0, 0},
    {"report-policy", report_words, AT(report_policy), 0, 0},
    {"report-stages", answer_words, AT(report_stages), 0, 0},
    {"log", answer_words, AT(log), 0, 0},
    {"menu-timeout", NULL, AT(menu_timeout), 0, CONFIG_MENU_MAX},
    {"workers", NULL, AT(workers), 1, WORKERS_MAX},
};
_Static_assert(COUNT_OF(rows) <= CONFIG_ROWS_MAX, "each row has its place");

_Static_assert(sizeof(enum after) == sizeof(unsigned) && sizeof(enum answer) == sizeof(unsigned),
               "set_row() stores every enum as an unsigned");
_Static_assert(sizeof(uint32_t) == sizeof(unsigned), "and every number");

/* "enforce, warn"; of numbers "0 to 100"; of any text "". */
static const char *row_values(const struct row *row, char out[CONFIG_VALUES_MAX])
{
    size_t len = 0;

    *out = '\0';
    if (row->max)
        text_format(out, CONFIG_VALUES_MAX, "%u to %u", row->min, row->max);
    for (const struct word *w = row->words; w && w->text; w++)
        len += text_format(out + len, CONFIG_VALUES_MAX - len, "%s%s", len ? ", " : "", w->text);
    return out;
}

static enum err choose_word(const struct row *row, const char *value, unsigned *out,
                            struct error *e)
{
    char all[CONFIG_VALUES_MAX];

    for (const struct word *w = row->words; w->text; w++) {
        if (text_same(w->text, value)) {
            *out = (unsigned)w->value;
            return OK;
        }
    }
    return fail(e, ERR_SETTING, "%s = %s: it must be one of %s", row->key, value,
                row_values(row, all));
}

static enum err to_number(const struct row *row, const char *value, unsigned *out, struct error *e)
{
    uint64_t number;

    if (!text_to_u64(value, strlen(value), &number) || number < row->min || number > row->max)
        return fail(e, ERR_SETTING, "%s = %s: it must be a number from %u to %u", row->key, value,
                    row->min, row->max);
    *out = (unsigned)number;
    return OK;
}

static enum err set_row(struct config *c, const struct row *row, const char *value, struct error *e)
{
    unsigned word;

    if (!row->words && !row->max) {
        memcpy((uint8_t *)c + row->at, &value, sizeof(value));
        return OK;
    }
    if (row->words)
        TRY(choose_word(row, value, &word, e));
    else
        TRY(to_number(row, value, &word, e));
    memcpy((uint8_t *)c + row->at, &word, sizeof(word));
    return OK;
}

static enum err add_property(struct config *c, const char *name, const char *value,
                             struct config_place place, struct error *e)
{
    if (c->property_count == CONFIG_PROPERTIES_MAX)
        return fail(e, ERR_TOO_BIG, "more than %d settings property.NAME", CONFIG_PROPERTIES_MAX);
    c->properties[c->property_count++] =
        (struct config_property){.name = name, .value = value, .place = place};
    return OK;
}

/* The beginning that a key has in common with others beside it; NULL: it stands for itself. */
static const char *family_of(const char *key)
{
    static const char *const families[] = {CONFIG_NETWORK, "report-"};

    for (size_t i = 0; i < COUNT_OF(families); i++)
        if (text_starts(key, families[i]))
            return families[i];
    return NULL;
}

static enum err no_such_setting(const char *key, struct error *e)
{
    char all[350] = "";
    size_t len = 0;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *family = family_of(rows[i].key);
        if (!family)
            len += text_format(all + len, sizeof(all) - len, "%s, ", rows[i].key);
        else if (family != family_of(rows[i - 1].key))
            len += text_format(all + len, sizeof(all) - len, "%s..., ", family);
    }
    return fail(e, ERR_SETTING,
                "there is no setting %s; there are %starget, protect, keep and property.NAME", key,
                all);
}

enum err config_set(struct config *c, const char *key, const char *value, struct config_place place,
                    struct error *e)
{
    size_t index;
    const struct config_list *list = config_list_of(key, &index);

    if (text_starts(key, SETTINGS_PROPERTY))
        return add_property(c, key + strlen(SETTINGS_PROPERTY), value, place, e);
    if (!*value)
        return fail(e, ERR_SETTING, "%s has no value", key);
    if (list)
        return config_list_set(c, list, index, value, place, e);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (strcmp(rows[i].key, key) != 0)
            continue;
        if (strcmp(key, "accept-eula") == 0)
            c->eula_place = place;
        c->places[i] = place;
        return set_row(c, &rows[i], value, e);
    }
    return no_such_setting(key, e);
}

static const char *row_text(const struct config *c, const struct row *row, char number[12])
{
    const char *text;
    uint32_t value;

    if (!row->words && !row->max) {
        memcpy(&text, (const uint8_t *)c + row->at, sizeof(text));
        return text;
    }
    memcpy(&value, (const uint8_t *)c + row->at, sizeof(value));
    for (const struct word *w = row->words; w && w->text; w++)
        if ((uint32_t)w->value == value)
            return w->text;
    text_format(number, 12, "%u", value);
    return number;
}

/* What holds where nothing is said.  A number below the smallest is no value, nor is an enum that has
 * no word. */
static const char *row_standard(const struct config *defaults, const struct row *row,
                                char number[12])
{
    const char *text = row_text(defaults, row, number);
    uint64_t value;

    if (!text || !text_to_u64(text, strlen(text), &value))
        return text ? text : "";
    return row->words || value < row->min ? "" : text;
}

bool config_known(const struct config *defaults, size_t n, struct config_known *out)
{
    char number[12];

    *out = (struct config_known){0};
    if (n < COUNT_OF(rows)) {
        out->key = rows[n].key;
        row_values(&rows[n], out->values);
        text_format(out->standard, sizeof(out->standard), "%s",
                    row_standard(defaults, &rows[n], number));
        return true;
    }
    n -= COUNT_OF(rows);
    out->key = n ? config_list_key(n - 1) : SETTINGS_PROPERTY "NAME";
    return out->key;
}

bool config_next(const struct config *c, size_t *n, struct config_said *out)
{
    while (*n < COUNT_OF(rows) + CONFIG_LISTED) {
        size_t i = (*n)++;
        if (i >= COUNT_OF(rows)) {
            config_list_said(c, i - COUNT_OF(rows), out);
        } else {
            out->place = c->places[i];
            out->value = row_text(c, &rows[i], out->number);
            text_format(out->key, sizeof(out->key), "%s", rows[i].key);
        }
        if (out->place.where)
            return true;
    }
    return false;
}

const char *config_place_text(const struct config_place *place, char out[CONFIG_PLACE_MAX])
{
    size_t len = text_format(out, CONFIG_PLACE_MAX, "%s", place->where);

    if (*place->unit)
        text_format(out + len, CONFIG_PLACE_MAX - len, " %s %u", place->unit, place->number);
    return out;
}

static const struct config_place *place_of(const struct config *c, const char *key)
{
    size_t i = 0;

    while (strcmp(rows[i].key, key) != 0)
        i++;
    return &c->places[i];
}

/* Two spellings of one setting. */
enum err config_settle(struct config *c, struct error *e)
{
    const struct config_place *mode = place_of(c, "mode"), *old = place_of(c, "unattended");
    char places[2][CONFIG_PLACE_MAX];

    if (mode->where && old->where && (unsigned)c->mode != (unsigned)c->unattended)
        return fail(e, ERR_SETTING,
                    "mode = %s (%s), but unattended = %s (%s): they are one setting",
                    c->mode ? "unattended" : "interactive", config_place_text(mode, places[0]),
                    c->unattended ? "yes" : "no", config_place_text(old, places[1]));
    if (mode->where)
        c->unattended = (enum answer)c->mode;
    c->mode = (enum mode)c->unattended;
    return OK;
}
