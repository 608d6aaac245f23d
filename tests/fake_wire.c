#include "tests/fake_wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fake_port.h"

struct fake_net fake_net;

struct fake_wire {
    struct wire wire;
    bool is_open;
    struct fake_answer now; /* what is being received */
    size_t at, head_len;
    char head[512];
    struct bytes body;
};

void fake_net_reset(void)
{
    fake_net = (struct fake_net){0};
}

void fake_net_add(const char *text, enum fake_then then)
{
    fake_net.script[fake_net.count++] = (struct fake_answer){text, 0, then};
}

static enum err fake_connect(struct wire *w, const char *host, uint16_t port, uint32_t timeout_ms,
                             struct error *e)
{
    struct fake_wire *f = (struct fake_wire *)w;
    size_t len = strlen(fake_net.hosts);

    (void)timeout_ms;
    if (f->is_open)
        abort();
    snprintf(fake_net.hosts + len, sizeof(fake_net.hosts) - len, "%s:%u ", host, port);
    if (fake_net.next < fake_net.count && fake_net.script[fake_net.next].then == FAKE_REFUSES) {
        fake_net.next++;
        return fail(e, ERR_NETWORK, "cannot connect to %s", host);
    }
    fake_net.connections++;
    *f = (struct fake_wire){.wire = *w, .is_open = true};
    fake_net.is_open = true;
    return OK;
}

/* The file, or the part of it that the request names. */
static void serve(struct fake_wire *f, const char *request)
{
    const char *range = fake_net.no_ranges ? NULL : strstr(request, "\r\nRange: bytes=");
    unsigned long long first = 0, last = fake_net.file.len - 1;
    char tag[100] = "";

    if (range) {
        char *end;
        first = (unsigned long long)strtol(range + strlen("\r\nRange: bytes="), &end, 10);
        if (end[0] == '-' && end[1] >= '0' && end[1] <= '9')
            last = (unsigned long long)strtol(end + 1, NULL, 10);
    }
    if (last >= fake_net.file.len)
        last = fake_net.file.len - 1;
    if (fake_net.etag)
        snprintf(tag, sizeof(tag), "ETag: %s\r\n", fake_net.etag);
    f->body = (struct bytes){fake_net.file.at + first, (size_t)(last - first + 1)};
    snprintf(f->head, sizeof(f->head),
             "HTTP/1.1 %s\r\nContent-Length: %zu\r\n%sContent-Range: bytes %llu-%llu/%zu\r\n%s\r\n",
             range ? "206 Partial Content" : "200 OK", f->body.len,
             fake_net.no_ranges ? "X-Not-" : "", first, last, fake_net.file.len, tag);
    f->now.then = FAKE_STAYS;
    if (fake_net.cut_count && f->body.len > fake_net.cut_after) {
        fake_net.cut_count--;
        f->body.len = fake_net.cut_after;
        f->now.then = FAKE_BREAKS;
    }
}

static enum err fake_send(struct wire *w, struct bytes bytes, uint32_t timeout_ms, struct error *e)
{
    struct fake_wire *f = (struct fake_wire *)w;
    char *text = fake_net.sent + fake_net.sent_len;

    (void)timeout_ms, (void)e;
    if (!f->is_open || bytes.len >= sizeof(fake_net.sent) - fake_net.sent_len)
        abort();
    memcpy(text, bytes.at, bytes.len);
    text[bytes.len] = '\0';
    fake_net.sent_len += bytes.len;
    if (!strstr(text, "\r\n\r\n"))
        return OK; /* a body */
    fake_net.requests++;
    f->at = 0;
    f->body = (struct bytes){0};
    f->now = (struct fake_answer){"", 0, FAKE_CLOSES};
    if (fake_net.next < fake_net.count)
        f->now = fake_net.script[fake_net.next++];
    else if (fake_net.file.at)
        serve(f, text);
    if (!f->body.at) {
        f->body = (struct bytes){(const uint8_t *)f->now.text,
                                 f->now.len ? f->now.len : strlen(f->now.text)};
        f->head[0] = '\0';
    }
    f->head_len = strlen(f->head);
    return OK;
}

static size_t copy_from(struct fake_wire *f, uint8_t *to, size_t room)
{
    size_t left = f->at < f->head_len ? f->head_len - f->at : f->head_len + f->body.len - f->at;
    size_t n = left < room ? left : room;

    if (fake_net.step && n > fake_net.step)
        n = fake_net.step;
    if (f->at < f->head_len) {
        memcpy(to, f->head + f->at, n);
    } else if (n) {
        memcpy(to, f->body.at + (f->at - f->head_len), n);
        fake_net.served += n;
    }
    f->at += n;
    return n;
}

static enum err fake_receive(struct wire *w, void *to, size_t room, uint32_t timeout_ms,
                             size_t *got, struct error *e)
{
    struct fake_wire *f = (struct fake_wire *)w;

    if (!f->is_open)
        abort();
    if (fake_net.step_ms > timeout_ms) {
        static uint64_t waited;
        fake_port.now_ms += timeout_ms;
        waited += timeout_ms;
        if (waited < fake_net.step_ms) {
            *got = WIRE_QUIET;
            return OK;
        }
        waited = 0;
    }
    *got = copy_from(f, to, room);
    if (*got || f->now.then == FAKE_CLOSES)
        return OK;
    if (f->now.then == FAKE_BREAKS)
        return fail(e, ERR_NETWORK, "the connection broke");
    fake_port.now_ms += timeout_ms;
    *got = WIRE_QUIET;
    return OK;
}

static void fake_close(struct wire *w)
{
    ((struct fake_wire *)w)->is_open = fake_net.is_open = false;
}

enum err port_wire(struct arena *a, struct wire **out, struct error *e)
{
    static const struct wire_ops ops = {fake_connect, fake_send, fake_receive, fake_close};
    struct fake_wire *f;

    TRY(TAKE(a, 1, &f, e));
    f->wire.ops = &ops;
    *out = &f->wire;
    return OK;
}

bool port_wait(uint32_t ms)
{
    fake_port.now_ms += ms;
    return true;
}

/* For tests of TLS, which are no secrets. */
enum err port_random(void *to, size_t len, struct error *e)
{
    static uint32_t state = 1;

    (void)e;
    for (size_t i = 0; i < len; i++) {
        state = state * 1664525 + 1013904223; /* Numerical Recipes */
        ((uint8_t *)to)[i] = (uint8_t)(state >> 24);
    }
    return OK;
}
