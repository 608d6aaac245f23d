#include "tests/fake_port.h"

#include <stdarg.h>
#include <string.h>

#include "base/text.h"
#include "loader/log.h"

struct fake_port fake_port;

void fake_port_reset(void)
{
    fake_port = (struct fake_port){.step_ms = 1000, .machine = machine_unknown(GUEST_X86_64)};
    fake_variables_reset();
}

static void keep(const char *line)
{
    fake_port.said_len += text_format(fake_port.said + fake_port.said_len,
                                      sizeof(fake_port.said) - fake_port.said_len, "%s", line);
    if (fake_port.said_len + 1 < sizeof(fake_port.said))
        fake_port.said[fake_port.said_len++] = '\n';
}

void port_say(const char *format, ...)
{
    char line[1024];
    va_list args;

    va_start(args, format);
    text_format_va(line, sizeof(line), format, args);
    va_end(args);
    log_line(line);
    keep(line);
}

bool port_progress(const char *line)
{
    fake_port.progress_left = line != NULL;
    if (line)
        fake_port.progress_lines++;
    return !line || fake_port.progress_lines != fake_port.cancel_at;
}

uint64_t port_milliseconds(void)
{
    return fake_port.now_ms += fake_port.step_ms;
}

enum guest_arch port_arch(void)
{
    return fake_port.arch;
}

enum err port_find_packages(struct arena *a, struct found_package **out, size_t *count,
                            struct error *e)
{
    *count = fake_port.package_count;
    TRY(TAKE(a, *count, out, e));
    memcpy(*out, fake_port.packages, *count * sizeof(**out));
    return OK;
}

enum err port_find_disks(struct arena *a, struct found_disk **out, size_t *count, struct error *e)
{
    *count = fake_port.disk_count;
    TRY(TAKE(a, *count, out, e));
    memcpy(*out, fake_port.disks, *count * sizeof(**out));
    return OK;
}

enum err port_read_beside(const char *name, size_t limit, struct arena *a, struct bytes *out,
                          bool *found, struct error *e)
{
    (void)limit, (void)a, (void)e;
    *out = strcmp(name, "ovfboot.conf") == 0 ? fake_port.settings : (struct bytes){0};
    *found = out->len > 0;
    for (size_t i = 0; i < fake_port.beside_count; i++)
        if (strcmp(name, fake_port.beside[i].name) == 0) {
            *out = fake_port.beside[i].contents;
            *found = true;
        }
    return OK;
}

enum err port_fw_cfg(const char *name, size_t limit, struct arena *a, struct bytes *out,
                     struct error *e)
{
    (void)name, (void)limit, (void)a, (void)e;
    *out = fake_port.fw_cfg;
    return OK;
}

enum err port_load_options(struct arena *a, struct bytes *out, struct error *e)
{
    (void)a, (void)e;
    *out = fake_port.options;
    return OK;
}

enum err port_ram_disk(uint64_t size, struct arena *a, struct found_disk *out, struct error *e)
{
    (void)a;
    fake_port.ram_size = size;
    if (!fake_port.ram.target)
        return fail(e, ERR_NO_MEMORY, "a RAM disk: too little memory");
    *out = fake_port.ram;
    return OK;
}

void port_drop_ram_disks(void)
{
    fake_port.ram_dropped++;
}

enum err port_machine(struct arena *a, struct machine *out, struct error *e)
{
    (void)a, (void)e;
    *out = fake_port.machine;
    out->arch = fake_port.arch;
    return OK;
}

const char *port_language(void)
{
    return fake_port.language ? fake_port.language : "";
}

struct port_page port_page(void)
{
    return fake_port.page.lines ? fake_port.page : (struct port_page){25, 80};
}

enum err port_ask(const char *question, enum port_echo echo, char *answer, size_t size,
                  struct error *e)
{
    size_t n = fake_port.asked++;

    fake_port.hidden += echo == PORT_HIDDEN;

    keep(question);
    if (n >= FAKE_ANSWERS_MAX || !fake_port.answers[n])
        return fail(e, ERR_CANCELLED, "Escape was pressed");
    text_format(answer, size, "%s", fake_port.answers[n]);
    return OK;
}

enum err port_sealed(struct bytes *anchors, struct bytes *policy, struct error *e)
{
    (void)e;
    *anchors = fake_port.sealed_anchors;
    *policy = fake_port.sealed_policy;
    return OK;
}

enum err port_secure_boot(struct arena *a, struct secure_boot *out, struct error *e)
{
    (void)a, (void)e;
    *out = fake_port.secure_boot;
    return OK;
}

enum err port_would_start(struct source *file, struct error *e)
{
    size_t len = sizeof(fake_port.would_start) - 1;

    fake_port.would_start_count++;
    TRY(source_read(file, 0, fake_port.would_start, file->size < len ? (size_t)file->size : len,
                    e));
    if (fake_port.would_start_code != OK)
        return fail(e, fake_port.would_start_code, "the firmware says no");
    return OK;
}

enum err port_trust_files(const char *folder, struct arena *a, struct named_file **out,
                          size_t *count, struct error *e)
{
    bool is_https = strcmp(folder, "https") == 0;

    (void)a, (void)e;
    *out = is_https ? fake_port.https : fake_port.trust;
    *count = is_https ? fake_port.https_count : fake_port.trust_count;
    return OK;
}

enum err port_network(const struct network_settings *settings, struct arena *a, struct error *e)
{
    (void)a;
    fake_port.network = *settings;
    fake_port.network_count++;
    if (fake_port.network_code != OK)
        return fail(e, fake_port.network_code, "no port has a link");
    return OK;
}

enum err port_start_url(struct arena *a, const char **out, struct error *e)
{
    (void)a, (void)e;
    *out = fake_port.start_url;
    return OK;
}

enum err port_tftp(const char *host, const char *path, size_t limit, struct arena *a,
                   struct bytes *out, bool *found, struct error *e)
{
    size_t len = strlen(fake_port.tftp_asked);
    char *asked = fake_port.tftp_asked + len;

    (void)limit, (void)a, (void)e;
    *found = false;
    text_format(asked, sizeof(fake_port.tftp_asked) - len, "%s %s", host, path);
    for (size_t i = 0; i < fake_port.tftp_count; i++)
        if (strcmp(asked, fake_port.tftp[i].name) == 0) {
            *out = fake_port.tftp[i].contents;
            *found = true;
        }
    strcat(asked, "\n");
    return OK;
}

enum err port_take_memory(uint64_t size, uint8_t **out, struct error *e)
{
    static uint8_t memory[FAKE_MEMORY_MAX];

    if (size > fake_port.memory_room)
        return fail(e, ERR_NO_MEMORY, "the largest free piece has %llu bytes",
                    (unsigned long long)fake_port.memory_room);
    fake_port.memory_room -= size;
    *out = memory + fake_port.memory_room;
    return OK;
}

struct moment port_now(void)
{
    return fake_port.now;
}

bool port_has_tpm(void)
{
    return fake_port.has_tpm;
}

enum err port_measure(const char *text, struct bytes data, struct error *e)
{
    size_t len = strlen(fake_port.measured);

    (void)e;
    text_format(fake_port.measured + len, sizeof(fake_port.measured) - len, "%s (%zu bytes)", text,
                data.len);
    strcat(fake_port.measured, "\n");
    return OK;
}

enum err port_start(struct found_disk *disk, const struct guest_loader *loader, struct error *e)
{
    fake_port.started = disk;
    fake_port.started_loader = *loader;
    if (fake_port.start_code != OK)
        return fail(e, fake_port.start_code, "the guest came back");
    return OK;
}

/* The disk as reads see it, and as it changes. */
struct found_disk fake_disk(struct fake_target *target, struct fake_source *source, const char *bus,
                            const char *serial)
{
    fake_source_init(source, target->target.name,
                     (struct bytes){target->disk, (size_t)target_size(&target->target)});
    return (struct found_disk){.bus = bus,
                               .model = "Model",
                               .serial = serial,
                               .path = "",
                               .target = &target->target,
                               .source = &source->source};
}

static enum err fake_open(struct folder *folder, const char *name, struct arena *a,
                          struct source **out, struct error *e)
{
    const struct fake_folder *f = (const struct fake_folder *)folder;
    struct fake_source *source;

    for (size_t i = 0; i < f->count; i++)
        if (strcmp(f->files[i].name, name) == 0) {
            TRY(TAKE(a, 1, &source, e));
            fake_source_init(source, f->files[i].name, f->files[i].bytes);
            *out = &source->source;
            return OK;
        }
    return fail(e, ERR_NOT_FOUND, "%s: there is no such file", name);
}

void fake_folder_init(struct fake_folder *f, const char *name, const struct fake_file *files,
                      size_t count)
{
    static const struct folder_ops ops = {fake_open};

    *f = (struct fake_folder){{&ops, name}, files, count};
}

static struct fake_memory *memory_of(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(fake_port.remembered); i++)
        if (fake_port.remembered[i].len && strcmp(fake_port.remembered[i].name, name) == 0)
            return &fake_port.remembered[i];
    return NULL;
}

enum err port_recall(const char *name, uint8_t *out, size_t size, size_t *len, struct error *e)
{
    const struct fake_memory *found = memory_of(name);

    (void)e;
    *len = found && found->len <= size ? found->len : 0;
    if (*len)
        memcpy(out, found->bytes, *len);
    return OK;
}

enum err port_remember(const char *name, const uint8_t *at, size_t len, struct error *e)
{
    struct fake_memory *place = memory_of(name);

    if (!len) {
        if (place)
            place->len = 0;
        return OK;
    }
    for (size_t i = 0; !place && i < COUNT_OF(fake_port.remembered); i++)
        if (!fake_port.remembered[i].len)
            place = &fake_port.remembered[i];
    if (fake_port.remembers_nothing || !place || len > sizeof(place->bytes))
        return fail(e, ERR_NO_ROOM, "the firmware's store is full");
    text_format(place->name, sizeof(place->name), "%s", name);
    memcpy(place->bytes, at, len);
    place->len = len;
    return OK;
}

void port_set_workers(size_t most)
{
    fake_port.workers = most;
}

struct workers *port_workers(void)
{
    static struct workers alone = {.count = 1};

    return &alone;
}
