/* Questions to the person at the console. */
#include "base/bytes.h"
#include "base/text.h"
#include "efi/console.h"
#include "efi/firmware.h"
#include "loader/columns.h"
#include "loader/typing.h"

#define ROOM_LEAST 16 /* columns; when the question leaves fewer, the answer gets its own line */

/* False: Escape.  Only Enter and Escape end the line. */
static bool type_line(struct typing *t)
{
    char shown[TYPING_SHOW_MAX];
    bool more = true;

    do {
        EFI_INPUT_KEY key = console_wait_key();
        if (console_is_escape(&key))
            return false;
        more = key.UnicodeChar != '\r' && key.UnicodeChar != '\n';
        if (more)
            console_put(typing_take(t, key.UnicodeChar, shown));
        bytes_wipe(&key, sizeof(key)); /* it may be a letter of a password */
    } while (more);
    return true;
}

enum err port_ask(const char *question, enum port_echo echo, char *answer, size_t size,
                  struct error *e)
{
    size_t columns = port_page().columns;
    size_t used = (columns_text(question) + 1) % columns;

    if (!firmware.system->ConIn)
        return fail(e, ERR_SETTING, "there is no keyboard to answer: %s", question);
    port_progress(NULL);
    console_put(question);
    if (columns - used < ROOM_LEAST + 1)
        used = 0;
    console_put(used ? " " : "\r\n");
    /* The last column stays free: behind it the cursor goes to the next line. */
    struct typing t = typing_begin(echo, columns - used - 1, answer, size);
    bool answered = type_line(&t);
    console_put("\r\n");
    if (answered) {
        typing_end(&t);
        return OK;
    }
    typing_wipe(&t);
    return fail(e, ERR_CANCELLED, "the person at the console chose to stop");
}
