/* tests/fake_variables.h - the firmware's variables for port_read_variable() and
 * port_write_variable(): in memory, failing when told to. */
#ifndef TESTS_FAKE_VARIABLES_H
#define TESTS_FAKE_VARIABLES_H

#include "base/bytes.h"
#include "base/error.h"

#define FAKE_VARIABLES_MAX 2600
#define FAKE_NAME_MAX      16

struct fake_variables {
    struct fake_variable {
        char name[FAKE_NAME_MAX];
        struct bytes value;
    } at[FAKE_VARIABLES_MAX];
    size_t count;
    uint8_t pool[1 << 20]; /* values, one behind the other */
    size_t used;
    size_t writes;                  /* so far, those that failed too */
    size_t fail_at;                 /* which write finds no room; 0: none */
    enum err fail_code;             /* how it fails */
    char written[4][FAKE_NAME_MAX]; /* the names of the first writes */
    const char *unreadable;         /* whose reading fails; NULL: none */
};

extern struct fake_variables fake_variables;

void fake_variables_reset(void);

/* Put a value there without counting it as a write. */
void fake_variable_put(const char *name, struct bytes value);

/* The value; no bytes when it is not there. */
struct bytes fake_variable(const char *name);

#endif
