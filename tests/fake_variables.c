#include "tests/fake_variables.h"

#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "loader/port.h"

struct fake_variables fake_variables;

void fake_variables_reset(void)
{
    memset(&fake_variables, 0, sizeof(fake_variables));
    fake_variables.fail_code = ERR_NO_ROOM;
}

static struct fake_variable *find(const char *name)
{
    for (size_t i = 0; i < fake_variables.count; i++)
        if (strcmp(fake_variables.at[i].name, name) == 0)
            return &fake_variables.at[i];
    return NULL;
}

void fake_variable_put(const char *name, struct bytes value)
{
    struct fake_variables *v = &fake_variables;
    struct fake_variable *variable = find(name);

    if (!variable) {
        assert(v->count < FAKE_VARIABLES_MAX);
        variable = &v->at[v->count++];
        text_format(variable->name, FAKE_NAME_MAX, "%s", name);
    }
    assert(value.len <= sizeof(v->pool) - v->used);
    memcpy(v->pool + v->used, value.at, value.len);
    variable->value = (struct bytes){v->pool + v->used, value.len};
    v->used += value.len;
}

struct bytes fake_variable(const char *name)
{
    const struct fake_variable *variable = find(name);

    return variable ? variable->value : (struct bytes){(const uint8_t *)"", 0};
}

/* A copy, as the firmware gives. */
enum err port_read_variable(const char *name, struct arena *a, struct bytes *out, struct error *e)
{
    struct bytes value = fake_variable(name);
    uint8_t *at;

    if (fake_variables.unreadable && strcmp(fake_variables.unreadable, name) == 0)
        return fail(e, ERR_IO, "cannot read the firmware's %s (Device Error)", name);
    TRY(arena_take(a, value.len, 1, 1, (void **)&at, e));
    memcpy(at, value.at, value.len);
    *out = (struct bytes){at, value.len};
    return OK;
}

enum err port_write_variable(const char *name, struct bytes value, struct error *e)
{
    struct fake_variables *v = &fake_variables;

    if (v->writes < COUNT_OF(v->written))
        text_format(v->written[v->writes], FAKE_NAME_MAX, "%s", name);
    if (++v->writes == v->fail_at)
        return fail(e, v->fail_code, "the firmware has no room left for %s (Out of Resources)",
                    name);
    assert(value.len);
    fake_variable_put(name, value);
    return OK;
}
