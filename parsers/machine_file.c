#include "parsers/machine_file.h"

#include <stddef.h>
#include <string.h>

#include "base/checked.h"
#include "base/text.h"
#include "parsers/settings.h"
#include "parsers/size.h"

#define COUNT_MAX 65536 /* processors or ports; more is a slip of the hand */

/* The next word of *text, which is moved behind it; no bytes at the end. */
static struct bytes next_word(const char **text)
{
    const char *at = *text;
    size_t len = 0;

    while (text_is_space(*at))
        at++;
    while (at[len] && !text_is_space(at[len]))
        len++;
    *text = at + len;
    return (struct bytes){(const uint8_t *)at, len};
}

static bool is_word(struct bytes word, const char *text)
{
    return word.len == strlen(text) && memcmp(word.at, text, word.len) == 0;
}

/* "8 GiB" or "8GiB" at the front of *text, which is moved behind it. */
static bool take_size(const char **text, uint64_t *out)
{
    struct bytes word = next_word(text);
    size_t digits = 0;
    uint64_t unit;

    while (digits < word.len && word.at[digits] >= '0' && word.at[digits] <= '9')
        digits++;
    if (!text_to_u64((const char *)word.at, digits, out))
        return false;
    struct bytes rest = {word.at + digits, word.len - digits};
    if (!rest.len)
        rest = next_word(text);
    return size_unit(rest, &unit) && mul_fits(*out, unit, out) && *out;
}

static bool at_end(const char *text)
{
    return next_word(&text).len == 0;
}

bool machine_file_size(const char *text, uint64_t *out)
{
    return take_size(&text, out) && at_end(text);
}

static enum err parse_count(const struct setting *s, uint32_t least, uint32_t *out, struct error *e)
{
    uint64_t number;

    if (!text_to_u64(s->value, strlen(s->value), &number) || number < least || number > COUNT_MAX)
        return fail(e, ERR_SETTING, "%s = %s: it must be a number from %u to %u", s->key, s->value,
                    least, COUNT_MAX);
    *out = (uint32_t)number;
    return OK;
}

static enum err parse_memory(const struct setting *s, uint64_t *out, struct error *e)
{
    if (!machine_file_size(s->value, out))
        return fail(e, ERR_SETTING, "memory = %s: it must be a whole number and " SIZE_UNITS,
                    s->value);
    return OK;
}

static enum err parse_arch(const struct setting *s, enum machine_file_arch *out, struct error *e)
{
    if (strcmp(s->value, "x86_64") != 0 && strcmp(s->value, "aarch64") != 0)
        return fail(e, ERR_SETTING, "arch = %s: it must be x86_64 or aarch64", s->value);
    *out = *s->value == 'x' ? MACHINE_FILE_X86_64 : MACHINE_FILE_AARCH64;
    return OK;
}

static const char *bus_of(struct bytes word)
{
    static const char *const buses[] = {"nvme", "sata", "usb", "virtio", "scsi", "sd", "disk"};

    for (size_t i = 0; i < COUNT_OF(buses); i++)
        if (is_word(word, buses[i]))
            return buses[i];
    return NULL;
}

static enum err parse_disk(const struct setting *s, struct arena *a, struct machine_file_disk *out,
                           struct error *e)
{
    const char *text = s->value;
    struct bytes word = next_word(&text);

    *out =
        (struct machine_file_disk){.bus = bus_of(word), .model = "", .wwn = "", .sector_size = 512};
    if (!out->bus)
        return fail(e, ERR_SETTING,
                    "%s = %s: it must begin with nvme, sata, usb, virtio, scsi, sd or disk", s->key,
                    s->value);
    if (!take_size(&text, &out->size))
        return fail(e, ERR_SETTING, "%s = %s: a size such as 512 GB must stand behind %s", s->key,
                    s->value, out->bus);
    word = next_word(&text);
    if (is_word(word, "512") || is_word(word, "4096")) {
        out->sector_size = is_word(word, "512") ? 512 : 4096;
        word = next_word(&text);
    }
    if (!at_end(text))
        return fail(e, ERR_SETTING,
                    "%s = %s: only 512 or 4096 and a serial number may stand behind the size",
                    s->key, s->value);
    out->size = round_down(out->size, out->sector_size);
    if (!out->size)
        return fail(e, ERR_SETTING, "%s = %s: is smaller than one sector", s->key, s->value);
    return arena_text(a, (const char *)word.at, word.len, &out->serial, e);
}

/* "disk.1" is the first; behind it comes nothing, ".model" or ".wwn". */
static bool disk_index(const char *key, size_t *index, const char **behind)
{
    uint64_t number;

    if (!text_starts(key, "disk."))
        return false;
    const char *dot = strchr(key + 5, '.');
    size_t len = dot ? (size_t)(dot - key) - 5 : strlen(key + 5);
    *behind = dot ? dot : "";
    if (!text_to_u64(key + 5, len, &number) || number < 1 || number > MACHINE_FILE_DISKS_MAX)
        return false;
    *index = (size_t)number - 1;
    return !dot || strcmp(dot, ".model") == 0 || strcmp(dot, ".wwn") == 0;
}

/* What is taken as it stands there. */
static const struct {
    const char *key;
    size_t at; /* offset in struct machine_file */
} texts[] = {
    {"name", offsetof(struct machine_file, name)},
    {"uuid", offsetof(struct machine_file, uuid)},
    {"serial", offsetof(struct machine_file, serial)},
    {"asset", offsetof(struct machine_file, asset)},
    {"product", offsetof(struct machine_file, product)},
    {"mac", offsetof(struct machine_file, mac)},
};

static bool apply_text(const struct setting *s, struct machine_file *m)
{
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (strcmp(s->key, texts[i].key) == 0) {
            memcpy((uint8_t *)m + texts[i].at, &s->value, sizeof(s->value));
            return true;
        }
    return false;
}

/* More of a disk that is there already. */
static enum err apply_more(const struct setting *s, size_t index, const char *behind,
                           struct machine_file *m, struct error *e)
{
    if (index >= m->disk_count)
        return fail(e, ERR_SETTING, "%s comes before disk.%zu", s->key, index + 1);
    if (strcmp(behind, ".model") == 0)
        m->disks[index].model = s->value;
    else
        m->disks[index].wwn = s->value;
    return OK;
}

static enum err apply(const struct setting *s, struct arena *a, struct machine_file *m,
                      struct error *e)
{
    const char *behind;
    size_t index;

    if (!*s->value)
        return fail(e, ERR_SETTING, "%s has no value", s->key);
    if (apply_text(s, m))
        return OK;
    if (strcmp(s->key, "arch") == 0)
        return parse_arch(s, &m->arch, e);
    if (strcmp(s->key, "processors") == 0)
        return parse_count(s, 1, &m->processors, e);
    if (strcmp(s->key, "memory") == 0)
        return parse_memory(s, &m->memory, e);
    if (strcmp(s->key, "ports") == 0)
        return parse_count(s, 0, &m->ports, e);
    if (!disk_index(s->key, &index, &behind))
        return fail(
            e, ERR_SETTING,
            "a machine has no %s; it has name, arch, processors, memory, ports, uuid, "
            "serial, asset, product, mac, and disk.1 to disk.%d, each with disk.1.model and "
            "disk.1.wwn",
            s->key, MACHINE_FILE_DISKS_MAX);
    if (*behind)
        return apply_more(s, index, behind, m, e);
    if (index > m->disk_count)
        return fail(e, ERR_SETTING, "%s comes before disk.%zu", s->key, m->disk_count + 1);
    if (index < m->disk_count)
        return fail(e, ERR_SETTING, "%s is there a second time", s->key);
    TRY(parse_disk(s, a, &m->disks[index], e));
    m->disk_count++;
    return OK;
}

enum err machine_file_parse(struct bytes text, struct arena *a, struct machine_file *out,
                            struct error *e)
{
    struct settings settings;

    *out = (struct machine_file){.name = "",
                                 .uuid = "",
                                 .serial = "",
                                 .asset = "",
                                 .product = "",
                                 .mac = "",
                                 .ports = UINT32_MAX};
    TRY(settings_parse(text, a, &settings, e));
    for (size_t i = 0; i < settings.count; i++)
        if (apply(&settings.at[i], a, out, e) != OK)
            return within(e, "line %u", settings.at[i].line);
    return OK;
}
