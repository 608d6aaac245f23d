/* A report (docs/report.schema.json) for people: the same labels as the loader's own lines. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "host/logs.h"
#include "loader/report.h"
#include "parsers/json.h"

#define LINE_MAX 1400 /* bytes; longer ones are cut */
#define BAR      20   /* columns for all of the time */

/* Control characters do not reach the terminal: text_format() sees to it. */
#define put(...)                                                                                   \
    do {                                                                                           \
        char put_line[LINE_MAX];                                                                   \
        text_format(put_line, sizeof(put_line), __VA_ARGS__);                                      \
        puts(put_line);                                                                            \
    } while (0)

/* An object of the document, or all of it. */
struct part {
    struct bytes object;
    struct arena *a; /* for texts */
};

static bool find(const struct part *p, const char *key, struct json_member *out)
{
    struct json j = json_of(p->object);

    while (json_next(&j, out))
        if (json_key_is(out, key))
            return true;
    return false;
}

/* "" where there is none; "?" for one that is no text. */
static const char *decode(const struct json_member *member, struct arena *a)
{
    struct error ignored;
    const char *text;

    return member->kind == JSON_TEXT && json_decode(member, a, &text, &ignored) == OK ? text : "?";
}

static const char *text(const struct part *p, const char *key)
{
    struct json_member member;

    return find(p, key, &member) ? decode(&member, p->a) : "";
}

static uint64_t number(const struct part *p, const char *key)
{
    struct json_member member;
    uint64_t value = 0;

    if (find(p, key, &member) && member.kind == JSON_NUMBER)
        (void)text_to_u64((const char *)member.value.at, member.value.len, &value);
    return value;
}

static bool flag(const struct part *p, const char *key)
{
    struct json_member member;

    return find(p, key, &member) && member.kind == JSON_WORD && member.value.at[0] == 't';
}

/* An object in it, or with no members where there is none. */
static struct part inner(const struct part *p, const char *key)
{
    static const struct bytes empty = {(const uint8_t *)"{}", 2};
    struct json_member member;

    if (find(p, key, &member) && member.kind == JSON_INNER)
        return (struct part){member.value, p->a};
    return (struct part){empty, p->a};
}

/* ---- Is it one? ------------------------------------------------------------------------------ */

enum err logs_check(struct bytes document, const char *name, struct error *e)
{
    const struct part all = {document, NULL};
    struct json j = json_of(document);
    struct json_member member;

    while (json_next(&j, &member))
        continue;
    if (!json_ended(&j))
        return fail(e, ERR_DAMAGED, "%s: is no whole log: its JSON ends or is wrong at byte %zu",
                    name, (size_t)(j.rest.at - document.at));
    if (!find(&all, "format", &member) || !find(&all, "outcome", &member))
        return fail(e, ERR_UNSUPPORTED, "%s: is JSON, but no log of ovfboot", name);
    if (number(&all, "format") != REPORT_FORMAT)
        return fail(e, ERR_UNSUPPORTED,
                    "%s: is a log of format %llu, and this ovfboot reads format %u", name,
                    (unsigned long long)number(&all, "format"), REPORT_FORMAT);
    return OK;
}

enum err logs_outcome(struct bytes document, struct arena *a, const char **out, struct error *e)
{
    const struct part all = {document, a}, error = inner(&all, "error");
    const char *stage = text(&all, "stage"), *message = text(&error, "message");
    char line[LINE_MAX];

    size_t len = text_format(line, sizeof(line), "%s%s%s%s%s", text(&all, "outcome"),
                             *stage ? " at " : "", stage, *message ? ": " : "", message);
    return arena_text(a, line, len, out, e);
}

/* ---- Its parts ------------------------------------------------------------------------------- */

static void put_if(const char *label, const char *value)
{
    if (*value)
        put("%-10s %s", label, value);
}

/* Of an array of texts, a line each. */
static void put_texts(const struct part *p, const char *label, const char *key)
{
    struct json_member list, item;

    if (!find(p, key, &list) || list.kind != JSON_INNER)
        return;
    struct json j = json_of(list.value);
    while (json_next_item(&j, &item))
        put_if(label, decode(&item, p->a));
}

/* Each object of an array. */
static bool next_object(struct json *j, struct part *out)
{
    struct json_member item;

    while (json_next_item(j, &item))
        if (item.kind == JSON_INNER) {
            out->object = item.value;
            return true;
        }
    return false;
}

static struct json items(const struct part *p, const char *key)
{
    static const struct bytes empty = {(const uint8_t *)"[]", 2};
    struct json_member member;

    return json_of(find(p, key, &member) && member.kind == JSON_INNER ? member.value : empty);
}

static void put_outcome(const struct part *all)
{
    const struct part error = inner(all, "error");
    const char *stage = text(all, "stage");

    put("Outcome    %s%s%s", text(all, "outcome"), *stage ? " at " : "", stage);
    if (*text(&error, "code"))
        put("Error      %s (%s)", text(&error, "message"), text(&error, "code"));
    put_if("Advice", text(&error, "advice"));
    put_if("Task", text(all, "task"));
    put_texts(all, "Warning", "warnings");
}

static void put_machine(const struct part *all)
{
    static const char *const keys[] = {"serial", "uuid", "asset", "arch"};
    const struct part machine = inner(all, "machine"), loader = inner(all, "loader");
    char line[LINE_MAX];
    size_t len = text_format(line, sizeof(line), "%s", text(&machine, "name"));

    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        const char *value = text(&machine, keys[i]);
        if (*value)
            len += text_format(line + len, sizeof(line) - len, "%s%s %s", len ? ", " : "", keys[i],
                               value);
    }
    put_if("Machine", line);
    put_texts(&machine, "Port", "macs");
    put_if("Firmware", text(&machine, "firmware"));
    put_texts(all, "Has", "devices");
    put("Loader     %s, from %s%s", text(all, "writer"),
        *text(&loader, "came-from") ? text(&loader, "came-from") : "a medium",
        flag(&loader, "sealed") ? ", with sealed trust anchors" : "");
}

static void put_package(const struct part *all)
{
    const struct part package = inner(all, "package"), descriptor = inner(&package, "descriptor");
    char size[TEXT_SIZE_MAX];
    uint64_t bytes = number(&package, "size");

    if (!*text(&package, "place"))
        return;
    put("Package    %s%s%s", text(&package, "place"), bytes ? ", " : "",
        bytes ? text_size(size, bytes) : "");
    put_if("Appliance", text(&package, "title"));
    put_if("System", text(&package, "system"));
    put_if("Option", text(&package, "option"));
    put_if("Signed by", text(&package, "signer"));
    if (*text(&descriptor, "file"))
        put("Descriptor %s: SHA-256 %s", text(&descriptor, "file"), text(&descriptor, "SHA-256"));
}

static void put_disks(const struct part *all)
{
    static const char *const kinds[] = {"SHA-1", "SHA-256", "SHA-384", "SHA-512"};
    struct json list = items(all, "disks");
    struct part disk = {.a = all->a};
    char size[TEXT_SIZE_MAX];

    while (next_object(&list, &disk)) {
        const char *target = text(&disk, "target");
        put("Disk       %s, %s%s%s", text(&disk, "name"),
            text_size(size, number(&disk, "capacity")), *target ? ", onto " : "", target);
        for (size_t i = 0; i < COUNT_OF(kinds); i++)
            if (*text(&disk, kinds[i]))
                put("           %s %s", kinds[i], text(&disk, kinds[i]));
    }
}

static void put_settings(const struct part *all)
{
    struct json list = items(all, "settings");
    struct part one = {.a = all->a};

    while (next_object(&list, &one))
        put("Setting    %s = %s (%s)", text(&one, "key"), text(&one, "value"),
            text(&one, "origin"));
    list = items(all, "properties");
    while (next_object(&list, &one))
        put("Property   %s %s (%s)", text(&one, "name"), flag(&one, "set") ? "is set" : "is empty",
            text(&one, "origin"));
}

static void put_stages(const struct part *all)
{
    static const char full[BAR + 1] = "####################";
    struct part one = {.a = all->a};
    struct json list = items(all, "stages");
    uint64_t sum = 0;

    while (next_object(&list, &one))
        sum += number(&one, "milliseconds") / 10; /* of 10 ms: no sum overflows then */
    list = items(all, "stages");
    while (next_object(&list, &one)) {
        uint64_t part = number(&one, "milliseconds") / 10;
        unsigned share = sum ? (unsigned)((double)part / (double)sum * 100 + 0.5) : 0;
        put("Stage      %-12s %6llu.%02llu s %3u %% %.*s", text(&one, "name"),
            (unsigned long long)(part / 100), (unsigned long long)(part % 100), share,
            (int)((share * BAR + 50) / 100), full);
    }
    put("Retries    %llu", (unsigned long long)number(all, "retries"));
}

enum err logs_print(struct bytes document, struct arena scratch, struct error *e)
{
    const struct part all = {document, &scratch};
    char *ignored;

    put_outcome(&all);
    put_machine(&all);
    put_package(&all);
    put_disks(&all);
    put_settings(&all);
    put_stages(&all);
    put_texts(&all, "Note", "notes");
    return TAKE(&scratch, 1, &ignored, e); /* no text was left out for want of memory */
}
