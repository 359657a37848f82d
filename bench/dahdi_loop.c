/* A bare loop over DAHDI's channels 1 to N: wait for the first, read and write a block of each. Prints
 * CPU nanoseconds for one channel and block, and blocks done. Numbers as in native/src/dahdi_kernel.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

struct buffers {
    int sent_policy, received_policy, blocks, octets, full_received, full_sent;
};

static double cpu(void)
{
    struct timespec at;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
    return (double)at.tv_sec * 1e9 + (double)at.tv_nsec;
}

static int open_channel(int number, int block)
{
    struct buffers how = {.blocks = 32, .octets = block};
    int on = 1, fd = open("/dev/dahdi/channel", O_RDWR | O_NONBLOCK);

    if (fd < 0 || ioctl(fd, _IOW(0xda, 38, int), &number) < 0 ||
        ioctl(fd, _IOW(0xda, 32, int), &on) < 0 ||
        ioctl(fd, _IOW(0xda, 27, struct buffers), &how) < 0) {
        perror("channel");
        exit(1);
    }
    return fd;
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 30, block = argc > 2 ? atoi(argv[2]) : 80;
    int blocks = argc > 3 ? atoi(argv[3]) : 500;
    struct pollfd first = {.events = POLLIN};
    unsigned char octets[160] = {0};
    double begun, done = 0;
    int *fds = calloc((size_t)n, sizeof(*fds));

    if (!fds || block > 160)
        return 2;
    for (int i = 0; i < n; i++) {
        fds[i] = open_channel(i + 1, block);
        for (int k = 0; k < 4; k++)
            if (write(fds[i], octets, (size_t)block) < 0)
                return 3;
    }
    first.fd = fds[0];
    begun = cpu();
    for (int k = 0; k < blocks; k++) {
        poll(&first, 1, 1000);
        for (int i = 0; i < n; i++) {
            if (read(fds[i], octets, (size_t)block) > 0)
                done++;
            if (write(fds[i], octets, (size_t)block) < 0 && errno != EAGAIN)
                return 4;
        }
    }
    printf("%.1f %.0f\n", (cpu() - begun) / blocks / n, done);
    return 0;
}
