/* Another speed at the same pitch: speech is read on as it is, and now and then a splice leads to
 * where it should be by now, there where it looks most like what would have come (waveform similarity
 * overlap-add with splices only where they are needed). */
#define _GNU_SOURCE
#include "player.h"

#define LOOK (2 * SEARCH + 1)
/* 13 bits, so that sums of products of SPLICE samples are exact in 32 bits. */
#define SHIFT 3

_Static_assert((INT64_C(1) << (2 * (15 - SHIFT))) * SPLICE < INT32_MAX, "sum of products");

static int32_t product(const int16_t *a, const int16_t *b)
{
    int32_t sum = 0;

    for (int i = 0; i < SPLICE; i++)
        sum += a[i] * b[i];
    return sum;
}

static void shift_down(int16_t *samples, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        samples[i] = (int16_t)(samples[i] >> SHIFT);
}

/* Which of `places` in `in` is most like `wanted`; `otherwise` where none is alike at all. */
static unsigned most_alike(const int16_t *wanted, const int16_t *in, unsigned places,
                           unsigned otherwise)
{
    int64_t energy = product(in, in);
    double best = 0;
    unsigned found = otherwise;

    for (unsigned k = 0; k < places; k++) {
        double same = product(wanted, in + k);
        double score = same > 0 ? same * same / ((double)energy + 1) : 0;

        if (score > best) {
            best = score;
            found = k;
        }
        energy += (int64_t)in[k + SPLICE] * in[k + SPLICE] - (int64_t)in[k] * in[k];
    }
    return found;
}

void player_splice(struct player *player)
{
    struct play_list *list = &player->list;
    int64_t away = player->ahead / 1000;
    /* Half of what it runs off until the next splice, so that on the mean it is right. */
    int64_t back = away + HOP * (1000 - (int64_t)player->speed) / 2000;
    uint64_t place, from, to;
    int16_t wanted[SPLICE], in[LOOK + SPLICE] = {0};

    /* What would come is the best there is, while it is near enough. */
    if (away >= -SEARCH && away <= SEARCH)
        return;
    if (list->total < SPLICE)
        return;
    place = back > 0 && player->at < (uint64_t)back ? 0 : player->at - (uint64_t)back;
    from = place < SEARCH ? 0 : place - SEARCH;
    to = list->total - SPLICE < place + SEARCH ? list->total - SPLICE : place + SEARCH;
    if (from > to)
        return; /* it ends here */
    player_upcoming(player, wanted, SPLICE);
    list_linear(list, from, in, (unsigned)(to - from) + SPLICE);
    shift_down(wanted, SPLICE);
    shift_down(in, LOOK + SPLICE);
    place = place > to ? to : place;
    from += most_alike(wanted, in, (unsigned)(to - from) + 1, (unsigned)(place - from));
    player_fade(player, SPLICE);
    player->ahead += (int32_t)((int64_t)(from - player->at) * 1000);
    player->at = from;
}
