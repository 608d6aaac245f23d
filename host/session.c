#include "host/session.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "loader/built.h"
#include "loader/gather.h"
#include "loader/port.h"

#define MACHINE_FILE_MAX (64u << 10) /* bytes */

static enum err take_memory(struct memory *m, struct error *e)
{
    void *memory = aligned_alloc(4096, MEMORY_PACKAGE + MEMORY_WORK);

    if (!memory)
        return fail(e, ERR_NO_MEMORY, "cannot take %u bytes of memory",
                    MEMORY_PACKAGE + MEMORY_WORK);
    memory_init(m, memory);
    return OK;
}

enum err session_read(struct session *s, const char *path, size_t limit, struct bytes *out,
                      struct error *e)
{
    struct file_source file;
    uint8_t *bytes = NULL;
    size_t len = 0;

    enum err err = file_source_open(&file, path, e);
    if (err == OK && file.source.size > limit)
        err = fail(e, ERR_TOO_BIG, "%s: has %llu bytes; the limit is %zu", path,
                   (unsigned long long)file.source.size, limit);
    if (err == OK) {
        len = (size_t)file.source.size;
        err = arena_take(&s->memory.package, len, 1, 1, (void **)&bytes, e);
    }
    if (err == OK)
        err = source_read(&file.source, 0, bytes, len, e);
    file_source_close(&file);
    *out = (struct bytes){bytes, len};
    return err;
}

static enum err read_machine(struct session *s, struct error *e)
{
    struct bytes text;

    if (!s->arguments.machine)
        return machine_of_host(&s->memory.package, &s->machine.machine, e);
    TRY(session_read(s, s->arguments.machine, MACHINE_FILE_MAX, &text, e));
    if (machine_parse(text, &s->memory.package, &s->machine, e) != OK)
        return within(e, "%s", s->arguments.machine);
    return OK;
}

/* Only deploy asks, and only where somebody is there. */
static enum err read_config(struct session *s, struct error *e)
{
    const struct argument_list *conf = &s->arguments.conf;
    const struct bytes none = {(const uint8_t *)"", 0};
    struct config_source sources[ARGUMENT_FILES_MAX];

    for (size_t i = 0; i < conf->count; i++) {
        sources[i] = (struct config_source){.where = conf->at[i], .unit = "line"};
        TRY(session_read(s, conf->at[i], GATHER_FILE_MAX, &sources[i].text, e));
    }
    TRY(config_read(none, sources, conf->count, &s->memory.package, &s->config, e));
    TRY(arguments_apply(&s->arguments, &s->config, e));
    TRY(config_settle(&s->config, e));
    TRY(config_fill_facts(&s->config, &s->machine.machine, &s->memory.package, e));
    if (s->arguments.command != COMMAND_DEPLOY || !isatty(STDIN_FILENO))
        s->config.unattended = ANSWER_YES;
    return OK;
}

enum err session_begin(struct session *s, struct error *e)
{
    TRY(take_memory(&s->memory, e));
    s->authority.clock = (struct clock){.now = {true, (uint64_t)time(NULL)}, .built = loader_built};
    s->name = s->arguments.file;
    if (!(s->arguments.command & COMMAND_READERS))
        return OK;
    if (url_is(s->name))
        TRY(http_name(s->arguments.file, &s->memory.package, &s->name, e));
    TRY(read_machine(s, e));
    return read_config(s, e);
}

void session_end(struct session *s)
{
    unwrap_close(&s->unwrap);
    file_source_close(&s->file);
    file_folder_close(&s->folder);
    remote_close(&s->remote);
}

static enum err read_authority(struct session *s, struct error *e)
{
    const struct argument_list *trust = &s->arguments.trust;
    struct bytes bytes;

    for (size_t i = 0; i < trust->count && !s->authority.is_sealed; i++) {
        TRY(session_read(s, trust->at[i], TRUST_FILE_MAX, &bytes, e));
        TRY(trust_add(&s->authority.trust, trust->at[i], bytes, &s->memory.package, e));
    }
    if (s->config.verify == VERIFY_SIGNATURE && !trust->count && !s->authority.is_sealed)
        return fail(e, ERR_SETTING,
                    "verify = signature wants --trust FILE with somebody to believe");
    return authority_settle(&s->authority, s->config.verify, e);
}

static const char *language(const struct session *s)
{
    return s->config.language ? s->config.language : port_language();
}

/* An archive by its name or by its content; anything else has to be a disk image. */
static enum err open_file(struct session *s, const char *path, struct error *e)
{
    struct arena *a = &s->memory.package;
    struct source *archive;
    bool is_archive;

    TRY(file_source_open(&s->file, path, e));
    TRY(unwrap_open(&s->unwrap, &s->file.source, a, &archive, e));
    TRY(bare_is_tar(archive, &is_archive, e));
    if (is_archive || text_ends(path, ".ova"))
        return package_open_archive(&s->package, archive, a, e);
    if (s->authority.policy != VERIFY_NONE)
        return fail(e, ERR_SETTING,
                    "%s: is no package (.ova, .ovf), and nothing proves that a disk image alone is "
                    "whole; --policy none takes it as it is, ovfboot pack makes a package of it",
                    path);
    TRY(file_folder_open(&s->folder, path, e));
    return bare_open(&s->bare, &s->folder.folder, file_base_name(path), a, s->memory.work,
                     &s->package, e);
}

enum err session_open(struct session *s, struct error *e)
{
    struct arena *a = &s->memory.package;
    const char *path = s->arguments.file;

    TRY(read_authority(s, e));
    if (url_is(path)) {
        TRY(remote_open(&s->remote, &s->arguments, &s->config, s->authority.clock, a, &s->package,
                        e));
    } else if (text_ends(path, ".ovf")) {
        TRY(file_folder_open(&s->folder, path, e));
        TRY(package_open_folder(&s->package, &s->folder.folder, package_base_name(path), a, e));
    } else {
        TRY(open_file(s, path, e));
    }
    return plan_open(&s->package, &s->authority, language(s), a, s->memory.work, &s->plan, e);
}
