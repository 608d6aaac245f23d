/* errno.h - names the libraries mention; nothing in firmware sets errno. */
#ifndef EFI_LIBC_ERRNO_H
#define EFI_LIBC_ERRNO_H

#define errno  0
#define EINTR  4
#define EAGAIN 11

#endif
