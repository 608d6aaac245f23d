#include "loader/ask.h"

#include <string.h>

#include "base/text.h"
#include "loader/columns.h"
#include "loader/port.h"

#define LINE_MAX   512 /* bytes of one line of a page */
#define INDENT_MAX 16  /* columns */

enum err ask_number(const char *question, size_t count, size_t by_default, size_t *out,
                    struct error *e)
{
    char answer[16];
    uint64_t number;

    for (;;) {
        TRY(port_ask(question, PORT_SHOWN, answer, sizeof(answer), e));
        if (!*answer && by_default != ASK_NO_DEFAULT) {
            *out = by_default;
            return OK;
        }
        if (text_to_u64(answer, strlen(answer), &number) && number >= 1 && number <= count) {
            *out = (size_t)number - 1;
            return OK;
        }
        port_say("Type a number from 1 to %zu, or press Escape to stop.", count);
    }
}

enum err ask_yes(const char *question, struct error *e)
{
    char answer[8];

    TRY(port_ask(question, PORT_SHOWN, answer, sizeof(answer), e));
    if (!text_same(answer, "yes"))
        return fail(e, ERR_CANCELLED, "the answer was not yes");
    return OK;
}

struct pager pager_start(void)
{
    struct port_page page = port_page();

    return (struct pager){.lines = page.lines - 1, .columns = page.columns - 1};
}

static enum err turn(struct pager *p, struct error *e)
{
    char answer[4];

    if (p->used < p->lines)
        return OK;
    TRY(port_ask("-- more: press Enter, or Escape to stop --", PORT_SHOWN, answer, sizeof(answer),
                 e));
    p->used = 0;
    return OK;
}

enum err pager_say(struct pager *p, unsigned indent, const char *text, struct error *e)
{
    static const char blanks[INDENT_MAX + 1] = "                ";
    char line[LINE_MAX];
    size_t step;

    if (indent > INDENT_MAX)
        indent = INDENT_MAX;
    do {
        size_t len = columns_break(text, p->columns - indent, LINE_MAX, &step);
        TRY(turn(p, e));
        memcpy(line, text, len);
        line[len] = '\0';
        for (size_t i = 0; i < len; i++)
            if (text_is_space(line[i]))
                line[i] = ' ';
        port_say("%.*s%s", (int)indent, blanks, line);
        p->used++;
        text += step;
    } while (*text);
    return OK;
}
