/* Who hears whom: two channels, three, conferences (Tc08a32, NewConf's older calls). */
#include "donjin.h"

#define GROUPS 10
#define MEMBERS 6
#define RESOURCES 32

enum { ONLY_SPEAKS = 0xCD };
enum { MODE_TALK = 0, MODE_HEAR = 2, MODE_SPEAK = 3 };

static int checked(int one, int another)
{
    if (!line_of(one))
        return -1;
    if (!line_of(another))
        return -2;
    if (SsmCheckPlay(one) == 0)
        return -4;
    return SsmCheckPlay(another) == 0 ? -5 : 0;
}

int lines_link(int one, int another, int both)
{
    if (both ? SsmTalkWith(one, another) : SsmLinkFrom(another, one))
        return -3;
    return 0;
}

int lines_unlink(int one, int another, int both)
{
    if (both ? SsmStopTalkWith(one, another) : SsmStopLinkFrom(another, one))
        return -3;
    return 0;
}

DJ long SetLink(WORD one, WORD another)
{
    int why = checked(one, another);

    return why ? why : lines_link(one, another, 1);
}

DJ long ClearLink(WORD one, WORD another)
{
    int why = checked(one, another);

    return why == -1 || why == -2 ? why : lines_unlink(one, another, 1);
}

/* One hears another. */
DJ long LinkOneToAnother(WORD one, WORD another)
{
    int why = checked(one, another);

    return why ? why : lines_link(one, another, 0);
}

DJ long ClearOneFromAnother(WORD one, WORD another)
{
    int why = checked(one, another);

    return why == -1 || why == -2 ? why : lines_unlink(one, another, 0);
}

/* ---- conferences ----------------------------------------------------------------------------- */

DJ int DConf_EnableConfCard(void)
{
    return board.loaded ? 0 : 1;
}

DJ void DConf_DisableConfCard(void)
{
    for (int i = 1; i <= GROUPS; i++) {
        if (board.groups[i] >= 0)
            SsmFreeConfGroup(board.groups[i]);
        board.groups[i] = -1;
        board.members[i] = 0;
    }
}

DJ int DConf_GetResNumber(void)
{
    int used = 0;

    for (int i = 1; i <= GROUPS; i++)
        used += board.members[i];
    return RESOURCES - used;
}

static int enter_group(int group, int ch, int mode)
{
    struct line *line = line_of(ch);

    if (group < 1 || group > GROUPS)
        return 1;
    if (!line || line->group)
        return 2;
    if (board.members[group] >= MEMBERS || DConf_GetResNumber() <= 0)
        return 3;
    if (board.groups[group] < 0)
        board.groups[group] = SsmCreateConfGroup(MEMBERS, MEMBERS, MEMBERS, 0);
    if (board.groups[group] < 0)
        return 3;
    if (SsmJoinConfGroup(board.groups[group], ch, (WORD)mode, 0, 0, 0) < 0)
        return 3;
    line->group = group;
    line->listens = mode == MODE_HEAR;
    board.members[group]++;
    return 0;
}

static int leave_group(int group, int ch, int listens)
{
    struct line *line = line_of(ch);

    if (group < 1 || group > GROUPS)
        return 1;
    if (!line)
        return 2;
    if (line->group != group || line->listens != listens)
        return 3;
    SsmExitConfGroup(ch, 0);
    line->group = 0;
    if (--board.members[group] == 0) {
        SsmFreeConfGroup(board.groups[group]);
        board.groups[group] = -1;
    }
    return 0;
}

DJ int AddChnl(int group, int ch, int gain, int noise)
{
    (void)gain; /* the daemon mixes without clipping */
    return enter_group(group, ch, noise == ONLY_SPEAKS ? MODE_SPEAK : MODE_TALK);
}

DJ int SubChnl(int group, int ch)
{
    return leave_group(group, ch, 0);
}

DJ int AddListenChnl(int group, int ch)
{
    return enter_group(group, ch, MODE_HEAR);
}

DJ int SubListenChnl(int group, int ch)
{
    return leave_group(group, ch, 1);
}
