/* Questions to the person at the terminal: the terminal itself edits the line. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "host/system.h"
#include "loader/port.h"
#include "loader/port_screen.h"
#include "parsers/lines.h"

#define CTRL_C   0x03
#define LINE_MAX 4096 /* bytes; what Linux' terminals give at most (termios(3), "Canonical mode") */

/* No signal comes from the keyboard meanwhile, so that nothing can leave the terminal without echo;
 * Ctrl-C ends the line instead. */
static bool set_terminal(enum port_echo echo, struct termios *before)
{
    if (tcgetattr(STDIN_FILENO, before) != 0)
        return false;
    struct termios asking = *before;
    asking.c_lflag |= ICANON;
    asking.c_lflag &= (tcflag_t) ~(ISIG | ECHONL);
    if (echo == PORT_HIDDEN)
        asking.c_lflag &= (tcflag_t)~ECHO;
    asking.c_cc[VEOL] = CTRL_C;
    /* What was typed ahead was shown: it can be an answer, but no password. */
    return tcsetattr(STDIN_FILENO, echo == PORT_HIDDEN ? TCSAFLUSH : TCSADRAIN, &asking) == 0;
}

enum line_end {
    LINE_DONE,
    LINE_CANCELLED,
    LINE_TOO_LONG,
    LINE_FAILED, /* errno says why */
};

/* A line without its end. */
static enum line_end read_line(char line[LINE_MAX], size_t *len)
{
    *len = 0;
    while (*len < LINE_MAX) {
        ssize_t n = read(STDIN_FILENO, line + *len, LINE_MAX - *len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return LINE_FAILED;
        if (n == 0)
            return LINE_CANCELLED; /* Ctrl-D, or nobody is there any more */
        *len += (size_t)n;
        if (line[*len - 1] == CTRL_C)
            return LINE_CANCELLED;
        if (line[*len - 1] == '\n') {
            --*len;
            return LINE_DONE;
        }
    }
    return LINE_TOO_LONG;
}

/* True when the answer was taken; else why tells what is wrong with it. */
static bool take_answer(const char *line, size_t len, char *answer, size_t size, const char **why)
{
    if (!lines_plain((struct bytes){(const uint8_t *)line, len})) {
        *why = "Only text in UTF-8 can be taken.";
        return false;
    }
    if (len >= size) {
        *why = "That is too long.";
        return false;
    }
    memcpy(answer, line, len);
    answer[len] = '\0';
    return true;
}

/* Ask until an answer can be taken. */
static enum err ask(const char *question, enum port_echo echo, char *answer, size_t size,
                    char line[LINE_MAX], struct error *e)
{
    const char *why = "";
    enum line_end end;
    bool taken = false;
    size_t len;

    do {
        fprintf(stderr, "%s ", question);
        end = read_line(line, &len);
        if (end == LINE_FAILED)
            return system_fail(e, ERR_IO, "cannot read the answer to: %s", question);
        if (end != LINE_DONE || echo == PORT_HIDDEN)
            fputc('\n', stderr);
        if (end == LINE_CANCELLED)
            return fail(e, ERR_CANCELLED, "the person at the terminal chose to stop");
        taken = end == LINE_DONE && take_answer(line, len, answer, size, &why);
        if (!taken)
            fprintf(stderr, "%s\n", end == LINE_DONE ? why : "That is too long.");
    } while (!taken);
    return OK;
}

enum err port_ask(const char *question, enum port_echo echo, char *answer, size_t size,
                  struct error *e)
{
    static char line[LINE_MAX]; /* too large for the stack */
    struct termios before;

    if (!isatty(STDIN_FILENO))
        return fail(e, ERR_SETTING, "nobody can answer here: %s", question);
    port_progress(NULL);
    fflush(stdout);
    if (!set_terminal(echo, &before))
        return system_fail(e, ERR_IO, "cannot ask at this terminal: %s", question);
    enum err err = ask(question, echo, answer, size, line, e);
    tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
    bytes_wipe(line, sizeof(line));
    return err;
}

/* Questions are lines here: they go to pipes and into scripts, too. */
const struct port_screen *port_screen(void)
{
    return NULL;
}
