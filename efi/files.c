#include "efi/files.h"

#include <string.h>

#include "base/stream.h"
#include "base/text.h"
#include "base/utf.h"
#include "efi/retry.h"
#include "efi/status.h"

#define PATH_UNITS 512 /* of a path on a volume */

/* '/' becomes '\'; no separator at the end, but for the root itself. */
static enum err wide_path(const char *name, uint16_t wide[PATH_UNITS], struct error *e)
{
    size_t units;

    if (!utf8_to_utf16(name, strlen(name), wide, PATH_UNITS, &units))
        return fail(e, ERR_NOT_FOUND, "%s: cannot be the name of a file here", name);
    for (size_t i = 0; i < units; i++)
        if (wide[i] == '/')
            wide[i] = '\\';
    if (units > 1 && wide[units - 1] == '\\')
        wide[units - 1] = 0;
    return OK;
}

static enum err open_path(EFI_FILE *root, const char *name, EFI_FILE **out, struct error *e)
{
    uint16_t wide[PATH_UNITS];

    TRY(wide_path(name, wide, e));
    EFI_STATUS status = root->Open(root, out, (CHAR16 *)wide, EFI_FILE_MODE_READ, 0);
    if (status == EFI_NOT_FOUND)
        return fail(e, ERR_NOT_FOUND, "%s: is not there", name);
    if (EFI_ERROR(status))
        return status_fail(e, ERR_IO, status, "%s: cannot open", name);
    return OK;
}

/* The folders that the file lies in; one that is there is left as it is. */
static enum err make_folders(struct volume_folder *v, const char *name, struct error *e)
{
    uint16_t wide[PATH_UNITS];
    char part[PATH_UNITS];
    EFI_FILE *folder;

    for (const char *end = strchr(name, '/'); end; end = strchr(end + 1, '/')) {
        text_format(part, sizeof(part), "%.*s", (int)(end - name), name);
        TRY(wide_path(part, wide, e));
        EFI_STATUS status = v->root->Open(
            v->root, &folder, (CHAR16 *)wide,
            EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE | EFI_FILE_MODE_CREATE, EFI_FILE_DIRECTORY);
        if (EFI_ERROR(status))
            return status_fail(e, ERR_IO, status, "%s: cannot be made", part);
        folder->Close(folder);
    }
    return OK;
}

enum err volume_remove(struct volume_folder *v, const char *name, struct error *e)
{
    uint16_t wide[PATH_UNITS];
    EFI_FILE *file;

    TRY(wide_path(name, wide, e));
    EFI_STATUS status =
        v->root->Open(v->root, &file, (CHAR16 *)wide, EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE, 0);
    if (!EFI_ERROR(status))
        status = file->Delete(file);
    if (status != EFI_SUCCESS) /* EFI_WARN_DELETE_FAILURE is no error */
        return status_fail(e, status == EFI_NOT_FOUND ? ERR_NOT_FOUND : ERR_IO, status,
                           "%s: cannot be removed", name);
    return OK;
}

enum err volume_write(struct volume_folder *v, const char *name, struct bytes contents,
                      struct error *e)
{
    const uint64_t mode = EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE;
    uint16_t wide[PATH_UNITS];
    UINTN size = contents.len;
    EFI_FILE *file;

    TRY(make_folders(v, name, e));
    TRY(wide_path(name, wide, e));
    if (!EFI_ERROR(v->root->Open(v->root, &file, (CHAR16 *)wide, mode, 0)))
        file->Delete(file);
    EFI_STATUS status =
        v->root->Open(v->root, &file, (CHAR16 *)wide, mode | EFI_FILE_MODE_CREATE, 0);
    if (EFI_ERROR(status))
        return status_fail(e, ERR_IO, status, "%s: cannot be made", name);
    union {
        const uint8_t *given;
        void *taken; /* Write() only reads */
    } at = {contents.at};
    status = file->Write(file, &size, at.taken);
    if (!EFI_ERROR(status) && size != contents.len)
        status = EFI_VOLUME_FULL;
    EFI_STATUS closed = EFI_ERROR(status) ? file->Delete(file) : file->Close(file);
    if (EFI_ERROR(status) || EFI_ERROR(closed))
        return status_fail(e, ERR_IO, EFI_ERROR(status) ? status : closed, "%s: cannot be written",
                           name);
    return OK;
}

static EFI_STATUS read_at(struct file_source *f, uint64_t offset, void *to, UINTN *len)
{
    EFI_STATUS status = EFI_SUCCESS;

    if (f->position != offset)
        status = f->file->SetPosition(f->file, offset);
    if (!EFI_ERROR(status))
        status = f->file->Read(f->file, len, to);
    if (!EFI_ERROR(status) && !*len)
        status = EFI_VOLUME_CORRUPTED;
    f->position = EFI_ERROR(status) ? UINT64_MAX : offset + *len;
    return status;
}

/* One piece, of as many bytes as can be read at once; *len: how many were. */
static enum err read_piece(struct file_source *f, uint64_t offset, void *to, UINTN *len,
                           struct error *e)
{
    UINTN most = *len;
    EFI_STATUS status;
    unsigned tries = 0;

    do {
        *len = most < f->read_most ? most : f->read_most;
        status = read_at(f, offset, to, len);
        if (!EFI_ERROR(status))
            return OK;
        f->read_most = RETRY_SIZE;
    } while (retry_read(status, ++tries));
    return status_fail(e, ERR_IO, status, "%s: cannot read at byte %llu", f->source.name,
                       (unsigned long long)offset);
}

static enum err file_read(struct source *s, uint64_t offset, void *to, size_t len, struct error *e)
{
    uint8_t *at = to;

    while (len) {
        UINTN piece = len;
        TRY(read_piece((struct file_source *)s, offset, at, &piece, e));
        at += piece;
        offset += piece;
        len -= piece;
    }
    return OK;
}

/* Bytes of an open file; UINT64_MAX for a directory. */
static enum err file_size(EFI_FILE *file, const char *name, uint64_t *out, struct error *e)
{
    static EFI_GUID guid = EFI_FILE_INFO_ID;
    _Alignas(8) uint8_t memory[sizeof(EFI_FILE_INFO) + PATH_UNITS * sizeof(CHAR16)];
    EFI_FILE_INFO *info = (EFI_FILE_INFO *)memory;
    UINTN size = sizeof(memory);
    EFI_STATUS status = file->GetInfo(file, &guid, &size, memory);

    if (EFI_ERROR(status))
        return status_fail(e, ERR_IO, status, "%s: does not tell its size", name);
    *out = info->Attribute & EFI_FILE_DIRECTORY ? UINT64_MAX : info->FileSize;
    return OK;
}

static enum err folder_open(struct folder *folder, const char *name, struct arena *a,
                            struct source **out, struct error *e)
{
    static const struct source_ops ops = {.read = file_read};
    struct volume_folder *v = (struct volume_folder *)folder;
    struct file_source *f;
    uint64_t size;

    TRY(TAKE(a, 1, &f, e));
    TRY(arena_text(a, name, strlen(name), &f->source.name, e));
    TRY(open_path(v->root, name, &f->file, e));
    TRY(file_size(f->file, name, &size, e));
    if (size == UINT64_MAX)
        return fail(e, ERR_NOT_FOUND, "%s: is a directory, not a file", name);
    f->source.ops = &ops;
    f->source.size = size;
    f->read_most = READ_MAX;
    *out = &f->source;
    return OK;
}

enum err volume_folder_open(struct volume_folder *v, EFI_HANDLE handle, const char *name,
                            struct error *e)
{
    static const struct folder_ops ops = {folder_open};
    EFI_FILE_IO_INTERFACE *volume = firmware_protocol(handle, &guid_file_system);

    *v = (struct volume_folder){{&ops, name}, NULL};
    EFI_STATUS status = volume ? volume->OpenVolume(volume, &v->root) : EFI_NO_MEDIA;
    if (EFI_ERROR(status))
        return status_fail(e, ERR_IO, status, "%s: cannot open the volume", name);
    return OK;
}

enum err directory_open(struct directory *d, struct volume_folder *v, const char *name,
                        struct error *e)
{
    *d = (struct directory){NULL, *name ? name : "the root directory"};
    return open_path(v->root, *name ? name : "/", &d->file, e);
}

enum err directory_next(struct directory *d, struct directory_entry *out, struct error *e)
{
    _Alignas(8) uint8_t memory[sizeof(EFI_FILE_INFO) + PATH_UNITS * sizeof(CHAR16)];
    EFI_FILE_INFO *info = (EFI_FILE_INFO *)memory;
    size_t units, len;

    do {
        UINTN size = sizeof(memory);
        EFI_STATUS status = d->file->Read(d->file, &size, memory);
        *out = (struct directory_entry){.name = ""};
        if (EFI_ERROR(status))
            return status_fail(e, ERR_IO, status, "%s: cannot list", d->name);
        if (size == 0)
            return OK;
        units = 0;
        while (units < PATH_UNITS && info->FileName[units])
            units++;
        /* A name that is no text, or too long, is not one that a person can have meant. */
    } while (!utf16_to_utf8((const uint16_t *)info->FileName, units, out->name, sizeof(out->name),
                            &len));
    out->is_directory = (info->Attribute & EFI_FILE_DIRECTORY) != 0;
    return OK;
}

void directory_close(struct directory *d)
{
    d->file->Close(d->file);
}
