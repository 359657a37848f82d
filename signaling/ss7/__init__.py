"""Signalling System No. 7: MTP level 2 and 3, ISUP and TUP, without I/O."""
