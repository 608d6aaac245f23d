/* Any bytes as a JSON object and as an array: what is in them is walked to the bottom, and every text decoded. */
#include <assert.h>
#include <string.h>

#include "base/utf.h"
#include "parsers/json.h"

static uint8_t memory[1 << 20];
static struct bytes whole;

static void check_inside(struct bytes part)
{
    assert(!part.len || (part.at >= whole.at && part.at <= whole.at + whole.len &&
                         part.len <= (size_t)(whole.at + whole.len - part.at)));
}

static void check_text(const struct json_member *member)
{
    struct error error;
    struct arena a;
    const char *text;

    arena_init(&a, memory, sizeof(memory), "a text");
    if (json_decode(member, &a, &text, &error) == OK)
        assert(utf8_valid(text, strlen(text)) && strlen(text) <= member->value.len);
    else
        assert(error.code == ERR_DAMAGED || error.code == ERR_NO_MEMORY);
}

/* What was found whole as a value is whole by itself. */
static void walk(struct bytes text, bool is_array, bool must_be_whole, int depth)
{
    struct json j = json_of(text);
    struct json_member member;

    assert(depth <= JSON_DEPTH_MAX + 1);
    while (is_array ? json_next_item(&j, &member) : json_next(&j, &member)) {
        check_inside(member.key);
        check_inside(member.value);
        if (member.kind == JSON_TEXT)
            check_text(&member);
        if (member.kind == JSON_INNER)
            walk(member.value, member.value.at[0] == '[', true, depth + 1);
    }
    assert(!must_be_whole || json_ended(&j));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    whole = (struct bytes){data, size};
    if (size > 4096) /* each level is read again */
        return 0;
    walk(whole, false, false, 0);
    walk(whole, true, false, 0);
    return 0;
}
