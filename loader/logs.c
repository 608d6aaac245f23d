/* What is left of a run: on the medium it started from, on the disk that it wrote, and where neither takes anything in a
 * variable of the firmware's. */
#include <string.h>

#include "base/text.h"
#include "loader/course.h"
#include "loader/facts.h"
#include "loader/log.h"

#define FOLDER    "logs/"
#define KEPT      20   /* runs of a machine; docs/limits.md */
#define NUMBERS   9999 /* then from 1 again */
#define NAME_MAX  64   /* bytes of the machine's part of a name */
#define PATH_MAX  (NAME_MAX + 24)
#define SHORT_MAX 1024 /* bytes of the variable; docs/limits.md */

/* By what the machine is known, for a file's name. */
static void machine_name(const struct machine *m, char out[NAME_MAX])
{
    const char *known = *m->serial     ? m->serial
                        : *m->uuid     ? m->uuid
                        : m->mac_count ? m->macs[0]
                                       : "machine";
    bool is_mac = !*m->serial && !*m->uuid && m->mac_count;
    size_t len = 0;

    for (; len < NAME_MAX - 1 && known[len]; len++)
        out[len] = len ? facts_letter(known[len], is_mac)
                       : (known[0] == '.' ? '_' : facts_letter(known[0], is_mac));
    out[len] = '\0';
}

/* The number in "MACHINE-7.txt"; 0: it is none of this machine's. */
static uint32_t number_in(const char *file, const char *machine)
{
    size_t len = strlen(machine);
    uint32_t number = 0;

    if (!text_starts(file, machine) || file[len] != '-')
        return 0;
    const char *at = file + len + 1;
    while (*at >= '0' && *at <= '9' && number <= NUMBERS)
        number = 10 * number + (uint32_t)(*at++ - '0');
    return number <= NUMBERS && strcmp(at, ".txt") == 0 ? number : 0;
}

static void remove_run(const char *machine, uint32_t number)
{
    static const char *const endings[] = {"txt", "json"};
    char path[PATH_MAX];
    struct error ignored;

    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        text_format(path, sizeof(path), FOLDER "%s-%u.%s", machine, number, endings[i]);
        (void)!port_remove_beside(path, &ignored);
    }
}

/* The next number; what is too old goes. */
static enum err next_number(struct course *c, const char *machine, uint32_t *out, struct error *e)
{
    struct arena scratch = c->loader->memory.work;
    uint32_t last = 0, first = NUMBERS + 1, runs = 0;
    const char **names;
    size_t count;

    TRY(port_list_beside(FOLDER, &scratch, &names, &count, e));
    for (size_t i = 0; i < count; i++) {
        uint32_t number = number_in(names[i], machine);
        if (!number)
            continue;
        runs++;
        last = number > last ? number : last;
        first = number < first ? number : first;
    }
    if (runs >= KEPT)
        remove_run(machine, first);
    *out = last % NUMBERS + 1;
    return OK;
}

static void note_end(enum outcome outcome, const struct error *why)
{
    char line[sizeof(struct error) + 32];

    if (outcome != OUTCOME_FAILED)
        return;
    text_format(line, sizeof(line), "FAILED (%s): %s", err_name(why->code), why->text);
    log_line(line);
    log_line(err_advice(why->code));
}

static enum err write_files(struct course *c, const char *machine, struct bytes text,
                            struct bytes document, struct error *e)
{
    char path[PATH_MAX];

    if (!c->log_number)
        TRY(next_number(c, machine, &c->log_number, e));
    text_format(path, sizeof(path), FOLDER "%s-%u.txt", machine, c->log_number);
    TRY(port_write_beside(path, text, e));
    text_format(path, sizeof(path), FOLDER "%s-%u.json", machine, c->log_number);
    return port_write_beside(path, document, e);
}

/* A start that writes nothing leaves nothing there. */
static bool has_written(const struct course *c)
{
    return c->is_performed && c->task != TASK_START && c->provides;
}

/* Wherever there is a place for it. */
static enum err leave_files(struct course *c, enum outcome outcome, const struct error *why,
                            struct error *e)
{
    const char *targets[CONFIG_TARGETS_MAX];
    struct arena scratch = c->loader->memory.package;
    struct bytes text, document;
    char machine[NAME_MAX];

    machine_name(&c->machine, machine);
    look_back(c, targets);
    TRY(log_text(&scratch, &text, e));
    TRY(report_write(&c->report, outcome, why, &scratch, c->loader->memory.work, &document, e));
    enum err beside = write_files(c, machine, text, document, e);
    if (has_written(c) && keep_log_on_disk(c, text, document, e) == OK)
        return OK;
    return beside;
}

/* A variable lasts only so many writes: a start that changed nothing leaves none. */
static void leave_variable(const struct course *c, enum outcome outcome, const struct error *why)
{
    static const char *const words[] = {
        [OUTCOME_STARTING] = "started", [OUTCOME_DONE] = "done", [OUTCOME_FAILED] = "failed"};
    const struct report *r = &c->report;
    char text[SHORT_MAX];
    struct error ignored;

    if (outcome != OUTCOME_FAILED && !(c->is_performed && c->task == TASK_DEPLOY))
        return;
    size_t len = text_format(text, sizeof(text), "ovfboot " OVFBOOT_VERSION ": %s at %s\n%s%s%s\n",
                             words[outcome],
                             r->stage_count ? r->stages[r->stage_count - 1].name : "the beginning",
                             r->place ? r->place : "", outcome == OUTCOME_FAILED ? "\n" : "",
                             outcome == OUTCOME_FAILED ? why->text : "");
    (void)!port_leave_note((struct bytes){(uint8_t *)text, len}, &ignored);
}

void keep_log(struct course *c, enum outcome outcome, const struct error *why)
{
    struct error trouble;

    if (c->loader->config.log == ANSWER_NO)
        return;
    note_end(outcome, why);
    if (leave_files(c, outcome, why, &trouble) != OK)
        leave_variable(c, outcome, why);
}
