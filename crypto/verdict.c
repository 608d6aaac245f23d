#include "crypto/verdict.h"

#include <stdarg.h>
#include <string.h>

#include "base/text.h"

enum err verdict_note(struct verdict *v, struct arena *a, struct error *e, const char *format, ...)
{
    char text[sizeof(e->text)];
    va_list args;

    va_start(args, format);
    text_format_va(text, sizeof(text), format, args);
    va_end(args);
    for (size_t i = 0; i < v->note_count; i++)
        if (strcmp(v->notes[i], text) == 0)
            return OK;
    if (v->note_count == SIGNATURE_NOTES_MAX)
        return OK;
    TRY(arena_text(a, text, strlen(text), &v->notes[v->note_count], e));
    v->note_count++;
    return OK;
}
