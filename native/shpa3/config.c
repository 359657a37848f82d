/* ShConfig.ini: which keys count here (docs/synway.md has the table), and what they are without. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shpa3.h"

int config_read(const char *path)
{
    unsigned line;
    int error;

    if (!path || !*path)
        return fail(C_ERROR_INIT_FAILURE, "SsmStartCti: no ShConfig.ini is named");
    error = ini_read(&lib.ini, path, &line);
    if (error == -22)
        return fail(C_ERROR_INIT_FAILURE, "%s, line %u: neither [section] nor key=value", path,
                    line);
    if (error)
        return fail(C_ERROR_INIT_FAILURE, "%s: %s", path, strerror(-error));
    return 0;
}

const char *config_text(const char *section, const char *key)
{
    const char *value = ini_value(&lib.ini, section, key);

    return value && *value ? value : NULL;
}

/* The board and the board's channel that AppCh[n]=BOARD,FIRST[..LAST] gives to a channel. */
static void board_of(int channel, int *board, int *on_board)
{
    int before = 0;

    *board = 0;
    *on_board = channel;
    for (int i = 0; i < 64; i++) {
        char key[24];
        const char *row;
        int number, first, last, got;

        snprintf(key, sizeof(key), "AppCh[%d]", i);
        row = ini_value(&lib.ini, "AppChToBoardChTable", key);
        if (!row)
            return;
        got = sscanf(row, "%d , %d .. %d", &number, &first, &last);
        if (got < 2)
            return;
        last = got == 2 ? first : last;
        if (channel < before + last - first + 1) {
            *board = number;
            *on_board = first + channel - before;
            return;
        }
        before += last - first + 1;
    }
}

/* A key of the channel's board, a list with an item for each of its channels. */
int config_item(const struct channel *channel, const char *key, long otherwise)
{
    char section[32];
    int board, on_board;

    board_of(channel->number, &board, &on_board);
    snprintf(section, sizeof(section), "BoardId=%d", board);
    return (int)ini_item(&lib.ini, section, key, on_board, otherwise);
}

/* A key of the section of the channel's signalling. */
long config_signalling(const struct channel *channel, const char *key, long otherwise)
{
    static const struct {
        int type;
        const char *section;
    } SECTIONS[] = {{CH_SS1, "SS1Config"}, {CH_TUP, "TUP"},           {CH_ISUP, "ISUP"},
                    {CH_ISDN_USER, "ISDN"}, {CH_ISDN_NETWORK, "ISDN"}};

    for (size_t i = 0; i < sizeof(SECTIONS) / sizeof(*SECTIONS); i++)
        if (SECTIONS[i].type == channel->row->type)
            return ini_number(&lib.ini, SECTIONS[i].section, key, otherwise);
    return ini_number(&lib.ini, "SystemConfig", key, otherwise);
}

/* Set {...} number `index` of "{{0123},{45}}". */
static void set_item(const struct channel *channel, const char *key, char *to, size_t size)
{
    char section[32];
    int board, on_board;
    const char *at;

    board_of(channel->number, &board, &on_board);
    snprintf(section, sizeof(section), "BoardId=%d", board);
    at = ini_value(&lib.ini, section, key);
    if (at && *at == '{')
        at++;
    for (int i = 0; at && i <= on_board; i++) {
        at = strchr(at, '{');
        at = at ? at + 1 : NULL;
    }
    if (at) {
        size_t n = strcspn(at, "}");

        snprintf(to, size, "%.*s", (int)(n < size ? n : size - 1), at);
    }
}

static const char *calling_section(int type)
{
    return type == CH_TUP    ? "TUP"
           : type == CH_ISUP ? "ISUP"
           : type == CH_SS1  ? "SS1Config"
                             : "ISDN";
}

/* What the file says of a channel, or the defaults. */
void config_channel(struct channel *channel)
{
    const char *calling =
        config_text(calling_section(channel->row->type),
                    channel->row->type == CH_SS1 ? "TxCallerId" : "CalloutCallerId");
    const char *auto_key = channel->row->type == CH_TUP || channel->row->type == CH_ISUP
                               ? "AutoSendACM"
                               : "AutoSendKB";

    channel->auto_kb = config_signalling(channel, auto_key, 1) != 0;
    channel->dtmf_stops_play = config_item(channel, "DefaultDtmfStopPlay", 0) != 0;
    channel->hangup_stops_play = 1;
    channel->play_volume = config_item(channel, "DefaultPlayVolume", 0);
    channel->record_volume = config_item(channel, "DefaultRecordVolume", 0);
    channel->dtmf_on = channel->dtmf_off = 80;
    copy_text(channel->stop_play, sizeof(channel->stop_play), "0123456789*#ABCD");
    set_item(channel, "DtmfStopPlayCharSet", channel->stop_play, sizeof(channel->stop_play));
    set_item(channel, "DtmfStopRecCharSet", channel->stop_record, sizeof(channel->stop_record));
    if (calling)
        copy_text(channel->tx_calling, sizeof(channel->tx_calling), calling);
}
