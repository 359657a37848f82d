/* Reading a play list: any sample of it, whatever was read before. */
#define _GNU_SOURCE
#include <string.h>

#include "player.h"

static int holds(const struct play_item *item, uint64_t at)
{
    return at >= item->begin && at - item->begin < item->samples;
}

static const struct play_item *find_item(struct play_list *list, uint64_t at)
{
    uint32_t low = list->last, high = list->n;

    if (holds(&list->items[low], at))
        return &list->items[low];
    low = 0;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;

        if (list->items[middle].begin <= at)
            low = middle;
        else
            high = middle;
    }
    list->last = low;
    return &list->items[low];
}

/* A stretch of one item. */
struct stretch {
    const struct play_item *item;
    uint64_t from; /* within the item */
    unsigned n;
};

static struct stretch stretch(struct play_list *list, uint64_t at, unsigned n)
{
    uint64_t where = at < list->length ? at : at % list->length;
    const struct play_item *item = find_item(list, where);
    uint64_t from = where - item->begin;
    uint64_t rest = item->samples == ENDLESS ? ENDLESS : item->samples - from;

    return (struct stretch){item, from, rest < n ? (unsigned)rest : n};
}

/* How many of n samples there are before the list's end. */
static unsigned until_end(const struct play_list *list, uint64_t at, unsigned n)
{
    if (at >= list->total)
        return 0;
    return list->total - at < n ? (unsigned)(list->total - at) : n;
}

unsigned list_linear(struct play_list *list, uint64_t at, int16_t *out, unsigned n)
{
    unsigned done = 0;

    n = until_end(list, at, n);
    while (done < n) {
        struct stretch is = stretch(list, at + done, n - done);

        if (is.item->kind == TD_ITEM_TONES) {
            tone_samples(is.item, is.from, out + done, is.n);
        } else if (is.item->kind == TD_ITEM_SILENCE) {
            memset(out + done, 0, is.n * sizeof(*out));
        } else {
            const int16_t *table = sound_table(is.item->coding);
            const uint8_t *octets = is.item->octets + is.from;

            for (unsigned i = 0; i < is.n; i++)
                out[done + i] = table[octets[i]];
        }
        done += is.n;
    }
    return n;
}

static void octets_of(const struct play_list *list, const struct stretch *is, uint8_t *out)
{
    const uint8_t *octets = is->item->octets + is->from;
    int16_t linear[MAX_TX];

    if (is->item->kind == TD_ITEM_TONES) {
        tone_samples(is->item, is->from, linear, is->n);
        sound_encode(list->coding, linear, out, is->n);
    } else if (is->item->kind == TD_ITEM_SILENCE) {
        memset(out, list->idle, is->n);
    } else if (is->item->coding == list->coding) {
        memcpy(out, octets, is->n);
    } else if (list->coding == TD_ALAW) {
        td_ulaw_to_alaw(octets, out, is->n);
    } else {
        td_alaw_to_ulaw(octets, out, is->n);
    }
}

unsigned list_sound(struct play_list *list, uint64_t at, struct sound *sound, unsigned n)
{
    unsigned done = 0;

    n = until_end(list, at, n);
    if (n) {
        struct stretch is = stretch(list, at, n);

        if (is.item->kind == TD_ITEM_TONES && is.n == n) {
            sound->form = SOUND_LINEAR;
            tone_samples(is.item, is.from, sound->linear, n);
            return n;
        }
    }
    sound->form = SOUND_OCTETS;
    while (done < n) {
        struct stretch is = stretch(list, at + done, n - done);

        octets_of(list, &is, sound->octets + done);
        done += is.n;
    }
    return n;
}
