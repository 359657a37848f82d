/* Times and thresholds of T1. RFC 2495 (DS1 MIB) states those of T1.231 in its definitions; where the
 * text of the ANSI standards was not at hand, a framer's data sheet (DS2155, table 10-1) or what was
 * chosen here is named as the source. */
#include "t1.h"

const struct t1_row_of t1_rows[T1_ROWS] = {
    [T1_LOS_PULSES] = {"los_pulses", 175, "T1.231 6.1.2.1.1: 175 +- 75 pulse positions"},
    [T1_FIRST_FRAMES] = {"first_frames", 192, "chosen: 24 ms, twice the reframe time of ESF"},
    [T1_OOF_ERRORS] = {"oof_errors", 2, "T1.403, RFC 2495 OOF: 2 errors"},
    [T1_OOF_OF] = {"oof_of", 4, "T1.403: of 4 framing bits (RFC 2495: of 5 or fewer)"},
    [T1_FS_ERRORS] = {"fs_errors", 3, "chosen: Fs is checked beside Ft, which decides"},
    [T1_FS_OF] = {"fs_of", 6, "one superframe of Fs"},
    [T1_SYNC_D4] = {"sync_d4", 36, "chosen: 36 framing bits, 4.5 ms; T1.403 asks for 50 ms at most"},
    [T1_SYNC_ESF] = {"sync_esf", 96, "DS2155: 24 bits of the alignment signal, 12 ms"},
    [T1_SYNC_BESIDE] = {"sync_beside", 160, "chosen: 40 bits; the true place may be the one there is"},
    [T1_PICK_FRAMES] = {"pick_frames", 384, "chosen: 48 ms with more than one place"},
    [T1_CRC_FALSE] = {"crc_false", 320, "TR 54016: 320 CRC-6 errors in a second, of 333"},
    [T1_AIS_ZEROS] = {"ais_zeros", 5, "DS2155: 5 zeros in 3 ms; T1.231: 99.9 % ones for 3 to 75 ms"},
    [T1_AIS_PERIODS] = {"ais_periods", 2, "chosen: 6 ms"},
    [T1_D4_RAI_ONES] = {"d4_rai_ones", 2, "DS2155: at most 2 of 256 bits 2 are 1"},
    [T1_D4_RAI_SET] = {"d4_rai_set", 223, "RFC 2495: bit 2 of all channels 0 for 335 ms"},
    [T1_D4_RAI_CLEAR] = {"d4_rai_clear", 34, "chosen: 51 ms; RFC 2495: usually less than 1 s"},
    [T1_CODE_SET] = {"code_set", 7, "RFC 2495: 7 of 10 contiguous intervals of 16 bits"},
    [T1_RAI_CLEAR] = {"rai_clear", 26,
                      "T1.403 9.4.1: reports may interrupt it for 100 ms, 25 intervals of 16 bits"},
    [T1_RAI_FRAMES] = {"rai_frames", 8000, "T1.403: 1 s at least"},
    [T1_CODE_REPEATS] = {"code_repeats", 10, "T1.403 9.4.1: 10 times at least"},
    [T1_REFLECTED_FRAMES] = {"reflected_frames", 24000,
                             "chosen: 3 s; our own command, come back by the loop it made"},
    [T1_DEBOUNCE] = {"debounce", 2, "chosen: two superframes with the same bits"},
};

const char *td_t1_row(int row, uint32_t *value, const char **source)
{
    if (row < 0 || row >= T1_ROWS)
        return NULL;
    *value = t1_rows[row].value;
    *source = t1_rows[row].source;
    return t1_rows[row].name;
}
