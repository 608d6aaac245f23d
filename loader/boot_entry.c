#include "loader/boot_entry.h"

#include <string.h>

#include "base/text.h"
#include "base/utf.h"
#include "parsers/hd_path.h"
#include "parsers/load_option.h"

#define TEXT_MAX (BOOT_TITLE_MAX + sizeof(BOOT_ENTRY_MARK)) /* bytes with the NUL */
#define NAME_MAX 9                                          /* "Boot0000" */
#define ALL      65536                                      /* numbers that there are */

/* What an entry is to us, the best last. */
enum worth {
    OTHERS,
    ORPHAN, /* ours, and leads nowhere */
    THEIRS, /* somebody else's, and right as it is */
    OURS,   /* of the same partition and file */
};

struct search {
    const struct boot_wish *wish;
    struct hd_path place;  /* of the guest's loader */
    char text[TEXT_MAX];   /* description of ours */
    char theirs[TEXT_MAX]; /* of the entry that is THEIRS */
    struct bytes wanted;   /* the entry as it should be */
    uint16_t *order;       /* BootOrder */
    size_t order_count;
    uint8_t *taken;    /* a bit for each number that is listed, or has an entry */
    size_t looked_for; /* partitions */
    enum worth worth;  /* the best so far: */
    uint16_t number;
    bool right;   /* nothing about it needs to be written */
    bool changed; /* something was written */
};

static const char *name_of(uint16_t number, char name[NAME_MAX])
{
    text_format(name, NAME_MAX, "Boot%04X", number);
    return name;
}

/* The title, cut, in characters that firmware can show: UCS-2 has none of four bytes. */
static void describe(const char *title, char text[TEXT_MAX])
{
    size_t len = text_format(text, BOOT_TITLE_MAX + 1, "%s", title), to = 0, n;

    for (size_t i = 0; i < len; i += n) {
        n = utf8_char(text + i, len - i);
        if (n == 4)
            text[to++] = '?';
        for (size_t j = 0; n != 4 && j < n; j++)
            text[to++] = text[i + j];
    }
    while (to && text[to - 1] == ' ')
        to--;
    text_format(text + to, TEXT_MAX - to, "%s", to ? BOOT_ENTRY_MARK : "Appliance" BOOT_ENTRY_MARK);
}

/* UTF-16 as it lies in an entry. */
static struct bytes put_text(const char *text, uint8_t out[2 * TEXT_MAX])
{
    uint16_t wide[TEXT_MAX];
    size_t units = 0;

    if (!utf8_to_utf16(text, strlen(text), wide, COUNT_OF(wide), &units))
        units = 0;
    for (size_t i = 0; i < units; i++)
        put_le16(out + 2 * i, wide[i]);
    return (struct bytes){out, 2 * units};
}

/* What can be shown of a description; "" when it is long, or no text at all. */
static void take_text(struct bytes from, char out[TEXT_MAX])
{
    uint16_t wide[TEXT_MAX];
    size_t units = from.len / 2, len;

    out[0] = '\0';
    if (units > COUNT_OF(wide))
        return;
    for (size_t i = 0; i < units; i++)
        wide[i] = get_le16(from.at + 2 * i);
    if (!utf16_to_utf8(wide, units, out, TEXT_MAX, &len))
        out[0] = '\0';
}

static bool is_marked(const struct load_option *option)
{
    uint8_t out[2 * TEXT_MAX];
    struct bytes mark = put_text(BOOT_ENTRY_MARK, out), text = option->description;

    return text.len >= mark.len && memcmp(text.at + text.len - mark.len, mark.at, mark.len) == 0;
}

static void find_place(const struct boot_wish *wish, struct hd_path *out)
{
    const struct partition *p = &wish->loader->partition;

    *out = (struct hd_path){.table = wish->loader->table == TABLE_GPT ? HD_GPT : HD_MBR,
                            .number = p->number,
                            .start = p->offset / wish->sector_size,
                            .count = p->size / wish->sector_size};
    if (out->table == HD_GPT)
        memcpy(out->signature, p->guid, sizeof(p->guid));
    else
        put_le32(out->signature, wish->loader->signature);
    text_format(out->file, sizeof(out->file), "%s", wish->loader->path);
}

static enum err make_wanted(struct search *s, struct arena *a, struct error *e)
{
    uint8_t text[2 * TEXT_MAX], path[HD_PATH_SIZE_MAX];
    struct load_option option = {.attributes = LOAD_OPTION_IS_ACTIVE};
    uint8_t *at;

    find_place(s->wish, &s->place);
    describe(s->wish->title, s->text);
    option.description = put_text(s->text, text);
    option.path = (struct bytes){path, hd_path_store(&s->place, path)};
    s->wanted.len = load_option_size(&option);
    TRY(arena_take(a, s->wanted.len, 1, 1, (void **)&at, e));
    load_option_store(&option, at);
    s->wanted.at = at;
    return OK;
}

static bool same_partition(const struct hd_path *a, const struct hd_path *b)
{
    return a->table == b->table && (a->table == HD_GPT || a->number == b->number) &&
           memcmp(a->signature, b->signature, sizeof(a->signature)) == 0;
}

static bool is_in(const struct partitions *table, const struct hd_path *path)
{
    if (table->kind == TABLE_MBR)
        return path->table == HD_MBR && get_le32(path->signature) == table->signature;
    for (size_t i = 0; i < table->count; i++)
        if (path->table == HD_GPT &&
            memcmp(table->at[i].guid, path->signature, sizeof(path->signature)) == 0)
            return true;
    return false;
}

/* No disk has it for sure: each one could be read, and tells its partitions apart. */
static bool leads_nowhere(struct search *s, const struct hd_path *path, const struct arena *work)
{
    if ((path->table == HD_MBR && get_le32(path->signature) == 0) ||
        s->looked_for++ >= BOOT_SEARCHES_MAX)
        return false;
    for (size_t i = 0; i < s->wish->disk_count; i++) {
        const struct found_disk *disk = &s->wish->disks[i];
        struct arena scratch = *work;
        struct partitions table;
        struct error ignored;
        if (partitions_read(disk->source, disk->target->sector_size, &scratch, &table, &ignored) !=
                OK ||
            is_in(&table, path))
            return false;
    }
    return true;
}

/* Arguments make an entry somebody else's, whatever it is called. */
static enum worth judge(struct search *s, struct bytes value, const struct arena *work)
{
    struct load_option option;
    struct hd_path path;

    if (!load_option_parse(value, &option) || option.data.len || !hd_path_parse(option.path, &path))
        return OTHERS;
    if (same_partition(&path, &s->place) && text_same(path.file, s->place.file)) {
        if (is_marked(&option))
            return OURS;
        /* The long form may mean another disk, of which this one is a copy. */
        if (!(option.attributes & LOAD_OPTION_IS_ACTIVE) || path.is_long ||
            path.number != s->place.number || path.start != s->place.start ||
            path.count != s->place.count)
            return OTHERS;
        if (s->worth < THEIRS)
            take_text(option.description, s->theirs);
        return THEIRS;
    }
    if (s->worth < ORPHAN && is_marked(&option) && leads_nowhere(s, &path, work))
        return ORPHAN;
    return OTHERS;
}

static bool same_bytes(struct bytes a, struct bytes b)
{
    return a.len == b.len && memcmp(a.at, b.at, a.len) == 0;
}

/* What is there under that number.  One that cannot be read is somebody else's. */
static void look_at(struct search *s, uint16_t number, const struct arena *work)
{
    struct arena scratch = *work;
    struct error ignored;
    struct bytes value = {0};
    char name[NAME_MAX];

    enum err err = port_read_variable(name_of(number, name), &scratch, &value, &ignored);
    if (err != OK || value.len)
        s->taken[number / 8] |= (uint8_t)(1u << number % 8);
    if (err != OK || !value.len)
        return;
    enum worth worth = judge(s, value, &scratch);
    if (worth <= s->worth)
        return;
    s->worth = worth;
    s->number = number;
    s->right = worth == THEIRS || (worth == OURS && same_bytes(value, s->wanted));
}

static bool is_taken(const struct search *s, uint16_t number)
{
    return s->taken[number / 8] >> number % 8 & 1;
}

/* BootOrder; half an entry at its end is passed over, as firmware does. */
static enum err read_order(struct search *s, struct arena *a, struct error *e)
{
    struct bytes value;

    TRY(port_read_variable("BootOrder", a, &value, e));
    s->order_count = value.len / 2;
    if (s->order_count > BOOT_ORDER_MAX)
        return fail(e, ERR_TOO_BIG, "BootOrder lists %zu entries; the limit is %d", s->order_count,
                    BOOT_ORDER_MAX);
    TRY(TAKE(a, s->order_count + 1, &s->order, e));
    for (size_t i = 0; i < s->order_count; i++)
        s->order[i] = take_le16(&value);
    return OK;
}

/* Entries that are listed come first, then those that are only there: a power cut, or a firmware
 * that has rewritten BootOrder, may have left ours so. */
static enum err find_entry(struct search *s, struct arena *a, struct error *e)
{
    TRY(read_order(s, a, e));
    TRY(arena_take(a, ALL / 8, 1, 1, (void **)&s->taken, e));
    for (size_t i = 0; i < s->order_count; i++) {
        uint16_t number = s->order[i];
        if (is_taken(s, number))
            continue;
        s->taken[number / 8] |= (uint8_t)(1u << number % 8);
        look_at(s, number, a);
    }
    for (uint16_t number = 0; number < BOOT_NUMBERS; number++)
        if (!is_taken(s, number))
            look_at(s, number, a);
    for (uint16_t number = 0; number < BOOT_NUMBERS && s->worth == OTHERS; number++)
        if (!is_taken(s, number)) {
            s->number = number;
            return OK;
        }
    if (s->worth == OTHERS)
        return fail(e, ERR_NO_ROOM, "the numbers Boot0000 to Boot%04X are all taken",
                    BOOT_NUMBERS - 1);
    return OK;
}

/* Ours in front, or anywhere; all others stay in their order. */
static enum err write_order(struct search *s, struct arena *a, struct error *e)
{
    size_t count = 0;
    bool listed = false;
    uint8_t *value;

    for (size_t i = 0; i < s->order_count; i++)
        listed = listed || s->order[i] == s->number;
    if (s->wish->first ? s->order_count && s->order[0] == s->number : listed)
        return OK;
    TRY(arena_take(a, s->order_count + 1, 2, 1, (void **)&value, e));
    if (s->wish->first)
        put_le16(value + 2 * count++, s->number);
    for (size_t i = 0; i < s->order_count; i++)
        if (s->order[i] != s->number)
            put_le16(value + 2 * count++, s->order[i]);
    if (!s->wish->first)
        put_le16(value + 2 * count++, s->number);
    TRY(port_write_variable("BootOrder", (struct bytes){value, 2 * count}, e));
    s->changed = true;
    s->order_count = count;
    for (size_t i = 0; i < count; i++)
        s->order[i] = get_le16(value + 2 * i);
    return OK;
}

static enum err settle(struct search *s, struct arena *a, struct error *e)
{
    char name[NAME_MAX];

    TRY(make_wanted(s, a, e));
    TRY(find_entry(s, a, e));
    if (!s->right) {
        TRY(port_write_variable(name_of(s->number, name), s->wanted, e));
        s->changed = s->right = true;
    }
    return write_order(s, a, e);
}

static void say(const struct search *s)
{
    char name[NAME_MAX], place[48] = "first in the boot order";
    size_t at = 0;

    while (at < s->order_count && s->order[at] != s->number)
        at++;
    if (at)
        text_format(place, sizeof(place), "place %zu of %zu in the boot order", at + 1,
                    s->order_count);
    port_say("Boot entry %s \"%s\", %s%s", name_of(s->number, name),
             s->worth == THEIRS ? s->theirs : s->text, place, s->changed ? "" : ", as before");
}

static void warn(const struct search *s, const struct error *why)
{
    char name[NAME_MAX];

    if (s->right)
        port_say("Warning    %s is not where it should be in the boot order: %s",
                 name_of(s->number, name), why->text);
    else
        port_say("Warning    the guest has no boot entry of its own: %s", why->text);
    port_say("           %s", why->code == ERR_NO_ROOM
                                  ? "Remove entries that nobody needs in the firmware's setup; "
                                    "until then choose the disk in its boot menu"
                                  : "Choose the disk in the firmware's boot menu");
}

void boot_entry_make(const struct boot_wish *wish, struct arena work)
{
    struct search s = {.wish = wish};
    struct error error;

    if (settle(&s, &work, &error) == OK)
        say(&s);
    else
        warn(&s, &error);
}
