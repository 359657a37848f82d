/* An independent fax terminal on libspandsp, the far end of the tests: T.30 over a socket of PCM16
 * packets, one packet sent for each received, of the same length. And TIFF through libtiff alone:
 * pages as pixels, pages coded with T.4 and T.6.
 *
 *   fax_spandsp call|answer send|receive FILE FD [id=TEXT] [ecm=0|1] [modems=BITS] [quit=MS] [alaw=1]
 *       FD: a number, or the path of a listening socket. alaw: packets of A-law octets, as a raw
 *       port of a simulated board has them. quit: leave after so much audio. At the end prints
 *       "result CODE ECM RATE PAGES_TX PAGES_RX REMOTE_ID"
 *   fax_spandsp pixels FILE        the pages as PBM (P4) on stdout
 *   fax_spandsp code g3|g32d|g4|none FROM TO   the same pages coded otherwise */
#include <spandsp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <tiffio.h>
#include <unistd.h>

static int completion = -1;
static t30_stats_t at_end;

static void ended(t30_state_t *t30, void *data, int code)
{
    (void)data;
    completion = code;
    t30_get_transfer_statistics(t30, &at_end);
}

static int opened(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (name[0] >= '0' && name[0] <= '9')
        return atoi(name);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", name);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        perror(name);
        exit(1);
    }
    return fd;
}

/* In place: line holds n samples before and after. */
static void exchange(fax_state_t *fax, int16_t *line, int n)
{
    fax_rx(fax, line, n);
    int made = fax_tx(fax, line, n);
    memset(line + made, 0, sizeof *line * (size_t)(n - made));
}

static void converse(fax_state_t *fax, int fd, long quit, int law)
{
    int16_t line[8000];
    uint8_t octets[8000];
    long samples = 0;
    for (;;) {
        ssize_t got = law ? recv(fd, octets, sizeof octets, 0) : recv(fd, line, sizeof line, 0);
        int n = (int)(law ? got : got / 2);
        if (got <= 0)
            break;
        for (int i = 0; law && i < n; i++)
            line[i] = alaw_to_linear(octets[i]);
        exchange(fax, line, n);
        for (int i = 0; law && i < n; i++)
            octets[i] = linear_to_alaw(line[i]);
        samples += n;
        if (quit && samples >= quit * 8)
            break;
        if (send(fd, law ? (void *)octets : line, (size_t)got, MSG_NOSIGNAL) < 0)
            break;
    }
}

static long option(int argc, char **argv, const char *name, long otherwise)
{
    for (int i = 5; i < argc; i++)
        if (!strncmp(argv[i], name, strlen(name)))
            return strtol(argv[i] + strlen(name), NULL, 0);
    return otherwise;
}

static int terminal(int argc, char **argv)
{
    int calling = !strcmp(argv[1], "call"), sends = !strcmp(argv[2], "send"), fd = opened(argv[4]);
    fax_state_t *fax = fax_init(NULL, calling);
    t30_state_t *t30 = fax_get_t30_state(fax);
    fax_set_transmit_on_idle(fax, TRUE);
    t30_set_tx_ident(t30, "spandsp");
    for (int i = 5; i < argc; i++)
        if (!strncmp(argv[i], "id=", 3))
            t30_set_tx_ident(t30, argv[i] + 3);
    int ecm = (int)option(argc, argv, "ecm=", 1);
    t30_set_ecm_capability(t30, ecm);
    t30_set_supported_modems(t30, (int)option(argc, argv, "modems=", 7));
    t30_set_supported_compressions(t30, T30_SUPPORT_T4_1D_COMPRESSION |
                                            T30_SUPPORT_T4_2D_COMPRESSION |
                                            (ecm ? T30_SUPPORT_T6_COMPRESSION : 0));
    t30_set_supported_resolutions(t30, T30_SUPPORT_STANDARD_RESOLUTION |
                                           T30_SUPPORT_FINE_RESOLUTION |
                                           T30_SUPPORT_SUPERFINE_RESOLUTION |
                                           T30_SUPPORT_R8_RESOLUTION);
    t30_set_supported_image_sizes(
        t30, T30_SUPPORT_215MM_WIDTH | T30_SUPPORT_255MM_WIDTH | T30_SUPPORT_303MM_WIDTH |
                 T30_SUPPORT_UNLIMITED_LENGTH | T30_SUPPORT_A4_LENGTH);
    t30_set_phase_e_handler(t30, ended, NULL);
    if (sends)
        t30_set_tx_file(t30, argv[3], -1, -1);
    else {
        t30_set_rx_encoding(t30, T4_COMPRESSION_ITU_T6);
        t30_set_rx_file(t30, argv[3], -1);
    }
    converse(fax, fd, option(argc, argv, "quit=", 0), (int)option(argc, argv, "alaw=", 0));
    t30_terminate(t30);
    const char *remote = t30_get_rx_ident(t30);
    printf("result %d %d %d %d %d %s\n", completion, at_end.error_correcting_mode,
           at_end.bit_rate, at_end.pages_tx, at_end.pages_rx, remote ? remote : "");
    fax_free(fax);
    return 0;
}

/* One page: its rows, 1 for black, whatever the file's photometric interpretation. */
static uint8_t *page_of(TIFF *tiff, uint32_t *width, uint32_t *rows)
{
    uint16_t photometric = PHOTOMETRIC_MINISWHITE;
    TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, width);
    TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, rows);
    TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &photometric);
    size_t stride = (*width + 7) / 8;
    uint8_t *page = calloc(*rows ? *rows : 1, stride);
    for (uint32_t row = 0; row < *rows; row++) {
        if (TIFFReadScanline(tiff, page + row * stride, row, 0) < 0)
            exit(3);
        for (size_t i = 0; photometric == PHOTOMETRIC_MINISBLACK && i < stride; i++)
            page[row * stride + i] ^= 0xff;
    }
    return page;
}

static int pixels(const char *name)
{
    TIFF *tiff = TIFFOpen(name, "r");
    if (!tiff)
        return 2;
    do {
        uint32_t width = 0, rows = 0;
        uint8_t *page = page_of(tiff, &width, &rows);
        printf("P4\n%u %u\n", width, rows);
        fwrite(page, (width + 7) / 8, rows, stdout);
        free(page);
    } while (TIFFReadDirectory(tiff));
    TIFFClose(tiff);
    return 0;
}

static int code(const char *how, const char *from, const char *to)
{
    TIFF *in = TIFFOpen(from, "r"), *out = TIFFOpen(to, "w");
    if (!in || !out)
        return 2;
    do {
        uint32_t width = 0, rows = 0;
        float x = 204, y = 98;
        uint8_t *page = page_of(in, &width, &rows);
        TIFFGetField(in, TIFFTAG_XRESOLUTION, &x);
        TIFFGetField(in, TIFFTAG_YRESOLUTION, &y);
        TIFFSetField(out, TIFFTAG_IMAGEWIDTH, width);
        TIFFSetField(out, TIFFTAG_IMAGELENGTH, rows);
        TIFFSetField(out, TIFFTAG_BITSPERSAMPLE, 1);
        TIFFSetField(out, TIFFTAG_SAMPLESPERPIXEL, 1);
        TIFFSetField(out, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISWHITE);
        TIFFSetField(out, TIFFTAG_ROWSPERSTRIP, 128);
        TIFFSetField(out, TIFFTAG_XRESOLUTION, x);
        TIFFSetField(out, TIFFTAG_YRESOLUTION, y);
        TIFFSetField(out, TIFFTAG_RESOLUTIONUNIT, RESUNIT_INCH);
        TIFFSetField(out, TIFFTAG_COMPRESSION,
                     !strcmp(how, "g4")     ? COMPRESSION_CCITTFAX4
                     : !strcmp(how, "none") ? COMPRESSION_NONE
                                            : COMPRESSION_CCITTFAX3);
        if (!strcmp(how, "g32d"))
            TIFFSetField(out, TIFFTAG_GROUP3OPTIONS, GROUP3OPT_2DENCODING);
        for (uint32_t row = 0; row < rows; row++)
            if (TIFFWriteScanline(out, page + row * ((width + 7) / 8), row, 0) < 0)
                return 3;
        free(page);
        TIFFWriteDirectory(out);
    } while (TIFFReadDirectory(in));
    TIFFClose(out);
    TIFFClose(in);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && !strcmp(argv[1], "pixels"))
        return pixels(argv[2]);
    if (argc == 5 && !strcmp(argv[1], "code"))
        return code(argv[2], argv[3], argv[4]);
    if (argc >= 5 && (!strcmp(argv[1], "call") || !strcmp(argv[1], "answer")))
        return terminal(argc, argv);
    fprintf(stderr, "usage: see the head of fax_spandsp.c\n");
    return 64;
}
