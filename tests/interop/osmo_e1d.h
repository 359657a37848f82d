/* The control protocol as osmo-e1d's header states it, written from those facts: Debian has the libraries
 * of Osmocom (libosmocore, libosmo-abis), not libosmo-e1d. */
#ifndef OSMO_E1D_H
#define OSMO_E1D_H

#include <signal.h>
#include <stdint.h>

#include <osmocom/core/msgb.h>
#include <osmocom/core/select.h>

enum { INTF_QUERY, LINE_QUERY, TS_QUERY, LINE_CONFIG, TS_OPEN, SABITS };
enum { LOS_ON = 0x40, LOS_OFF, AIS_ON, AIS_OFF, RAI_ON, RAI_OFF, LOF_ON, LOF_OFF, SA_EVENT = 0x7f };
enum { RESPONSE = 0x80, KIND = 0xc0, MAGIC = 0x01e1, NONE = 0xff, LONGEST = 4096 };
enum { CHANNELIZED = 0x20, RAW = 0x10, HDLC = 0x11, FORCE = 0x80 };

struct head { uint16_t magic, len; uint8_t type, intf, line, ts; } __attribute__((packed));
struct intf_info { uint8_t id, lines; } __attribute__((packed));
struct line_info { uint8_t id, mode, status; } __attribute__((packed));
struct ts_config { uint8_t mode, flags; uint16_t bufsize; } __attribute__((packed));
struct ts_info { uint8_t id; struct ts_config config; uint8_t status; } __attribute__((packed));

/* One message with what follows its head in l2h, or NULL; fd: -1, or the descriptor that came. */
struct msgb *message_read(int socket, int *fd);
int message_write(int socket, struct head head, const void *body, unsigned octets, int fd);

#endif
