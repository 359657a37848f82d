/* An independent caller identity terminal on libspandsp (ADSI), the referee of what we send.
 *
 *   adsi_spandsp receive class|clip|aclip|dtmf
 *       PCM16 of 8000 a second on stdin. For each message prints "message HEX" (type to the end of
 *       its contents, or the DTMF digits), then its fields as "field TYPE HEX". */
#include <spandsp.h>
#include <stdio.h>
#include <string.h>

static adsi_rx_state_t *receiver;

static void print_octets(const uint8_t *octets, int count)
{
    for (int i = 0; i < count; i++)
        printf("%02x", octets[i]);
    printf("\n");
}

static void got(void *data, const uint8_t *message, int length)
{
    const uint8_t *body;
    uint8_t type;
    int size;
    int at = -1;
    (void)data;
    printf("message ");
    print_octets(message, length);
    while ((at = adsi_next_field(receiver, message, length, at, &type, &body, &size)) > 0) {
        if (!body)
            continue;
        printf("field %d ", type);
        print_octets(body, size);
    }
}

static int standard_of(const char *name)
{
    if (!strcmp(name, "class"))
        return ADSI_STANDARD_CLASS;
    if (!strcmp(name, "clip"))
        return ADSI_STANDARD_CLIP;
    if (!strcmp(name, "aclip"))
        return ADSI_STANDARD_ACLIP;
    return ADSI_STANDARD_CLIP_DTMF;
}

int main(int argc, char *argv[])
{
    int16_t samples[160];
    size_t count;
    if (argc != 3 || strcmp(argv[1], "receive")) {
        fprintf(stderr, "adsi_spandsp receive class|clip|aclip|dtmf\n");
        return 2;
    }
    receiver = adsi_rx_init(NULL, standard_of(argv[2]), got, NULL);
    while ((count = fread(samples, sizeof samples[0], 160, stdin)) > 0)
        adsi_rx(receiver, samples, (int)count);
    adsi_rx_free(receiver);
    return 0;
}
