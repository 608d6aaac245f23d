#include "parsers/ovf_read.h"

#include <string.h>

#include "base/text.h"

static const char *trim(const char *text, size_t *len)
{
    while (text_is_space(*text))
        text++;
    *len = strlen(text);
    while (*len && text_is_space(text[*len - 1]))
        --*len;
    return text;
}

enum err read_text(struct reader *r, const char *text, const char **out, struct error *e)
{
    size_t len = 0;

    *out = "";
    if (!text)
        return OK;
    text = trim(text, &len);
    return len ? arena_text(r->arena, text, len, out, e) : OK;
}

enum err read_attribute(struct reader *r, const struct xml_node *node, const char *name,
                        const char **out, struct error *e)
{
    return read_text(r, xml_attribute(node, XML_OVF, name), out, e);
}

enum err read_message(struct reader *r, const struct xml_node *node, struct ovf_message *out,
                      struct error *e)
{
    *out = OVF_NO_MESSAGE;
    if (!node)
        return OK;
    const char *file = xml_attribute(node, XML_OVF, "fileRef");
    TRY(read_text(r, node->text, &out->text, e));
    TRY(read_attribute(r, node, "msgid", &out->id, e));
    if (!file || !*file)
        return OK;
    out->file = find_file(r->ovf, file);
    if (out->file == OVF_NONE)
        return fail(e, ERR_DAMAGED, "line %u: %s: file %s is not in References", node->line,
                    node->written, file);
    return OK;
}

static bool separates(char c)
{
    return text_is_space(c) || c == ',';
}

/* The next word from *at on, or NULL; *at is left behind it. */
static const char *next_word(const char **at, size_t *len)
{
    const char *start;

    while (**at && separates(**at))
        ++*at;
    start = *at;
    while (**at && !separates(**at))
        ++*at;
    *len = (size_t)(*at - start);
    return *len ? start : NULL;
}

enum err read_words(struct reader *r, const struct xml_node *node, const char *text,
                    struct ovf_words *out, struct error *e)
{
    const char *at = text ? text : "";
    const char **words;
    size_t count = 0;
    size_t len;

    while (next_word(&at, &len))
        count++;
    if (count > OVF_WORDS_MAX)
        return fail(e, ERR_TOO_BIG, "line %u: %s: a list of %zu words, and %u are the most",
                    node->line, node->written, count, OVF_WORDS_MAX);
    TRY(TAKE(r->arena, count, &words, e));
    at = text ? text : "";
    for (size_t i = 0; i < count; i++) {
        const char *word = next_word(&at, &len);
        TRY(arena_text(r->arena, word, len, &words[i], e));
    }
    *out = (struct ovf_words){.at = words, .count = count};
    return OK;
}

enum err read_number(const struct xml_node *node, const char *what, const char *text,
                     uint64_t missing, uint64_t *out, struct error *e)
{
    size_t len = 0;

    *out = missing;
    if (!text)
        return OK;
    text = trim(text, &len);
    if (len == 0 || text_to_u64(text, len, out))
        return OK;
    return fail(e, ERR_DAMAGED, "line %u: %s: %s %.*s is not a number from 0 to 2^64 - 1",
                node->line, node->written, what, (int)(len < 60 ? len : text_whole(text, 60)),
                text);
}

bool read_flag(const char *text, bool missing)
{
    size_t len = 0;

    if (!text)
        return missing;
    text = trim(text, &len);
    char word[6] = {0};
    if (len == 0 || len >= sizeof(word))
        return missing;
    memcpy(word, text, len);
    if (text_same(word, "true") || text_same(word, "1"))
        return true;
    if (text_same(word, "false") || text_same(word, "0"))
        return false;
    return missing;
}

size_t find_file(const struct ovf *o, const char *id)
{
    for (size_t i = 0; i < o->file_count; i++)
        if (strcmp(o->files[i].id, id) == 0)
            return i;
    for (size_t i = 0; i < o->file_count; i++)
        if (strcmp(o->files[i].href, id) == 0)
            return i;
    return OVF_NONE;
}
