/* Messages of the control protocol in msgbs. */
#define _GNU_SOURCE
#include <string.h>
#include <sys/socket.h>

#include "osmo_e1d.h"

struct msgb *message_read(int socket, int *fd)
{
    struct msgb *msg = msgb_alloc(LONGEST, "control");
    char room[CMSG_SPACE(sizeof(int))];
    struct iovec part = {msg->data, LONGEST};
    struct msghdr how = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = room,
                         .msg_controllen = sizeof room};
    ssize_t n = recvmsg(socket, &how, MSG_CMSG_CLOEXEC);
    struct cmsghdr *control = n > 0 ? CMSG_FIRSTHDR(&how) : NULL;
    struct head *head = (struct head *)msg->data;

    *fd = -1;
    if (control)
        memcpy(fd, CMSG_DATA(control), sizeof *fd);
    if (n < (ssize_t)sizeof *head || head->magic != MAGIC || head->len != n) {
        msgb_free(msg);
        return NULL;
    }
    msg->l1h = msgb_put(msg, sizeof *head);
    msg->l2h = msgb_put(msg, (unsigned)n - sizeof *head);
    return msg;
}

int message_write(int socket, struct head head, const void *body, unsigned octets, int fd)
{
    char room[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec parts[2] = {{&head, sizeof head}, {(void *)body, octets}};
    struct msghdr how = {.msg_iov = parts, .msg_iovlen = 2};

    head.magic = MAGIC;
    head.len = (uint16_t)(sizeof head + octets);
    if (fd >= 0) {
        struct cmsghdr *control = (struct cmsghdr *)room;

        how.msg_control = room;
        how.msg_controllen = CMSG_LEN(sizeof fd);
        control->cmsg_level = SOL_SOCKET;
        control->cmsg_type = SCM_RIGHTS;
        control->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(control), &fd, sizeof fd);
    }
    return sendmsg(socket, &how, MSG_NOSIGNAL) < 0 ? -1 : 0;
}
