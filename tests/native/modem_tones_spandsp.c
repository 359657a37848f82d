/* Spandsp's generators and detectors of modem and fax tones.
 *
 *   modem_tones_spandsp make TYPE SAMPLES     32000 samples of a MODEM_CONNECT_TONES_... type
 *   modem_tones_spandsp read TYPE SAMPLES     prints the types that its detector of TYPE reports */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <spandsp.h>

#define LENGTH 32000

static void report(void *user_data, int code, int level, int delay)
{
    (void)user_data;
    (void)level;
    (void)delay;
    if (code != MODEM_CONNECT_TONES_NONE)
        printf("%d\n", code);
}

int main(int argc, char **argv)
{
    static int16_t samples[LENGTH];
    if (argc != 4)
        return 2;
    int type = atoi(argv[2]);
    if (!strcmp(argv[1], "make")) {
        FILE *file = fopen(argv[3], "wb");
        modem_connect_tones_tx_state_t *tx = modem_connect_tones_tx_init(NULL, type);
        modem_connect_tones_tx(tx, samples, LENGTH);
        modem_connect_tones_tx_free(tx);
        fwrite(samples, sizeof *samples, LENGTH, file);
        return fclose(file);
    }
    FILE *file = fopen(argv[3], "rb");
    modem_connect_tones_rx_state_t *rx = modem_connect_tones_rx_init(NULL, type, report, NULL);
    for (size_t n; (n = fread(samples, sizeof *samples, 160, file)) > 0;)
        modem_connect_tones_rx(rx, samples, (int)n);
    modem_connect_tones_rx_free(rx);
    return fclose(file);
}
