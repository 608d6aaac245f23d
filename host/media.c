#include "host/media.h"

#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/checked.h"
#include "base/text.h"
#include "host/beside.h"
#include "host/media_device.h"
#include "host/media_files.h"
#include "host/media_write.h"
#include "host/system.h"
#include "host/tar_write.h"
#include "host/verify.h"
#include "loader/port.h"
#include "loader/progress.h"

#define LABEL   "OVFBOOT"
#define PARTS   (1 + ARGUMENT_FILES_MAX)
#define ESP_MIN (64u << 20) /* bytes; the least for FAT32 in clusters of a sector, with some room */

/* Addresses of what is on the file system are kept until the end, so the memory is not the session's; it is taken from
 * the machine only as far as it is used. */
#define MEMORY (512ull << 20) /* bytes; docs/limits.md */

struct medium {
    struct session *s;
    const char *out;
    bool is_device;
    struct media_files files;
    struct memory_source esp;
    uint64_t esp_size; /* bytes, with what is free */
    struct file_source ovas[ARGUMENT_FILES_MAX];
    struct gpt_make_part parts[PARTS];
    struct media_piece pieces[PARTS];
    struct file_target target;
    struct media_write write;
    const char *temporary; /* what a file is called until it is whole */
};

/* ---- Packages -------------------------------------------------------------------------------- */

/* Firmware reads what lies in a partition as it is. */
static enum err open_ova(struct medium *m, size_t index, struct error *e)
{
    const char *path = m->s->arguments.ova.at[index];
    struct file_source *file = &m->ovas[index];
    bool is_archive;

    TRY(file_source_open(file, path, e));
    TRY(bare_is_tar(&file->source, &is_archive, e));
    if (!is_archive)
        return fail(e, ERR_UNSUPPORTED,
                    "%s: is no OVA, which is a tar archive with nothing around it", path);
    return OK;
}

/* The partition's name, by which source finds it. */
static enum err name_ova(struct medium *m, size_t index, struct error *e)
{
    const char *path = m->s->arguments.ova.at[index];
    char name[GPT_NAME_TEXT];

    if (!gpt_name_cut(file_base_name(path), name))
        return fail(e, ERR_SETTING, "%s: its name is not UTF-8", path);
    for (size_t i = 1; i <= index; i++)
        if (text_same(m->parts[i].name, name))
            return fail(e, ERR_SETTING, "%s and %s: both partitions would be called %s",
                        m->s->arguments.ova.at[i - 1], path, name);
    return arena_text(&m->s->memory.package, name, strlen(name), &m->parts[1 + index].name, e);
}

static enum err open_ovas(struct medium *m, struct error *e)
{
    for (size_t i = 0; i < m->s->arguments.ova.count; i++) {
        struct gpt_make_part *part = &m->parts[1 + i];
        TRY(open_ova(m, i, e));
        TRY(name_ova(m, i, e));
        part->type = gpt_type_archive;
        part->size = m->ovas[i].source.size;
        m->pieces[1 + i].source = &m->ovas[i].source;
    }
    return OK;
}

/* A name that no package here has would only be missed at the machine. */
static enum err check_source(const struct medium *m, struct error *e)
{
    const char *source = m->s->config.source;
    char name[GPT_NAME_TEXT];

    if (!source || url_is(source))
        return OK;
    for (size_t i = 0; i < m->s->arguments.ova.count; i++)
        if (gpt_name_cut(source, name) && text_same(m->parts[1 + i].name, name))
            return OK;
    return fail(e, ERR_SETTING, "%s: source = %s: is none of the packages of --ova",
                m->s->arguments.conf.at[0], source);
}

/* As ovfboot verify does it, by the settings and the trust that will be on the medium. */
static enum err verify_ova(struct session *s, const struct media_files *files, const char *path,
                           struct error *e)
{
    static struct session one;

    memset(&one, 0, sizeof(one)); /* too large for the stack, as a literal would be */
    one.arguments = s->arguments;
    one.memory = s->memory;
    one.config = s->config;
    one.authority.clock = s->authority.clock;
    one.name = path;
    one.arguments.command = COMMAND_VERIFY;
    one.arguments.file = path;
    one.config.unattended = ANSWER_YES;
    TRY(authority_add_sealed(&one.authority, files->anchors, &one.memory.package, e));
    enum err err = verify(&one, e);
    session_end(&one);
    return err;
}

/* ---- The file system ------------------------------------------------------------------------- */

static uint32_t serial_of(const struct media_files *files)
{
    uint8_t result[DIGEST_MAX];
    struct digest digest;

    digest_start(&digest, DIGEST_SHA256);
    for (size_t i = 0; i < files->count; i++)
        digest_add(&digest, files->at[i].bytes);
    digest_finish(&digest, result);
    return get_le32(result);
}

/* In the sectors of the disk it is for. */
static enum err make_esp(struct medium *m, uint32_t sector, struct arena *a, struct error *e)
{
    struct fat_make make = {.sector_size = sector,
                            .is_32 = true,
                            .size = ESP_MIN,
                            .room = (uint32_t)m->s->arguments.logs_size,
                            .label = LABEL,
                            .serial = serial_of(&m->files),
                            .files = m->files.at,
                            .count = m->files.count,
                            .folder = "EFI/ovfboot/logs"};
    struct bytes volume;

    make.hidden = GPT_MAKE_ALIGNMENT / sector;
    TRY(tar_write_mtime(&make.seconds, e));
    TRY(fat_make_size(&make, *a, &m->esp_size, e));
    TRY(fat_make(&make, a, &volume, e));
    memory_source_init(&m->esp, LABEL, volume);
    m->pieces[0].source = &m->esp.source;
    m->parts[0] = (struct gpt_make_part){.type = gpt_type_esp, .name = LABEL, .size = m->esp_size};
    return OK;
}

/* ---- Where to -------------------------------------------------------------------------------- */

/* The file of ID=FILE; NULL where there is none, which is refused later. */
static const char *file_of_machine(const char *option)
{
    const char *equals = strchr(option, '=');

    return equals ? equals + 1 : NULL;
}

/* What goes onto the medium from a name of its own in the command line. */
static enum err check_others(const struct medium *m, struct error *e)
{
    const struct argument_list *machines = &m->s->arguments.machines;
    const char *files[ARGUMENT_FILES_MAX + 1];
    char own[BESIDE_MAX];
    struct error ignored;
    size_t count = 0;

    for (size_t i = 0; i < machines->count; i++)
        files[count++] = file_of_machine(machines->at[i]);
    if (!m->s->arguments.efi.count && beside_loader(own, &ignored) == OK)
        files[count++] = own;
    return tar_write_check(m->out, files, count, e);
}

static enum err look_at_target(struct medium *m, struct error *e)
{
    const struct arguments *a = &m->s->arguments;
    const struct argument_list *lists[] = {&a->ova, &a->efi, &a->conf, &a->trust, &a->https_trust};
    struct stat st;

    m->is_device = stat(m->out, &st) == 0 && S_ISBLK(st.st_mode);
    if (m->is_device)
        return media_device_check(m->out, st.st_rdev, a->force >= 2, e);
    for (size_t i = 0; i < COUNT_OF(lists); i++)
        TRY(tar_write_check(m->out, lists[i]->at, lists[i]->count, e));
    return check_others(m, e);
}

/* FILE.tmp until it is whole; what lies there is not ours, or another run's. */
static enum err open_file(struct medium *m, uint64_t size, struct error *e)
{
    struct stat st;
    char *name;
    size_t len = strlen(m->out) + sizeof(".tmp");

    TRY(arena_take(&m->s->memory.package, len, 1, 1, (void **)&name, e));
    text_format(name, len, "%s.tmp", m->out);
    if (lstat(name, &st) == 0)
        return fail(e, ERR_SETTING, "%s: is there already: another run may be at it", name);
    m->temporary = name;
    m->write.file = name;
    enum err err = file_target_open(&m->target, name, size, e);
    m->target.target.name = m->out;
    return err;
}

static enum err check_room(const struct medium *m, uint64_t needed, struct error *e)
{
    char has[TEXT_SIZE_MAX], wants[TEXT_SIZE_MAX], lacks[TEXT_SIZE_MAX];
    uint64_t size = target_size(&m->target.target);

    if (size >= needed)
        return OK;
    return fail(e, ERR_NO_ROOM, "%s: has %s, and what is to go onto it needs %s: %s too little",
                m->out, text_size(has, size), text_size(wants, needed),
                text_size(lacks, needed - size));
}

/* Where everything goes: a file is made as large as that, a disk has to be. */
static enum err open_target(struct medium *m, struct arena *a, struct error *e)
{
    struct media_write *w = &m->write;
    uint32_t sector = 512;

    if (m->is_device) {
        TRY(file_target_open(&m->target, m->out, 0, e));
        sector = m->target.target.sector_size;
    }
    if (sector != 512 && sector != 4096)
        return fail(e, ERR_UNSUPPORTED, "%s: has sectors of %u bytes, not 512 or 4096", m->out,
                    sector);
    TRY(make_esp(m, sector, a, e));
    w->gpt = (struct gpt_make){.sector_size = sector, .parts = m->parts, .count = w->count};
    uint64_t needed = gpt_make_place(&w->gpt) * sector;
    if (!m->is_device)
        TRY(open_file(m, needed, e));
    TRY(check_room(m, needed, e));
    w->gpt.sectors = m->target.target.sectors;
    for (size_t i = 0; i < w->count; i++)
        m->pieces[i].offset = m->parts[i].first * sector;
    return OK;
}

/* ---------------------------------------------------------------------------------------------- */

static enum err write_medium(struct medium *m, struct error *e)
{
    struct media_write *w = &m->write;

    progress_stages(2);
    TRY(media_erase(w, e));
    TRY(media_copy(w, e));
    TRY(media_table(w, e));
    TRY(media_compare(w, e));
    return media_seal(w, e);
}

static enum err make(struct medium *m, struct error *e)
{
    const struct argument_list *ovas = &m->s->arguments.ova;
    struct arena big;
    uint8_t *at;

    m->write.file = m->out;
    TRY(look_at_target(m, e));
    TRY(media_files_read(m->s, &m->files, e));
    TRY(open_ovas(m, e));
    TRY(check_source(m, e));
    TRY(port_take_memory(MEMORY, &at, e));
    arena_init(&big, at, MEMORY, "the medium's file system");
    TRY(open_target(m, &big, e));
    TRY(media_write_init(&m->write, &big, e));
    for (size_t i = 0; i < ovas->count; i++)
        TRY(verify_ova(m->s, &m->files, ovas->at[i], e));
    return write_medium(m, e);
}

/* Close everything; a file gets its name, or nothing is left of it. */
static enum err finish(struct medium *m, bool keep, struct error *e)
{
    for (size_t i = 0; i < m->s->arguments.ova.count; i++)
        file_source_close(&m->ovas[i]);
    if (keep && m->is_device) /* have the kernel look at the new table, if it will */
        (void)ioctl(m->target.fd, BLKRRPART);
    TRY(file_target_close(&m->target, keep, e));
    if (!keep || m->is_device || rename(m->temporary, m->out) == 0)
        return OK;
    enum err err = system_fail(e, ERR_IO, "%s: cannot be given its name", m->out);
    unlink(m->temporary);
    return err;
}

enum err media(struct session *s, struct error *e)
{
    static struct medium medium;
    struct medium *m = &medium;
    char size[TEXT_SIZE_MAX];
    struct error closing;

    *m = (struct medium){.s = s, .out = s->arguments.out, .target.fd = -1};
    m->write = (struct media_write){
        .target = &m->target, .pieces = m->pieces, .count = 1 + s->arguments.ova.count};
    enum err err = make(m, e);
    if (finish(m, err == OK, &closing) != OK && err == OK) {
        *e = closing;
        err = closing.code;
    }
    TRY(err);
    port_say("%s: made, read again and compared: %zu package%s, %s", m->out, s->arguments.ova.count,
             s->arguments.ova.count == 1 ? "" : "s",
             text_size(size, target_size(&m->target.target)));
    return OK;
}
