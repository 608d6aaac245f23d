#include "loader/files.h"

#include <string.h>

#include "base/text.h"
#include "disks/fat_make.h"
#include "disks/inflate.h"

#define LIST_MAX 240 /* bytes of a list of paths */

/* What is wrong with a path, in words; NULL when it stays where it belongs.  What else FAT cannot hold
 * disks/fat_make.c knows. */
static const char *path_fault(const char *path)
{
    if (!*path)
        return "is empty";
    if (*path == '/' || strchr(path, '\\') || path[1] == ':')
        return "is not a relative path with slashes";
    if (strlen(path) > FILES_PATH_MAX - strlen(FILES_FOLDER))
        return "is too long";
    for (const char *part = path; part; part = strchr(part, '/')) {
        part += *part == '/';
        size_t len = strcspn(part, "/");
        if (len == 0)
            return "has an empty part";
        if (part[0] == '.' && (len == 1 || (len == 2 && part[1] == '.')))
            return "has a part that is no name";
    }
    return NULL;
}

static enum err make_path(const struct ovf_environment_file *from, struct arena *a,
                          const char **out, struct error *e)
{
    const char *fault = path_fault(from->path);
    char path[FILES_PATH_MAX + 1];

    if (fault)
        return fail(e, ERR_UNSUPPORTED, "line %u: the path %s for a file of the guest %s",
                    from->line, from->path, fault);
    size_t len = text_format(path, sizeof(path), FILES_FOLDER);
    memcpy(path + len, from->path, strlen(from->path));
    return arena_text(a, path, len + strlen(from->path), out, e);
}

/* What the files are read with. */
struct reading {
    struct plan *plan;
    struct arena *arena;
    struct arena work;
    size_t left; /* bytes, of all that may be */
};

static enum err too_big(const char *name, struct error *e)
{
    return fail(e, ERR_TOO_BIG, "%s: with it the files for the guest have more than %u MiB", name,
                FILES_SIZE_MAX >> 20);
}

static enum err unpack(const struct reading *r, const char *name, struct bytes packed,
                       struct arena work, struct bytes *out, struct error *e)
{
    struct inflate z;
    const char *copy;
    uint8_t *to;
    size_t len;

    TRY(inflate_open(&z, &work, e));
    TRY(arena_take(&work, r->left, 1, 8, (void **)&to, e));
    enum err err = inflate_gzip(&z, packed, to, r->left, &len, e);
    if (err != OK)
        return err == ERR_TOO_BIG ? too_big(name, e) : within(e, "%s", name);
    TRY(arena_text(r->arena, (const char *)to, len, &copy, e));
    *out = (struct bytes){(const uint8_t *)copy, len};
    return OK;
}

static enum err check_stored(const struct ovf_file *file, struct error *e)
{
    if (file->chunk_size)
        return fail(e, ERR_UNSUPPORTED, "%s is cut in chunks, which are not read here", file->href);
    if (file->compression == OVF_OTHER_COMPRESSION)
        return fail(e, ERR_UNSUPPORTED, "%s is compressed by %s, which is not read here",
                    file->href, file->compression_name);
    return OK;
}

/* Read, prove and unpack.  Its errors begin with the package's name. */
static enum err read_contents(struct reading *r, const struct ovf_file *file, struct plan_file *out,
                              struct error *e)
{
    struct package *p = r->plan->package;
    bool packed = file->compression == OVF_GZIP;
    struct arena scratch = r->work;
    struct source *source;
    struct bytes stored;

    TRY(package_open_href(p, file->href, r->arena, &source, e));
    if (plan_check_size(r->plan, file, source->size, r->arena, e) != OK ||
        (source->size > r->left && too_big(source->name, e) != OK))
        return within(e, "%s", p->name);
    TRY(package_read(p, source->name, FILES_SIZE_MAX, packed ? &scratch : r->arena, &stored, e));
    TRY(verify_contents(p, &r->plan->proof, source->name, stored, scratch, e));
    out->bytes = stored;
    if (packed && unpack(r, source->name, stored, scratch, &out->bytes, e) != OK)
        return within(e, "%s", p->name);
    r->left -= out->bytes.len;
    return OK;
}

static enum err read_one(struct reading *r, const struct ovf_environment_file *from,
                         struct plan_file *out, struct error *e)
{
    const struct ovf_file *file = from->file != OVF_NONE ? &r->plan->ovf.files[from->file] : NULL;
    struct digest digest;

    if (make_path(from, r->arena, &out->path, e) != OK)
        return package_within(r->plan->package, e);
    if (!file) {
        fail_record(e, ERR_DAMAGED, "line %u: the file for %s is not among References", from->line,
                    out->path);
        return package_within(r->plan->package, e);
    }
    if (check_stored(file, e) != OK)
        return within(e, "%s", r->plan->package->name);
    TRY(read_contents(r, file, out, e));
    digest_start(&digest, DIGEST_SHA256);
    digest_add(&digest, out->bytes);
    digest_finish(&digest, out->digest);
    return OK;
}

/* Whether a volume can have them all. */
static enum err check_volume(const struct plan *plan, struct arena work, struct error *e)
{
    struct fat_make make = {.sector_size = 512, .label = "x", .count = plan->file_count};
    struct fat_make_file *files;
    uint64_t ignored;

    TRY(TAKE(&work, plan->file_count, &files, e));
    for (size_t i = 0; i < plan->file_count; i++)
        files[i] = (struct fat_make_file){plan->files[i].path, plan->files[i].bytes};
    make.files = files;
    if (fat_make_size(&make, work, &ignored, e) != OK)
        return package_within(plan->package, e);
    return OK;
}

static void note_left_out(struct plan *plan, struct arena *a)
{
    const struct ovf_system *s = plan->system;
    char list[LIST_MAX];
    size_t len = 0, i = 0;

    for (; i < s->environment_file_count; i++) {
        const char *path = s->environment_files[i].path;
        if (strlen(path) + 40 > sizeof(list) - len)
            break;
        len += text_format(list + len, sizeof(list) - len, "%s%s", len ? ", " : "", path);
    }
    if (i < s->environment_file_count)
        text_format(list + len, sizeof(list) - len, "%s%zu%s", len ? " and " : "",
                    s->environment_file_count - i, len ? " more" : "");
    plan_note(plan, a, "the guest goes without files of the appliance (" FILES_FOLDER "): %s",
              list);
}

enum err files_read(struct plan *plan, bool wanted, struct arena *a, struct arena work,
                    struct error *e)
{
    const struct ovf_system *s = plan->system;
    struct reading r = {plan, a, work, FILES_SIZE_MAX};

    plan->file_count = 0;
    if (!s->environment_file_count)
        return OK;
    if (!wanted) {
        note_left_out(plan, a);
        return OK;
    }
    TRY(TAKE(a, s->environment_file_count, &plan->files, e));
    for (size_t i = 0; i < s->environment_file_count; i++) {
        TRY(read_one(&r, &s->environment_files[i], &plan->files[i], e));
        plan->file_count++;
    }
    return check_volume(plan, work, e);
}
