/* tests/fake_wire.h - a network in which every request meets the next answer of a script, or what a
 * small server of one file makes of it.
 *
 * A test begins with fake_net_reset().  Waiting moves fake_port.now_ms, so no test really waits.
 */
#ifndef TESTS_FAKE_WIRE_H
#define TESTS_FAKE_WIRE_H

#include "base/wire.h"

#define FAKE_ANSWERS 64

enum fake_then {
    FAKE_STAYS,  /* the connection is silent and stays */
    FAKE_CLOSES, /* in order */
    FAKE_BREAKS,
    FAKE_REFUSES, /* there is no connection at all; the text is not used */
};

struct fake_answer {
    const char *text;
    size_t len; /* 0: strlen */
    enum fake_then then;
};

struct fake_net {
    struct fake_answer script[FAKE_ANSWERS];
    size_t count, next;

    struct bytes file; /* what is served when the script is over; at is NULL: nothing is */
    bool no_ranges;    /* all of it is sent, whatever part is asked for */
    const char *etag;  /* of it, with quotes; NULL: none */
    size_t cut_after;  /* bytes of a body, then the connection breaks; 0: never ... */
    size_t cut_count;  /* ... so often */
    size_t step;       /* bytes that arrive at a time; 0: all */
    uint64_t step_ms;  /* how long each takes */

    char sent[131072]; /* all requests */
    size_t sent_len;
    size_t connections, requests;
    bool is_open;     /* the last connection made */
    size_t served;    /* bytes of bodies that were received */
    char hosts[1024]; /* "host:port " for each connection */
};
extern struct fake_net fake_net;

void fake_net_reset(void);
void fake_net_add(const char *text, enum fake_then then);

#endif
