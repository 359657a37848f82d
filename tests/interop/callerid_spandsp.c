/* Spandsp's caller identity (ADSI) at the other end, every standard that it has.
 *
 *   callerid_spandsp make STANDARD COUNT SEED SEIZURE MARK TEXT SAMPLES
 *       COUNT messages of random numbers: in TEXT a line "number name" of each, in SAMPLES each as
 *       24000 samples; SEIZURE and MARK in bits, -1: the standard's own
 *   callerid_spandsp read STANDARD SAMPLES
 *       for each 24000 samples a line of the fields received: type in hexadecimal = contents
 *
 *   STANDARD: class, class-sdmf, clip, jclip, dtmf-a-c, dtmf-a-hash, dtmf-d-c, dtmf-hash */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <spandsp.h>

#define LENGTH 24000

static int standard_of(const char *name)
{
    if (!strncmp(name, "class", 5))
        return ADSI_STANDARD_CLASS;
    if (!strcmp(name, "clip"))
        return ADSI_STANDARD_CLIP;
    return strcmp(name, "jclip") ? ADSI_STANDARD_CLIP_DTMF : ADSI_STANDARD_JCLIP;
}

static int add(adsi_tx_state_t *tx, uint8_t *to, int length, int kind, const char *text)
{
    return adsi_add_field(tx, to, length, (uint8_t)kind, (const uint8_t *)text,
                          (int)strlen(text));
}

static int message(adsi_tx_state_t *tx, const char *standard, const char *number,
                   const char *name, uint8_t *to)
{
    int n = -1;
    if (!strcmp(standard, "class-sdmf")) {
        n = adsi_add_field(tx, to, n, CLASS_SDMF_CALLERID, NULL, 0);
        n = add(tx, to, n, 0, "11222359");
        return add(tx, to, n, 0, number);
    }
    if (!strncmp(standard, "cl", 2)) {
        n = adsi_add_field(tx, to, n, CLIP_MDMF_CALLERID, NULL, 0);
        n = add(tx, to, n, CLIP_DATETIME, "11222359");
        n = add(tx, to, n, CLIP_CALLER_NUMBER, number);
        return add(tx, to, n, CLIP_CALLER_NAME, name);
    }
    if (!strcmp(standard, "jclip")) {
        n = adsi_add_field(tx, to, n, JCLIP_MDMF_CALLERID, NULL, 0);
        n = add(tx, to, n, JCLIP_CALLER_NUMBER, number);
        return add(tx, to, n, JCLIP_CALLER_NUM_DES, "215");
    }
    if (!strcmp(standard, "dtmf-a-c") || !strcmp(standard, "dtmf-d-c")) {
        int kind = standard[5] == 'a' ? CLIP_DTMF_C_CALLER_NUMBER : CLIP_DTMF_C_REDIRECT_NUMBER;
        n = adsi_add_field(tx, to, n, CLIP_DTMF_C_TERMINATED, NULL, 0);
        return add(tx, to, n, kind, number);
    }
    n = adsi_add_field(tx, to, n, CLIP_DTMF_HASH_TERMINATED, NULL, 0);
    int kind = strcmp(standard, "dtmf-hash") ? CLIP_DTMF_HASH_CALLER_NUMBER
                                             : CLIP_DTMF_HASH_UNSPECIFIED;
    return add(tx, to, n, kind, number);
}

static int make(const char *standard, int count, int seizure, int mark, FILE *text,
                FILE *samples)
{
    for (int n = 0; n < count; n++) {
        static int16_t out[LENGTH];
        char number[17] = {0}, name[16] = {0};
        uint8_t octets[256];
        int digits = 4 + rand() % 12, letters = 1 + rand() % 14;
        for (int i = 0; i < digits; i++)
            number[i] = (char)('0' + rand() % 10);
        for (int i = 0; i < letters; i++)
            name[i] = (char)('A' + rand() % 26);
        adsi_tx_state_t *tx = adsi_tx_init(NULL, standard_of(standard));
        if (seizure >= 0)
            adsi_tx_set_preamble(tx, seizure, mark, 5, 1);
        int length = message(tx, standard, number, name, octets);
        if (adsi_tx_put_message(tx, octets, length) <= 0)
            return 1;
        memset(out, 0, sizeof out);
        adsi_tx(tx, out + 800, LENGTH - 800);
        adsi_tx_free(tx);
        fprintf(text, "%s %s\n", number, name);
        fwrite(out, sizeof *out, LENGTH, samples);
    }
    return 0;
}

static adsi_rx_state_t *receiver;

static void print_message(void *user_data, const uint8_t *octets, int length)
{
    (void)user_data;
    int at = -1, size = 0;
    uint8_t kind = 0;
    const uint8_t *body = NULL;
    while ((at = adsi_next_field(receiver, octets, length, at, &kind, &body, &size)) > 0) {
        if (body) {
            printf("%02x=", kind);
            fwrite(body, 1, (size_t)size, stdout);
            printf(" ");
        }
    }
}

static void read_all(int standard, FILE *samples)
{
    int16_t in[LENGTH];
    while (fread(in, sizeof *in, LENGTH, samples) == LENGTH) {
        receiver = adsi_rx_init(NULL, standard, print_message, NULL);
        adsi_rx(receiver, in, LENGTH);
        adsi_rx_free(receiver);
        printf("\n");
    }
}

int main(int argc, char **argv)
{
    if (argc == 9 && !strcmp(argv[1], "make")) {
        FILE *text = fopen(argv[7], "w"), *samples = fopen(argv[8], "wb");
        srand((unsigned)atoi(argv[4]));
        int bad = make(argv[2], atoi(argv[3]), atoi(argv[5]), atoi(argv[6]), text, samples);
        return fclose(text) | fclose(samples) | bad;
    }
    if (argc == 4 && !strcmp(argv[1], "read")) {
        read_all(standard_of(argv[2]), fopen(argv[3], "rb"));
        return 0;
    }
    return 2;
}
