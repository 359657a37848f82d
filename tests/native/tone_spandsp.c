/* spandsp as the referee of tones: int16 samples of channel after channel on stdin, 8000 a second.
 *
 *   tone_spandsp dtmf|r2f|r2b|r1 SAMPLES   per SAMPLES one line of the digits heard in them
 *   tone_spandsp r2f-send|r2b-send ON OFF  digits on stdin; each ON samples, then OFF of silence
 *   tone_spandsp dtmf-send|r1-send         digits on stdin, with spandsp's times
 *   tone_spandsp dtmf-time|r2f-time SECONDS  CPU seconds to hear that many seconds of stdin
 */
#include <spandsp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BLOCK 160

static char heard[4096];
static int heard_count;

static void r2_digit(void *user, int code, int level, int delay)
{
    (void)user;
    (void)level;
    (void)delay;
    if (code && heard_count < (int)sizeof heard - 1)
        heard[heard_count++] = (char)code;
}

static void digits(void *user, const char *text, int count)
{
    (void)user;
    for (int i = 0; i < count && heard_count < (int)sizeof heard - 1; i++)
        heard[heard_count++] = text[i];
}

static void listen(const char *kind, const int16_t *samples, int count)
{
    dtmf_rx_state_t *dtmf = NULL;
    r2_mf_rx_state_t *r2 = NULL;
    bell_mf_rx_state_t *bell = NULL;
    if (!strncmp(kind, "dtmf", 4))
        dtmf = dtmf_rx_init(NULL, digits, NULL);
    else if (!strncmp(kind, "r1", 2))
        bell = bell_mf_rx_init(NULL, digits, NULL);
    else
        r2 = r2_mf_rx_init(NULL, kind[2] == 'f', r2_digit, NULL);
    for (int at = 0; at < count; at += BLOCK) {
        int n = count - at < BLOCK ? count - at : BLOCK;
        if (dtmf)
            dtmf_rx(dtmf, samples + at, n);
        else if (bell)
            bell_mf_rx(bell, samples + at, n);
        else
            r2_mf_rx(r2, samples + at, n);
    }
    if (dtmf)
        dtmf_rx_free(dtmf);
    if (bell)
        bell_mf_rx_free(bell);
    if (r2)
        r2_mf_rx_free(r2);
}

static int receive(const char *kind, size_t count)
{
    int16_t *samples = malloc(count * sizeof *samples);
    size_t n;
    while ((n = fread(samples, sizeof *samples, count, stdin)) > 0) {
        heard_count = 0;
        listen(kind, samples, (int)n);
        heard[heard_count] = 0;
        puts(heard);
    }
    free(samples);
    return 0;
}

static int send_r2(int forward, int on, int off)
{
    static int16_t samples[65536];
    r2_mf_tx_state_t *tx = r2_mf_tx_init(NULL, forward);
    int c;
    while ((c = getchar()) != EOF) {
        r2_mf_tx_put(tx, (char)c);
        r2_mf_tx(tx, samples, on);
        memset(samples + on, 0, (size_t)off * sizeof *samples);
        fwrite(samples, sizeof *samples, (size_t)(on + off), stdout);
        r2_mf_tx_put(tx, 0);
    }
    r2_mf_tx_free(tx);
    return 0;
}

static int send_digits(int bell)
{
    int16_t samples[BLOCK];
    dtmf_tx_state_t *dtmf = bell ? NULL : dtmf_tx_init(NULL);
    bell_mf_tx_state_t *mf = bell ? bell_mf_tx_init(NULL) : NULL;
    char c;
    while (fread(&c, 1, 1, stdin) == 1) {
        int n;
        if (bell)
            bell_mf_tx_put(mf, &c, 1);
        else
            dtmf_tx_put(dtmf, &c, 1);
        while ((n = bell ? bell_mf_tx(mf, samples, BLOCK) : dtmf_tx(dtmf, samples, BLOCK)) > 0)
            fwrite(samples, sizeof *samples, (size_t)n, stdout);
    }
    return 0;
}

static int measure(const char *kind, double seconds)
{
    static int16_t samples[80000];
    int n = (int)fread(samples, sizeof *samples, 80000, stdin);
    double heard_seconds = 0;
    clock_t begun = clock();
    while (n > 0 && heard_seconds < seconds) {
        heard_count = 0;
        listen(kind, samples, n);
        heard_seconds += n / 8000.0;
    }
    printf("%.9f\n", (double)(clock() - begun) / CLOCKS_PER_SEC / heard_seconds);
    return 0;
}

int main(int argc, char **argv)
{
    const char *kind = argc > 1 ? argv[1] : "";
    double value = argc > 2 ? atof(argv[2]) : 0;
    if (strstr(kind, "-time"))
        return measure(kind, value);
    if (!strcmp(kind, "dtmf-send") || !strcmp(kind, "r1-send"))
        return send_digits(kind[0] == 'r');
    if (strstr(kind, "-send"))
        return send_r2(kind[2] == 'f', atoi(argv[2]), atoi(argv[3]));
    return value > 0 ? receive(kind, (size_t)value) : 2;
}
