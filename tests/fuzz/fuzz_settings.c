/* Settings of any bytes, as a file and as load options. */
#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "base/utf.h"
#include "parsers/settings.h"

/* Of a property the name is the appliance's, with the capitals that it has. */
static void check_key(const char *key)
{
    bool is_property = strncmp(key, "property.", strlen("property.")) == 0;

    for (const char *c = key; *c; c++)
        assert((is_property || *c == text_lower(*c)) && !text_is_space(*c) && *c != '=');
}

static void check(const struct settings *settings, size_t size)
{
    uint32_t line = 0;

    assert(settings->count <= SETTINGS_MAX);
    for (size_t i = 0; i < settings->count; i++) {
        const struct setting *s = &settings->at[i];
        assert(s->key[0] && strlen(s->key) + strlen(s->value) < size);
        assert(utf8_valid(s->value, strlen(s->value)));
        assert(!strpbrk(s->value, "\r\n\t"));
        check_key(s->key);
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
