#include "host/pack.h"

#include <assert.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/checked.h"
#include "base/stream.h"
#include "base/text.h"
#include "base/writing.h"
#include "crypto/digest.h"
#include "disks/image.h"
#include "host/file.h"
#include "host/pack_ovf.h"
#include "host/tar_write.h"
#include "loader/bare.h"
#include "loader/config.h"
#include "loader/envelope.h"
#include "loader/parts.h"
#include "loader/port.h"
#include "loader/progress.h"

struct work {
    const struct pack_command *command;
    struct arena *a;
    struct arena scratch;
    struct pack_entry *entries; /* the disks, in the order of the archive */
    struct pack_ovf ovf;
    const char *manifest; /* its name */
    struct packer *packer;
    struct spool spool;
    struct tar_write out;
    uint8_t (*digests)[DIGEST_MAX]; /* of the descriptor and the disks */
};

/* ---- Names ----------------------------------------------------------------------------------- */

/* len bytes of a name, and an ending. */
static enum err join(const char *stem, size_t len, const char *ending, struct arena *a,
                     const char **out, struct error *e)
{
    char *name;

    TRY(arena_take(a, len + strlen(ending) + 1, 1, 1, (void **)&name, e));
    memcpy(name, stem, len);
    memcpy(name + len, ending, strlen(ending));
    *out = name;
    return OK;
}

/* "disk.raw.gz" and "disk.qcow2": "disk.vmdk". */
static enum err name_disk(const char *path, struct arena *a, const char **out, struct error *e)
{
    const char *base = file_base_name(path);
    size_t stem = strlen(base), dot;

    if (!stem)
        return fail(e, ERR_NOT_FOUND, "%s: is no file", path);
    if (text_ends(base, ".gz") && stem > strlen(".gz"))
        stem -= strlen(".gz");
    for (dot = stem - 1; dot && base[dot] != '.'; dot--)
        continue;
    if (dot)
        stem = dot;
    return join(base, stem, ".vmdk", a, out, e);
}

/* One that the archive, the manifest and the descriptor can hold. */
static enum err check_name(const char *name, struct error *e)
{
    uint8_t block[TAR_BLOCK];

    if (!vmdk_write_can_name(name) || !xml_can_hold(name) || strchr(name, '/') || *name == '.')
        return fail(e, ERR_SETTING, "%s: a file of a package cannot have that name", name);
    return tar_write_block(block, name, 0, 0, e);
}

static enum err name_package(struct work *w, struct error *e)
{
    const struct pack_command *c = w->command;
    const char *base = c->ovf ? file_base_name(c->ovf) : c->name;
    size_t stem = strlen(base);

    w->ovf.path = c->ovf;
    if (c->ovf && !text_ends(base, ".ovf"))
        return fail(e, ERR_SETTING, "%s: the name of a descriptor ends in .ovf", c->ovf);
    if (c->ovf)
        stem -= strlen(".ovf");
    TRY(join(base, stem, c->ovf ? base + stem : ".ovf", w->a, &w->ovf.name, e));
    TRY(join(base, stem, ".mf", w->a, &w->manifest, e));
    return check_name(w->ovf.name, e);
}

static enum err name_disks(struct work *w, struct error *e)
{
    const struct pack_command *c = w->command;

    if (c->count > CONFIG_TARGETS_MAX)
        return fail(e, ERR_TOO_BIG, "%zu disks; the limit is %d", c->count, CONFIG_TARGETS_MAX);
    TRY(TAKE(w->a, c->count, &w->entries, e));
    for (size_t i = 0; i < c->count; i++) {
        struct pack_entry *entry = &w->entries[i];
        entry->path = c->disks[i];
        TRY(name_disk(entry->path, w->a, &entry->name, e));
        TRY(check_name(entry->name, e));
        for (size_t j = 0; j < i; j++)
            if (text_same(w->entries[j].name, entry->name))
                return fail(e, ERR_SETTING, "%s and %s would both be %s", w->entries[j].path,
                            entry->path, entry->name);
    }
    return OK;
}

/* ---- Disks ----------------------------------------------------------------------------------- */

/* The image's own files are found by its directory, as those of a VMDK are that is in many. */
static enum err check_parts(const struct work *w, const struct file_folder *folder,
                            const struct parts *parts, struct error *e)
{
    struct stat out, in;

    if (stat(w->command->out, &out) != 0)
        return OK;
    for (size_t i = 0; i < parts->count; i++)
        if (fstatat(folder->fd, parts->at[i].name, &in, 0) == 0 && in.st_dev == out.st_dev &&
            in.st_ino == out.st_ino)
            return fail(e, ERR_SETTING, "%s: is the same file as %s", w->command->out,
                        parts->at[i].name);
    return OK;
}

static enum err open_disk(struct work *w, struct file_folder *folder, struct arena *a,
                          struct pack_input *out, struct error *e)
{
    static const struct proof nothing_proved;
    struct ovf_file file = {.size = OVF_UNKNOWN};
    struct package package;
    struct gunzip *gunzip;
    struct parts parts;
    struct bare *bare;

    TRY(TAKE(a, 1, &bare, e));
    TRY(bare_open(bare, &folder->folder, file_base_name(out->name), a, w->scratch, &package, e));
    file.href = bare->href;
    TRY(parts_open(&package, &nothing_proved, &file, a, &parts, e));
    TRY(check_parts(w, folder, &parts, e));
    TRY(envelope_open(parts.source, out->name, a, &gunzip, e));
    TRY(image_data_source_open(gunzip ? &gunzip->source : parts.source, a, &out->disk, e));
    if (out->disk == parts.source && parts.count == 1)
        out->raw = (const struct file_source *)parts.source;
    return OK;
}

static enum err pack_entry(struct work *w, size_t number, struct arena a, struct error *e)
{
    struct pack_entry *entry = &w->entries[number];
    char from[TEXT_SIZE_MAX], to[TEXT_SIZE_MAX];
    struct pack_input in = {.name = entry->path};
    struct file_folder folder;

    TRY(file_folder_open(&folder, entry->path, e));
    enum err err = open_disk(w, &folder, &a, &in, e);
    if (err == OK) {
        entry->capacity = round_up(in.disk->size, VMDK_SECTOR);
        err = pack_ovf_check_disk(&w->ovf, w->entries, number, e);
    }
    if (err == OK)
        err = pack_disk(w->packer, &in, &w->spool, w->scratch, &entry->packed, e);
    file_folder_close(&folder);
    TRY(err);
    entry->size = VMDK_WRITE_FRONT + entry->packed.size;
    port_say("Packed     %s: %s of disk in %s", entry->name, text_size(from, entry->capacity),
             text_size(to, entry->size));
    return OK;
}

/* ---- The archive ----------------------------------------------------------------------------- */

static enum err make_manifest(struct work *w, struct arena *a, struct bytes *out, struct error *e)
{
    struct arena scratch = w->scratch;
    char hex[2 * DIGEST_MAX + 1];
    struct writing text;

    TRY(writing_start(&text, &scratch, e));
    for (size_t i = 0; i <= w->command->count; i++) {
        writing_add(&text, "SHA256(");
        writing_add(&text, i ? w->entries[i - 1].name : w->ovf.name);
        writing_format(&text, ")= %s\n", digest_hex(DIGEST_SHA256, w->digests[i], hex));
    }
    return writing_end(&text, a, w->manifest, out, e);
}

/* The manifest read back as a loader will, before its digests are known: a name may look like something
 * else in it. */
static enum err check_manifest(struct work *w, struct bytes text, struct error *e)
{
    struct arena scratch = w->scratch;
    struct manifest manifest;

    if (manifest_parse(text, &scratch, &manifest, e) != OK)
        return within(e, "%s", w->manifest);
    for (size_t i = 0; i <= w->command->count; i++) {
        const char *name = i ? w->entries[i - 1].name : w->ovf.name;
        if (i == manifest.count || strcmp(manifest.entries[i].name, name) != 0 ||
            manifest.count != w->command->count + 1)
            return fail(e, ERR_SETTING, "%s: a manifest cannot hold a file of that name", name);
    }
    return OK;
}

static enum err put(struct work *w, struct digest *digest, struct bytes bytes, struct error *e)
{
    digest_add(digest, bytes);
    return tar_write_bytes(&w->out, bytes, e);
}

static enum err put_descriptor(struct work *w, struct error *e)
{
    struct digest digest;

    digest_start(&digest, DIGEST_SHA256);
    TRY(tar_write_header(&w->out, w->ovf.name, w->ovf.text.len, e));
    TRY(put(w, &digest, w->ovf.text, e));
    digest_finish(&digest, w->digests[0]);
    return OK;
}

static enum err put_packed(struct work *w, const struct pack_entry *entry, struct digest *digest,
                           uint8_t *buffer, struct error *e)
{
    const struct packed *packed = &entry->packed;
    struct progress progress;
    enum err err = OK;

    progress_start(&progress, entry->name, packed->size);
    for (uint64_t at = 0; at < packed->size && err == OK;) {
        struct bytes piece = {buffer, (size_t)min_u64(READ_MAX, packed->size - at)};
        err = source_read(&w->spool.source, packed->offset + at, buffer, piece.len, e);
        if (err == OK)
            err = put(w, digest, piece, e);
        at += piece.len;
        if (err == OK)
            err = progress_show(&progress, at, e);
    }
    progress_end(&progress);
    return err;
}

static enum err put_disk(struct work *w, size_t number, uint8_t *buffer, struct error *e)
{
    const struct pack_entry *entry = &w->entries[number];
    const struct packed *packed = &entry->packed;
    struct digest digest;

    digest_start(&digest, DIGEST_SHA256);
    TRY(tar_write_header(&w->out, entry->name, entry->size, e));
    vmdk_write_front(packed->sectors, entry->name, packed->id, buffer);
    TRY(put(w, &digest, (struct bytes){buffer, VMDK_WRITE_FRONT}, e));
    TRY(put_packed(w, entry, &digest, buffer, e));
    digest_finish(&digest, w->digests[1 + number]);
    return OK;
}

/* The manifest stands in front of what it is about: first in its length, at last as it is. */
static enum err write_archive(struct work *w, struct error *e)
{
    struct bytes manifest;
    uint8_t *buffer;
    size_t len;

    TRY(TAKE(w->a, READ_MAX, &buffer, e));
    TRY(put_descriptor(w, e));
    TRY(make_manifest(w, w->a, &manifest, e));
    len = manifest.len;
    TRY(tar_write_header(&w->out, w->manifest, len, e));
    uint64_t at = w->out.offset;
    TRY(tar_write_bytes(&w->out, manifest, e));
    for (size_t i = 0; i < w->command->count; i++)
        TRY(put_disk(w, i, buffer, e));
    TRY(make_manifest(w, w->a, &manifest, e));
    assert(manifest.len == len);
    return tar_write_again(&w->out, at, manifest, e);
}

/* ---------------------------------------------------------------------------------------------- */

/* What can be known of the inputs at once. */
static enum err look(struct work *w, struct error *e)
{
    const struct pack_command *c = w->command;
    struct file_source file;
    struct bytes manifest;

    TRY(name_package(w, e));
    TRY(name_disks(w, e));
    TRY(tar_write_check(c->out, c->disks, c->count, e));
    TRY(tar_write_check(c->out, &c->ovf, 1, e));
    for (size_t i = 0; i < c->count; i++) {
        enum err err = file_source_open(&file, c->disks[i], e);
        file_source_close(&file);
        TRY(err);
    }
    if (c->ovf)
        TRY(pack_ovf_read(&w->ovf, w->entries, c->count, w->a, w->scratch, e));
    TRY(make_manifest(w, w->a, &manifest, e));
    return check_manifest(w, manifest, e);
}

static enum err make(struct work *w, struct error *e)
{
    const struct pack_command *c = w->command;
    uint64_t mtime;

    TRY(tar_write_mtime(&mtime, e));
    TRY(TAKE(w->a, c->count + 1, &w->digests, e));
    TRY(look(w, e));
    TRY(tar_write_open(&w->out, c->out, mtime, w->a, e));
    TRY(spool_open(&w->spool, c->out, w->scratch, e));
    TRY(packer_start(w->packer, port_workers(), e));
    progress_stages((unsigned)(2 * c->count)); /* each disk is packed, then written */
    for (size_t i = 0; i < c->count; i++)
        TRY(pack_entry(w, i, *w->a, e));
    TRY(pack_ovf_finish(&w->ovf, w->entries, c->count, w->a, w->scratch, e));
    return write_archive(w, e);
}

enum err pack(const struct pack_command *c, const struct memory *m, struct error *e)
{
    static struct packer packer;
    struct arena a = m->package;
    struct work w = {
        .command = c, .a = &a, .scratch = m->work, .packer = &packer, .spool.fd = -1, .out.fd = -1};
    struct error closing;

    enum err err = make(&w, e);
    packer_stop(&packer);
    spool_close(&w.spool);
    if (tar_write_close(&w.out, err == OK, &closing) != OK) {
        *e = closing;
        err = closing.code;
    }
    return err;
}
