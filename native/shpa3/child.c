/* A daemon of the program's own: `trunkd run -c FILE`, where none answers and FILE is named. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shpa3.h"

#define READY_MS 30000

extern char **environ;

/* The socket by which the child says that it is ready (sd_notify): an abstract one. */
static int notices(char *name, size_t size)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    snprintf(name, size, "@shpa3-%ld", (long)getpid());
    memcpy(address.sun_path + 1, name + 1, strlen(name + 1));
    if (fd >= 0 && !bind(fd, (struct sockaddr *)&address,
                         (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name))))
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* Our environment with NOTIFY_SOCKET set; NULL: no memory. */
static char **environment(char *notify)
{
    size_t n = 0, kept = 0;
    char **made;

    while (environ[n])
        n++;
    made = calloc(n + 2, sizeof(*made));
    for (size_t i = 0; made && i < n; i++)
        if (strncmp(environ[i], "NOTIFY_SOCKET=", 14))
            made[kept++] = environ[i];
    if (made)
        made[kept] = notify;
    return made;
}

/* Waits until the child is ready; -1: it ended, or the time is over. */
static int await(int fd, char *why, size_t size)
{
    for (int left = READY_MS; left > 0; left -= 100) {
        struct pollfd file = {fd, POLLIN, 0};
        char text[512];
        ssize_t n = 0;
        int status;

        if (poll(&file, 1, 100) > 0)
            n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);
        text[n > 0 ? n : 0] = 0;
        if (n > 0 && strstr(text, "READY=1"))
            return 0;
        if (waitpid(lib.child, &status, WNOHANG) == lib.child) {
            snprintf(why, size, "trunkd ended with status %d; it wrote why", WEXITSTATUS(status));
            lib.child = NONE;
            return -1;
        }
    }
    snprintf(why, size, "trunkd was not ready in %d s", READY_MS / 1000);
    return -1;
}

/* `command` may have blanks: "/opt/python -m trunkd". */
static int spawn(const char *command, const char *config, char **envp)
{
    char words[1024], *argv[20], *state = NULL;
    int n = 0;

    copy_text(words, sizeof(words), command);
    for (char *word = strtok_r(words, " ", &state); word && n < 16;
         word = strtok_r(NULL, " ", &state))
        argv[n++] = word;
    argv[n++] = "run";
    argv[n++] = "-c";
    argv[n++] = (char *)config;
    argv[n] = NULL;
    return posix_spawnp(&lib.child, argv[0], NULL, NULL, argv, envp);
}

int child_start(const char *config, char *why, size_t size)
{
    const char *command = config_text("trunkd", "Command");
    char notify[64] = "NOTIFY_SOCKET=";
    int fd = notices(notify + 14, sizeof(notify) - 14), error;
    char **envp = environment(notify);

    if (!command)
        command = getenv("TRUNKD_COMMAND");
    if (!command || !*command)
        command = "trunkd";
    error = fd < 0 || !envp ? ENOMEM : spawn(command, config, envp);
    free(envp);
    if (error) {
        snprintf(why, size,
                 "%s run -c %s: %s ([trunkd] Command= or TRUNKD_COMMAND names the command)",
                 command, config, strerror(error));
        lib.child = NONE;
    } else if (await(fd, why, size)) {
        error = 1;
        child_stop();
    }
    if (fd >= 0)
        close(fd);
    return error ? -1 : 0;
}

void child_stop(void)
{
    if (lib.child <= 0)
        return;
    kill(lib.child, SIGTERM);
    while (waitpid(lib.child, NULL, 0) < 0 && errno == EINTR)
        ;
    lib.child = NONE;
}
