"""Layouts of Keygoe's published structures, for a DJ_U32 of 4 and of 8 octets.

The header is C with natural alignment (no packing is stated; the published C# declarations of the
same structures are sequential without packing, too). DJ_U32 and DJ_S32 are "unsigned long" and
"long" there, DJ_S8 "char", DJ_U16 "unsigned short". Source of every row: header H and the C#
declarations (docs/donjin.md); names of fields are ours. tests/drivers/test_keygoe_structs.py
compares with a compiler.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, NamedTuple


class Field(NamedTuple):
    """``kind``: u8, s8, u16, s16, u32, s32 (the last two are long) or a structure's name."""

    name: str
    kind: str
    times: int


def _row(text: str) -> tuple[Field, ...]:
    fields = []
    for word in text.split():
        name, _, kind = word.partition(":")
        kind, _, count = kind.partition("*")
        fields.append(Field(name, kind, int(count or 0)))
    return tuple(fields)


STRUCTS: Final[Mapping[str, tuple[Field, ...]]] = {
    "ServerID_t": _row("ip:s8*32 port:u32 user:s8*32 password:s8*32"),
    "PrivateData_t": _row("size:u32"),
    "CallID_t": _row("type:s32 channel:s32"),
    "DeviceID_t": _row(
        "main:s16 sub:s16 module:s8 machine:s8 channel:s16 group:s16 reserved:s8*2 call:CallID_t"
    ),
    "Acs_Evt_t": _row("handle:u32 device:DeviceID_t size:s32 event:s32 esr:u32"),
    "Acs_Dev_List_Head_t": _row("main:s32 module:s32 count:s32"),
    "Acs_GeneralProc_Data": _row(
        "state:s32 error:s32 device_state:s32 reserved:s32 private_data:PrivateData_t"
    ),
    "Acs_CallControl_Data": _row(
        "state:s32 error:s32 cause:s32 category:u8 calling_kind:u8 called_kind:u8 reserved1:s8*1 "
        "calling:s8*32 called:s8*32 direction:u8 reserved2:s8*31 private_data:PrivateData_t"
    ),
    "Acs_MediaProc_Data": _row(
        "state:s32 error:s32 task:u8 digit:u8 reserved:s8*2 file_index:u32 position:u32 "
        "private_data:PrivateData_t"
    ),
    "Acs_IO_Data": _row("state:s32 error:s32 type:u16 length:u16"),
    "Acs_UniFailure_Data": _row("state:s32 error:s32"),
    "PlayProperty_t": _row(
        "task:u8 rate:u8 coding:u8 reserved:s8*1 max_size:u32 max_time:u32 stop_mode:u32 "
        "stop_code:u32 offset:u16 play_type:u16 index:u16 content:s8*128 sub_offset:u16"
    ),
    "ControlPlay_t": _row("control:u16 step:u16 tune:u16 speed:u16"),
    "MixerControlParam_t": _row(
        "source1:u8 source2:u8 channel1:u16 channel2:u16 video:u8 reserved:s8"
    ),
    "RecordProperty_t": _row(
        "max_size:u32 max_time:u32 coding:u8 rate:u8 stop_mode:u8 stop_code:u8 mix:s8 task:u8 "
        "mixer:MixerControlParam_t append:s8 file:s8*260 reserved:s8*1"
    ),
    "ControlRecord_t": _row("control:u32 step:u32 delay:u32"),
    "CmdParamData_Conf_t": _row("input:u8 output:u8 reserved:u8*2"),
    "VocInputControlParam_t": _row(
        "agc:u8 agc_mode:u8 echo:u8 echo_reference:u8 vad:u8 tad:u8 noise:u8 reserved1:u8 gain:u16 "
        "echo_channel:u16 reserved2:u32"
    ),
    "VocOutputControlParam_t": _row(
        "agc:u8 agc_mode:u8 output:u8 reserved1:u8*1 gain:u16 reserved2:s8*2 "
        "mixer:MixerControlParam_t"
    ),
    "VocGtdControlParam_t": _row(
        "enable:u8 dtmf:u8 mr2f:u8 mr2b:u8 gtd:u8 fsk:u8 extended:u8 reserved:u8 tones:u8*8"
    ),
    "CmdParamData_Voice_t": _row(
        "input_valid:u8 gain_mode:u8 gain:u16 input:VocInputControlParam_t output_valid:u8 "
        "reserved1:s8*3 output:VocOutputControlParam_t gtd_valid:u8 reserved2:s8*3 "
        "gtd:VocGtdControlParam_t"
    ),
    "CAS_CalledTableDesc_t": _row("head_length:u8 head:u8*14 length:u8"),
    "CmdParamData_CAS_t": _row(
        "voice:DeviceID_t table_count:u8 reserved1:u8*3 table:CAS_CalledTableDesc_t*16 "
        "called_length:u8 called_timeout:u8 need_caller:u8 area_length:u8 ka:u8 kd:u8 "
        "control_mode:u8 country:u8 call_type:u8 append:u8 reserved2:u8*6"
    ),
    "CmdParamData_AnalogTrunk_t": _row("ring_count:u16 ring_timeout:u16"),
}

_CODES: Final = {"u8": "B", "s8": "b", "u16": "H", "s16": "h"}
_LONG: Final = {("u32", 4): "I", ("u32", 8): "Q", ("s32", 4): "i", ("s32", 8): "q"}


class Layout(NamedTuple):
    """Of one structure, in octets. ``offsets``: of each field."""

    size: int
    align: int
    offsets: dict[str, int]


def _code(kind: str, word: int) -> str:
    return _CODES.get(kind) or _LONG[kind, word]


def _measure(kind: str, word: int) -> tuple[int, int]:
    """Size and alignment."""
    if kind in STRUCTS:
        inner = layout(kind, word)
        return inner.size, inner.align
    size = struct.calcsize("<" + _code(kind, word))
    return size, size


@cache
def layout(name: str, word: int) -> Layout:
    """By the rules of C: a field begins at a multiple of its alignment, and so does the next
    structure. ``word``: octets of DJ_U32, 4 or 8."""
    at, widest, offsets = 0, 1, {}
    for field in STRUCTS[name]:
        size, align = _measure(field.kind, word)
        at = -(-at // align) * align
        offsets[field.name] = at
        at += size * max(1, field.times)
        widest = max(widest, align)
    return Layout(-(-at // widest) * widest, widest, offsets)


def read(octets: bytes, at: int, name: str, word: int) -> dict[str, Any]:
    """A structure's fields; arrays of octets as bytes."""
    made: dict[str, Any] = {}
    offsets = layout(name, word).offsets
    for field in STRUCTS[name]:
        begin = at + offsets[field.name]
        if field.kind in STRUCTS:
            made[field.name] = read(octets, begin, field.kind, word)
        elif field.times:
            made[field.name] = octets[begin : begin + field.times]
        else:
            (made[field.name],) = struct.unpack_from("<" + _code(field.kind, word), octets, begin)
    return made


def make(name: str, word: int, **values: Any) -> bytes:
    """A structure; what is not given is 0. Inner structures and arrays are octets."""
    made = layout(name, word)
    octets = bytearray(made.size)
    kinds = {field.name: field for field in STRUCTS[name]}
    for key, value in values.items():
        field, begin = kinds[key], made.offsets[key]
        if isinstance(value, bytes):
            size = _measure(field.kind, word)[0] * max(1, field.times)
            assert len(value) <= size, f"{name}.{key}"
            octets[begin : begin + len(value)] = value
        else:
            struct.pack_into("<" + _code(field.kind, word), octets, begin, value)
    return bytes(octets)


def text(octets: bytes) -> str:
    """An array of characters up to its first 0."""
    return octets.partition(b"\0")[0].decode("utf-8", "replace")
