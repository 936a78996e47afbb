/* A disk that dies on demand, preloaded into a real process (LD_PRELOAD, glibc).
 *
 * Calls that would change a file whose path contains FAULTY_DISK_TEXT fail with the errno named in the file
 * FAULTY_DISK_CONTROL: EIO, EROFS or ENOSPC. No such file, or an empty one: the disk is healthy. A second word there
 * limits it to the calls whose name contains it ("EIO sync": what was written is not brought to the disk). Reads and
 * mapped memory go on, as they do from the page cache of a real disk that has died.
 *
 *     write pwrite fsync fdatasync ftruncate    each errno
 *     unlink rename                             each but ENOSPC
 *     open for writing                          EROFS
 *     open of a new file                        each
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* What this call suffers from; 0 when the disk is healthy. Read by system calls: our own open must not be asked again. */
static int fault(const char *call)
{
    const char *control = getenv("FAULTY_DISK_CONTROL");
    char said[32] = "", name[16] = "", only[16] = "";
    int saved = errno;
    int fd = control ? (int)syscall(SYS_openat, AT_FDCWD, control, O_RDONLY | O_CLOEXEC, 0) : -1;
    if (fd >= 0) {
        syscall(SYS_read, fd, said, sizeof said - 1);
        syscall(SYS_close, fd);
    }
    errno = saved;
    sscanf(said, "%15s %15s", name, only);
    if (!strstr(call, only))
        return 0;
    return !strcmp(name, "EIO") ? EIO : !strcmp(name, "EROFS") ? EROFS : !strcmp(name, "ENOSPC") ? ENOSPC : 0;
}

static int path_is_ours(const char *path)
{
    const char *text = getenv("FAULTY_DISK_TEXT");
    return text && path && strstr(path, text);
}

static int fd_is_ours(int fd)
{
    char link[32], path[4096];
    int saved = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    errno = saved;
    if (length < 0)
        return 0;
    path[length] = 0;
    return path_is_ours(path);
}

static int fd_fault(const char *call, int fd) { return fd_is_ours(fd) ? fault(call) : 0; }

static int name_fault(const char *call, const char *path)
{
    int failure = path_is_ours(path) ? fault(call) : 0;
    return failure == ENOSPC ? 0 : failure;
}

static int open_fault(int directory, const char *path, int flags)
{
    int failure = path_is_ours(path) ? fault("open") : 0;
    struct stat found;
    if (failure == EROFS && (flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)))
        return EROFS;
    return failure && (flags & O_CREAT) && fstatat(directory, path, &found, 0) ? failure : 0;
}

#define FAIL_IF(failure)                \
    do {                                \
        int because = (failure);        \
        if (because) {                  \
            errno = because;            \
            return -1;                  \
        }                               \
    } while (0)

#define ON_FD(type, name, parameters, arguments) \
    type name parameters { FAIL_IF(fd_fault(#name, fd)); return NEXT(name) arguments; }

ON_FD(ssize_t, write, (int fd, const void *from, size_t size), (fd, from, size))
ON_FD(ssize_t, pwrite, (int fd, const void *from, size_t size, off_t at), (fd, from, size, at))
ON_FD(ssize_t, pwrite64, (int fd, const void *from, size_t size, off64_t at), (fd, from, size, at))
ON_FD(int, fsync, (int fd), (fd))
ON_FD(int, fdatasync, (int fd), (fd))
ON_FD(int, ftruncate, (int fd, off_t size), (fd, size))
ON_FD(int, ftruncate64, (int fd, off64_t size), (fd, size))

int unlink(const char *path) { FAIL_IF(name_fault("unlink", path)); return NEXT(unlink)(path); }

int rename(const char *from, const char *to) { FAIL_IF(name_fault("rename", from)); return NEXT(rename)(from, to); }

static mode_t mode_of(int flags, va_list rest) { return flags & O_CREAT ? va_arg(rest, mode_t) : 0; }

#define OPEN(name, directory, parameters, arguments)         \
    int name parameters                                      \
    {                                                        \
        va_list rest;                                        \
        va_start(rest, flags);                               \
        mode_t mode = mode_of(flags, rest);                  \
        va_end(rest);                                        \
        FAIL_IF(open_fault(directory, path, flags));         \
        return NEXT(name) arguments;                         \
    }

OPEN(open, AT_FDCWD, (const char *path, int flags, ...), (path, flags, mode))
OPEN(open64, AT_FDCWD, (const char *path, int flags, ...), (path, flags, mode))
OPEN(openat, directory, (int directory, const char *path, int flags, ...), (directory, path, flags, mode))
OPEN(openat64, directory, (int directory, const char *path, int flags, ...), (directory, path, flags, mode))
