#include "parsers/yaml.h"

#include <string.h>

#include "tests/test.h"

static const char *below(const char *text, const char *key)
{
    static uint8_t memory[8192];
    static char result[1024];
    static struct error error;
    struct bytes out;
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "a test");
    if (yaml_below((struct bytes){(const uint8_t *)text, strlen(text)}, key, &a, &out, &error) !=
        OK)
        return error.text;
    memcpy(result, out.at, out.len);
    result[out.len] = '\0';
    return result;
}

TEST(what_is_under_a_key_in_lines_keeps_its_lines)
{
    CHECK_TEXT(below("network:\n  version: 2\n", "network"), "        \n  version: 2\n");
    CHECK_TEXT(below("a: 1\nnetwork:\n  a:\n# c\n\n    b\nother: 2\n", "network"),
               "        \n  a:\n# c\n\n    b\n");
    CHECK_TEXT(below("network: {version: 2}\r\n", "network"), "         {version: 2}\r\n");
    CHECK_TEXT(below("'network' : 1\n\"network\":2", "network"), "          2");
    CHECK_TEXT(below("\xef\xbb\xbf# x\n%YAML 1.1\n---\n  network:\n    v: 2\n  x: 1\n", "network"),
               "          \n    v: 2\n");
    CHECK_TEXT(below("network:\n  v: 2\n...\nnetwork: 3\n", "network"), "        \n  v: 2\n");
}

TEST(what_is_under_a_key_in_braces_is_its_value)
{
    CHECK_TEXT(below("{\"network\": {\"version\": 2, \"a\": [1, 2]}, \"x\": 3}", "network"),
               " {\"version\": 2, \"a\": [1, 2]}");
    CHECK_TEXT(below("--- {x: {network: 1}, network: 'it''s, }', y: 2}", "network"), " 'it''s, }'");
    CHECK_TEXT(
        below("{\"x\": \"network: \\\"}\", # network: {\n network: [don't, \"]\"] }", "network"),
        " [don't, \"]\"] ");
    CHECK_TEXT(below("{\n  \"network\":1,\"network\":2}", "network"), "2");
}

TEST(nothing_is_under_a_key_that_is_not_there)
{
    CHECK_TEXT(below("", "network"), "");
    CHECK_TEXT(below("network", "network"), "");
    CHECK_TEXT(below("network:x\n", "network"), "");
    CHECK_TEXT(below("networks:\n  a: 1\nx:\n  network: 1\n", "network"), "");
    CHECK_TEXT(below("network:\n\nx: 1\n", "network"), "");
    CHECK_TEXT(below("{network: {version: 2", "network"), "");
    CHECK_TEXT(below("{a: network, networks: 1}", "network"), "");
    CHECK_TEXT(below("- network: 1\n", "network"), "");
    CHECK_TEXT(below("{\"", "network"), "");
    CHECK_TEXT(below("---", "network"), "");
}
