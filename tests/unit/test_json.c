#include "parsers/json.h"

#include <string.h>

#include "tests/test.h"

static struct bytes text_bytes(const char *text)
{
    return (struct bytes){(const uint8_t *)text, strlen(text)};
}

static bool whole(const char *text)
{
    struct json j = json_of(text_bytes(text));
    struct json_member member;

    while (json_next(&j, &member))
        continue;
    return json_ended(&j);
}

TEST(json_is_taken_when_it_is_whole)
{
    CHECK(whole("{}") && whole(" {\n} \n") && whole("{\"a\":1}"));
    CHECK(whole("{\"a\":-0.5e+10,\"b\":[],\"c\":{},\"d\":[1,[2,{\"x\":[]}],\"]\"] , \"e\":null}"));
    CHECK(whole("{\"a\" : { \"b\" : true , \"c\" : [ ] } }"));
    CHECK(whole("{\"\":\"\\\"\\\\\\/\\b\\u00e9\xc3\xa9\"}"));
}

TEST(json_that_is_not_whole_is_refused)
{
    static const char *const texts[] = {
        "",
        "{",
        "[]",
        "{}x",
        "{\"a\"}",
        "{\"a\":}",
        "{a:1}",
        "{\"a\":1,}",
        "{\"a\":01}",
        "{\"a\":1.}",
        "{\"a\":+1}",
        "{\"a\":[1,]}",
        "{,}",
        "{\"a\":[}",
        "{\"a\":[1}}",
        "{\"a\":tru}",
        "{\"a\":\"",
        "{\"a\":\"\\x\"}",
        "{\"a\":1",
        "{\"a\":{1}}",
        "{\"a\":\"\n\"}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":\"\xff\"}",
        "{\"a\":{\"b\":1,}}",
        "{\"a\":\"\\u12g4\"}",
        "{\"a\":1e}",
        "{\"a\":-}",
        "{\"a\":[1 2]}",
    };

    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (whole(texts[i]))
            test_text(__FILE__, __LINE__, texts[i], "refused");
}

TEST(json_is_only_so_deep)
{
    char text[100] = "{\"a\":";
    size_t len = strlen(text);

    memset(text + len, '[', JSON_DEPTH_MAX);
    memset(text + len + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
    strcpy(text + len + 2 * JSON_DEPTH_MAX, "}");
    CHECK(whole(text));
    memset(text + len, '[', JSON_DEPTH_MAX + 1);
    memset(text + len + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX - 1);
    CHECK(!whole(text));
}

static const char *decoded(const char *text)
{
    static uint8_t memory[512];
    static struct error error;
    struct json j = json_of(text_bytes(text));
    struct json_member member;
    const char *out;
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "a test");
    if (!json_next(&j, &member) || member.kind != JSON_TEXT || !json_key_is(&member, "k"))
        return "no text";
    return json_decode(&member, &a, &out, &error) == OK ? out : error.text;
}

TEST(texts_of_json_are_decoded)
{
    CHECK_TEXT(decoded("{\"k\":\"a\\n\\t\\\"\\\\\\/\\b\\f\\r\"}"), "a\n\t\"\\/\b\f\r");
    CHECK_TEXT(decoded("{\"k\":\"\\u0041\\u00e9\\u20ac\\ud83d\\ude00\"}"),
               "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
    CHECK_HOLDS(decoded("{\"k\":\"\\u0000\"}"), "half a character");
    CHECK_HOLDS(decoded("{\"k\":\"\\ud83d\"}"), "half a character");
    CHECK_HOLDS(decoded("{\"k\":\"\\ude00\"}"), "half a character");
    CHECK_HOLDS(decoded("{\"k\":\"\\ud83dx\"}"), "half a character");
    CHECK_TEXT(decoded("{\"key\":\"\"}"), "no text");
}

static size_t items(const char *text, enum json_kind *last)
{
    struct json j = json_of(text_bytes(text));
    struct json_member member;
    size_t count = 0;

    while (json_next_item(&j, &member)) {
        CHECK(member.key.len == 0);
        *last = member.kind;
        count++;
    }
    return json_ended(&j) ? count : 99;
}

TEST(an_array_is_read_item_by_item)
{
    enum json_kind kind;

    CHECK(items("[]", &kind) == 0 && items(" [ ] ", &kind) == 0);
    CHECK(items("[1]", &kind) == 1 && kind == JSON_NUMBER);
    CHECK(items("[1,\"a\", {\"b\":[]} ]", &kind) == 3 && kind == JSON_INNER);
    CHECK(items("[1,]", &kind) == 99 && items("[,1]", &kind) == 99 && items("[1", &kind) == 99);
    CHECK(items("{}", &kind) == 99 && items("[1}", &kind) == 99 && items("[\"a\":1]", &kind) == 99);
    CHECK(items("[1 2]", &kind) == 99 && items("[1]2", &kind) == 99 && items("]", &kind) == 99);
    CHECK(!whole("[1]") && !whole("]") && !whole("{]"));
}
