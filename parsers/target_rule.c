#include "parsers/target_rule.h"

#include <string.h>

#include "base/checked.h"
#include "base/text.h"
#include "parsers/lines.h"
#include "parsers/size.h"

static const struct word {
    const char *text; /* one that ends in ':' has a TEXT behind it */
    enum target_part_kind kind;
} words[] = {
    {"nvme", TARGET_BUS},        {"sata", TARGET_BUS},        {"usb", TARGET_BUS},
    {"virtio", TARGET_BUS},      {"scsi", TARGET_BUS},        {"sd", TARGET_BUS},
    {"disk", TARGET_BUS},        {"ram", TARGET_RAM},         {"smallest", TARGET_SMALLEST},
    {"largest", TARGET_LARGEST}, {"only", TARGET_ONLY},       {"boot-disk", TARGET_BOOT_DISK},
    {"serial:", TARGET_SERIAL},  {"model:", TARGET_MODEL},    {"wwn:", TARGET_WWN},
    {"path:", TARGET_PATH},      {"size>=", TARGET_SIZE_MIN}, {"size<=", TARGET_SIZE_MAX},
};

static bool is_blank_at(struct bytes in)
{
    return in.len && text_is_space((char)in.at[0]);
}

static void skip_blanks(struct bytes *in)
{
    while (is_blank_at(*in))
        take(in, 1);
}

/* Blanks before ">=" and "<=" are no part of them. */
static bool starts(struct bytes in, const char *word, size_t *len)
{
    struct bytes left = in;

    for (; *word; word++) {
        if (*word == '>' || *word == '<')
            skip_blanks(&left);
        if (!left.len || text_lower((char)left.at[0]) != *word)
            return false;
        take(&left, 1);
    }
    *len = in.len - left.len;
    return true;
}

static bool is_bare(enum target_part_kind kind)
{
    return kind == TARGET_BUS || kind >= TARGET_SMALLEST;
}

/* The word at the front, and its length; NULL when no part begins here. */
static const struct word *word_at(struct bytes in, size_t *len)
{
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (!starts(in, words[i].text, len))
            continue;
        struct bytes rest = {in.at + *len, in.len - *len};
        if (!is_bare(words[i].kind) || !rest.len || rest.at[0] == ',' || is_blank_at(rest))
            return &words[i];
    }
    return NULL;
}

static bool begins_part(struct bytes in)
{
    size_t ignored;

    skip_blanks(&in);
    return word_at(in, &ignored) != NULL;
}

static enum err take_quoted(struct bytes *in, struct bytes *out, struct error *e)
{
    uint8_t quote = *take(in, 1);
    const uint8_t *end = in->len ? memchr(in->at, quote, in->len) : NULL;

    if (!end)
        return fail(e, ERR_SETTING, "the quotes do not close behind %.*s", lines_shown(*in),
                    in->len ? (const char *)in->at : "");
    *out = (struct bytes){in->at, (size_t)(end - in->at)};
    take(in, out->len + 1);
    if (in->len && in->at[0] != ',' && !is_blank_at(*in))
        return fail(e, ERR_SETTING, "neither a comma nor a blank stands behind the quotes");
    return OK;
}

static enum err take_text(struct bytes *in, struct bytes *out, struct error *e)
{
    size_t len = 0;

    skip_blanks(in);
    if (in->len && (in->at[0] == '"' || in->at[0] == '\''))
        return take_quoted(in, out, e);
    while (len < in->len && (in->at[len] != ',' ||
                             !begins_part((struct bytes){in->at + len + 1, in->len - len - 1})))
        len++;
    *out = lines_trim((struct bytes){in->at, len});
    take(in, len);
    return OK;
}

/* "256GB" or "256 GB". */
static bool take_size(struct bytes *in, uint64_t *out)
{
    size_t digits = 0, letters = 0;
    uint64_t unit;

    skip_blanks(in);
    while (digits < in->len && in->at[digits] >= '0' && in->at[digits] <= '9')
        digits++;
    if (!digits || !text_to_u64((const char *)in->at, digits, out))
        return false;
    take(in, digits);
    skip_blanks(in);
    while (letters < in->len && in->at[letters] != ',' && !text_is_space((char)in->at[letters]))
        letters++;
    if (!letters || !size_unit((struct bytes){in->at, letters}, &unit) ||
        !mul_fits(*out, unit, out))
        return false;
    take(in, letters);
    return *out > 0;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* As systems show them: 0x5000c500a1b2c3d4, eui.0025385b71b0a1c2, 00-25-38-5b-71-b0-a1-c2. */
static bool read_wwn(struct bytes text, char out[TARGET_WWN_MAX])
{
    static const char *const fronts[] = {"0x", "eui.", "naa.", "wwn-0x"};
    size_t len = 0, front = 0;

    for (size_t i = 0; i < COUNT_OF(fronts) && !front; i++)
        if (!starts(text, fronts[i], &front))
            front = 0;
    take(&text, front);
    for (size_t i = 0; i < text.len; i++) {
        char c = text_lower((char)text.at[i]);
        if (c == '-' || c == ':')
            continue;
        if (!is_hex(c) || len + 1 == TARGET_WWN_MAX)
            return false;
        out[len++] = c;
    }
    out[len] = '\0';
    return len == 16 || len == 32;
}

static enum err no_part(struct bytes in, struct error *e)
{
    return fail(e, ERR_SETTING,
                "%.*s is no part of a rule: it must be ram, nvme, sata, usb, virtio, scsi, sd, "
                "serial:TEXT, model:TEXT, wwn:HEX, path:TEXT, size>=SIZE, size<=SIZE, smallest, "
                "largest, only or boot-disk",
                lines_shown(in), in.len ? (const char *)in.at : "");
}

static enum err take_part(struct bytes *in, struct target_part *out, struct error *e)
{
    struct bytes whole = *in;
    size_t len = 0;
    const struct word *word = word_at(*in, &len);

    *out = (struct target_part){.kind = word ? word->kind : TARGET_BUS};
    if (!word)
        return no_part(whole, e);
    out->text = (struct bytes){take(in, len), len};
    if (is_bare(out->kind))
        return OK;
    if (out->kind == TARGET_SIZE_MIN || out->kind == TARGET_SIZE_MAX)
        return take_size(in, &out->size)
                   ? OK
                   : fail(e, ERR_SETTING, "behind %s must stand a whole number and " SIZE_UNITS,
                          word->text);
    TRY(take_text(in, &out->text, e));
    if (!out->text.len)
        return no_part(whole, e);
    if (out->kind == TARGET_WWN && !read_wwn(out->text, out->wwn))
        return fail(e, ERR_SETTING, "%.*s is no world wide name of 16 or 32 hexadecimal digits",
                    lines_shown(out->text), (const char *)out->text.at);
    return OK;
}

bool target_rule_has(const struct target_rule *rule, enum target_part_kind kind)
{
    for (size_t i = 0; i < rule->count; i++)
        if (rule->parts[i].kind == kind)
            return true;
    return false;
}

enum err target_rule_parse(struct bytes text, struct target_rule *out, struct error *e)
{
    struct bytes in = lines_trim(text);

    out->count = 0;
    do {
        if (out->count == TARGET_PARTS_MAX)
            return fail(e, ERR_SETTING, "a rule has at most %d parts", TARGET_PARTS_MAX);
        TRY(take_part(&in, &out->parts[out->count++], e));
        skip_blanks(&in);
        if (in.len && in.at[0] == ',') {
            take(&in, 1);
            skip_blanks(&in);
            if (!in.len)
                return fail(e, ERR_SETTING, "nothing stands behind the last comma");
        }
    } while (in.len);
    if (target_rule_has(out, TARGET_SMALLEST) && target_rule_has(out, TARGET_LARGEST))
        return fail(e, ERR_SETTING, "smallest and largest are not both possible");
    if (target_rule_has(out, TARGET_RAM) && out->count > 1)
        return fail(e, ERR_SETTING, "ram stands alone: it is no disk that there is");
    return OK;
}
