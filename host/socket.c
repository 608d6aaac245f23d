/* TCP as the port's wire, on sockets.  Addresses of a name are tried in getaddrinfo()'s order, which
 * is that of RFC 6724; each but the last gets an equal share of the time that is left. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "host/system.h"
#include "loader/port.h"

struct socket {
    struct wire wire;
    int fd; /* -1: closed */
};

static int left_ms(uint64_t deadline)
{
    uint64_t now = port_milliseconds();

    return now >= deadline ? 0 : (int)(deadline - now);
}

/* True when one of the events is there before the deadline. */
static bool wait_for(int fd, short events, uint64_t deadline)
{
    struct pollfd p = {.fd = fd, .events = events};
    int n;

    do
        n = poll(&p, 1, left_ms(deadline));
    while (n < 0 && errno == EINTR);
    return n > 0;
}

/* errno is set on failure. */
static int connect_one(const struct addrinfo *to, uint64_t deadline)
{
    int error = 0, on = 1;
    socklen_t len = sizeof(error);
    int fd = socket(to->ai_family, to->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, to->ai_protocol);

    if (fd < 0)
        return -1;
    if (connect(fd, to->ai_addr, to->ai_addrlen) != 0) {
        error = errno;
        if (error == EINPROGRESS && !wait_for(fd, POLLOUT, deadline))
            error = ETIMEDOUT;
        else if (error == EINPROGRESS && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
            error = errno;
    }
    if (error) {
        close(fd);
        errno = error;
        return -1;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return fd;
}

static int connect_any(const struct addrinfo *list, uint64_t deadline)
{
    unsigned count = 0;
    int fd = -1;

    for (const struct addrinfo *a = list; a; a = a->ai_next)
        count++;
    for (const struct addrinfo *a = list; a && fd < 0; a = a->ai_next)
        fd = connect_one(a, port_milliseconds() + (unsigned)left_ms(deadline) / count--);
    return fd;
}

static enum err socket_connect(struct wire *w, const char *host, uint16_t port, uint32_t timeout_ms,
                               struct error *e)
{
    struct socket *s = (struct socket *)w;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV}, *list;
    uint64_t deadline = port_milliseconds() + timeout_ms;
    char service[8];

    text_format(service, sizeof(service), "%u", port);
    int code = getaddrinfo(host, service, &hints, &list);
    if (code == EAI_SYSTEM)
        return system_fail(e, ERR_NETWORK, "cannot find the address of %s", host);
    if (code != 0)
        return fail(e, ERR_NETWORK, "cannot find the address of %s (%s)", host, gai_strerror(code));
    s->fd = connect_any(list, deadline);
    int error = errno;
    freeaddrinfo(list);
    errno = error;
    if (s->fd < 0)
        return system_fail(e, ERR_NETWORK, "cannot connect to %s, port %u", host, port);
    return OK;
}

static enum err socket_send(struct wire *w, struct bytes bytes, uint32_t timeout_ms,
                            struct error *e)
{
    struct socket *s = (struct socket *)w;
    uint64_t deadline = port_milliseconds() + timeout_ms;

    while (bytes.len) {
        ssize_t n = send(s->fd, bytes.at, bytes.len, MSG_NOSIGNAL);
        if (n >= 0) {
            take(&bytes, (size_t)n);
        } else if (errno == EAGAIN) {
            if (!wait_for(s->fd, POLLOUT, deadline))
                return fail(e, ERR_NETWORK, "the other end took nothing for %u ms", timeout_ms);
        } else if (errno != EINTR) {
            return system_fail(e, ERR_NETWORK, "the connection broke");
        }
    }
    return OK;
}

static enum err socket_receive(struct wire *w, void *to, size_t room, uint32_t timeout_ms,
                               size_t *got, struct error *e)
{
    struct socket *s = (struct socket *)w;
    uint64_t deadline = port_milliseconds() + timeout_ms;

    for (;;) {
        ssize_t n = recv(s->fd, to, room, 0);
        if (n >= 0) {
            *got = (size_t)n;
            return OK;
        }
        if (errno == EAGAIN && !wait_for(s->fd, POLLIN, deadline)) {
            *got = WIRE_QUIET;
            return OK;
        }
        if (errno != EAGAIN && errno != EINTR)
            return system_fail(e, ERR_NETWORK, "the connection broke");
    }
}

static void socket_close(struct wire *w)
{
    struct socket *s = (struct socket *)w;

    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
}

enum err port_wire(struct arena *a, struct wire **out, struct error *e)
{
    static const struct wire_ops ops = {socket_connect, socket_send, socket_receive, socket_close};
    struct socket *s;

    TRY(TAKE(a, 1, &s, e));
    *s = (struct socket){{&ops}, -1};
    *out = &s->wire;
    return OK;
}

enum err port_random(void *to, size_t len, struct error *e)
{
    uint8_t *at = to;

    while (len) {
        ssize_t n = getrandom(at, len, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return system_fail(e, ERR_NETWORK, "there are no random numbers");
        at += n;
        len -= (size_t)n;
    }
    return OK;
}

bool port_wait(uint32_t ms)
{
    struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};

    while (nanosleep(&time, &time) != 0 && errno == EINTR)
        ;
    return true;
}
