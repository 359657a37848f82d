/* trunkd's own section of the program's INI, read by native/shpa3. */
#include "../shpa3/shpa3.h"

long ini_value_number(const char *section, const char *key, long otherwise)
{
    return ini_number(&lib.ini, section, key, otherwise);
}
