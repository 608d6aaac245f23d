#include "loader/envelope.h"

#include "loader/port.h"
#include "loader/progress.h"

static enum err index_all(struct gunzip *g, struct progress *progress, struct error *e)
{
    bool done;

    do {
        TRY(gunzip_index(g, &done, e));
        TRY(progress_show(progress, g->next_in, e));
    } while (!done);
    return OK;
}

enum err envelope_open(struct source *file, const char *name, struct arena *a, struct gunzip **out,
                       struct error *e)
{
    struct progress progress;
    bool is_gzip;

    *out = NULL;
    TRY(gunzip_knows(file, &is_gzip, e));
    if (!is_gzip)
        return OK;
    TRY(gunzip_open(file, a, out, e));
    progress_start_aside(&progress, name, file->size);
    enum err err = index_all(*out, &progress, e);
    progress_end(&progress);
    return err;
}
