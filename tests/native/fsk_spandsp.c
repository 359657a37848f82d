/* Spandsp's caller identity modem at the other end.
 *
 *   fsk_spandsp make v23|bell202 COUNT SEED OCTETS SAMPLES
 *       COUNT messages of random parameters: in OCTETS each as its length and its octets, in
 *       SAMPLES each as 8000 samples
 *   fsk_spandsp read v23|bell202 SAMPLES
 *       a line of hexadecimal octets for each 8000 samples, empty when nothing was received */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <spandsp.h>

#define LENGTH 8000

static int standard_of(const char *name)
{
    return strcmp(name, "v23") ? ADSI_STANDARD_CLASS : ADSI_STANDARD_CLIP;
}

/* A parameter; adsi_add_field would send a length of 16 twice. */
static void field(uint8_t *message, int *length, uint8_t kind, int octets)
{
    message[(*length)++] = kind;
    message[(*length)++] = (uint8_t)octets;
    for (int i = 0; i < octets; i++)
        message[(*length)++] =
            (uint8_t)(kind == MCLASS_CALLER_NAME ? 32 + rand() % 224 : '0' + rand() % 10);
}

static void make(int standard, int count, FILE *octets, FILE *samples)
{
    for (int n = 0; n < count; n++) {
        static int16_t out[LENGTH];
        uint8_t message[256];
        adsi_tx_state_t *tx = adsi_tx_init(NULL, standard);
        int length = 2;
        message[0] = CLASS_MDMF_CALLERID;
        field(message, &length, MCLASS_DATETIME, 8);
        field(message, &length, MCLASS_CALLER_NUMBER, 1 + rand() % 18);
        field(message, &length, MCLASS_CALLER_NAME, 1 + rand() % 15);
        message[1] = (uint8_t)(length - 2);
        if (adsi_tx_put_message(tx, message, length) <= 0)
            exit(1);
        memset(out, 0, sizeof out);
        adsi_tx(tx, out, LENGTH);
        adsi_tx_free(tx);
        fputc(length, octets);
        fwrite(message, 1, (size_t)length, octets);
        fwrite(out, sizeof *out, LENGTH, samples);
    }
}

static void print_message(void *user_data, const uint8_t *message, int length)
{
    (void)user_data;
    for (int i = 0; i < length; i++)
        printf("%02x", message[i]);
}

static void read_all(int standard, FILE *samples)
{
    int16_t in[LENGTH];
    while (fread(in, sizeof *in, LENGTH, samples) == LENGTH) {
        adsi_rx_state_t *rx = adsi_rx_init(NULL, standard, print_message, NULL);
        adsi_rx(rx, in, LENGTH);
        adsi_rx_free(rx);
        printf("\n");
    }
}

int main(int argc, char **argv)
{
    if (argc == 7 && !strcmp(argv[1], "make")) {
        FILE *octets = fopen(argv[5], "wb"), *samples = fopen(argv[6], "wb");
        srand((unsigned)atoi(argv[4]));
        make(standard_of(argv[2]), atoi(argv[3]), octets, samples);
        return fclose(octets) || fclose(samples);
    }
    if (argc == 4 && !strcmp(argv[1], "read")) {
        read_all(standard_of(argv[2]), fopen(argv[3], "rb"));
        return 0;
    }
    return 2;
}
