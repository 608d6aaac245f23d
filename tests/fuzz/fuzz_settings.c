/* Settings of any bytes, as a file and as load options. */
#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "base/utf.h"
#include "parsers/settings.h"

static void check(const struct settings *settings, size_t size)
{
    uint32_t line = 0;

    assert(settings->count <= SETTINGS_MAX);
    for (size_t i = 0; i < settings->count; i++) {
        const struct setting *s = &settings->at[i];
        assert(s->key[0] && strlen(s->key) + strlen(s->value) < size);
        assert(utf8_valid(s->value, strlen(s->value)));
        assert(!strpbrk(s->value, "\r\n\t"));
        for (const char *c = s->key; *c; c++)
            assert(*c == text_lower(*c) && !text_is_space(*c) && *c != '=');
        for (size_t j = 0; j < i; j++)
            assert(strcmp(settings->at[j].key, s->key) != 0);
        assert(s->line > line);
        line = s->line;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t memory[1 << 18];
    struct bytes text = {data, size};
    struct settings settings;
    struct error error;
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "fuzzing");
    if (settings_parse(text, &a, &settings, &error) == OK)
        check(&settings, size);
    else
        assert(error.code == ERR_SETTING || error.code == ERR_NO_MEMORY);

    arena_init(&a, memory, sizeof(memory), "fuzzing");
    if (settings_parse_options(text, &a, &settings, &error) == OK)
        check(&settings, size);
    else
        assert(error.code == ERR_SETTING || error.code == ERR_NO_MEMORY);
    return 0;
}
