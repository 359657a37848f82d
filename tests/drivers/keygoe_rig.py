"""The Keygoe driver's double: trunkd's compatibility library, on a daemon with a simulated board.

The driver loads it as it would the maker's. Behind it is the trunk "exchange" of that daemon;
whoever calls and is called there stands on its trunk "pstn".
"""

from __future__ import annotations

import atexit
import importlib.util
import os
import pathlib
import shutil
import sys
import tempfile
from typing import Any

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from sdk_rig import SECONDS, SdkBench, compiled, rig

from trunkd.drivers.donjin.keygoe import KeygoeBoard, KeygoeConfig

LIBRARY = rig.NATIVE / "libkeygoe_trunkd.so"
LIBRARY_INT = rig.NATIVE / "libkeygoe_trunkd_int.so"

__all__ = ["LIBRARY", "LIBRARY_INT", "SECONDS", "Bench", "build", "rig", "server"]
__all__ += ["small_library"]


def build() -> None:
    """The double, from its sources."""
    path = rig.NATIVE / "keygoe" / "build.py"
    spec = importlib.util.spec_from_file_location("keygoe_build", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.build(rig.NATIVE)


def server(daemon: rig.Daemon, **trunkd: str) -> str:
    """The server's address that makes the double use a daemon: a short path to a file that names
    its socket."""
    folder = tempfile.mkdtemp(prefix="k", dir="/tmp")
    atexit.register(shutil.rmtree, folder, True)
    path = os.path.join(folder, "i")
    os.symlink(daemon.ini("keygoe.ini", **trunkd), path)
    assert len(path) < 32
    return path


class Bench(SdkBench):
    """An opened and started board; what it told is in ``seen``."""

    board: KeygoeBoard

    def __init__(self, **config: Any) -> None:
        super().__init__("keygoe://", KeygoeConfig(**config))


SMALL = r"""
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "api.h"
static EsrFunc esr;
static struct block { Acs_Evt_t event; unsigned char body[8192]; } blocks[256];
static int count, told, ended;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t more = PTHREAD_COND_INITIALIZER;
static pthread_t thread;
static void *run(void *unused)
{
    pthread_mutex_lock(&lock);
    while (!ended) {
        if (told == count || !esr) { pthread_cond_wait(&more, &lock); continue; }
        struct block *block = &blocks[told++ % 256];
        pthread_mutex_unlock(&lock);
        esr((uintptr_t)&block->event);
        pthread_mutex_lock(&lock);
    }
    pthread_mutex_unlock(&lock);
    return unused;
}
static void put(const DeviceID_t *id, int event, const void *data, size_t n)
{
    pthread_mutex_lock(&lock);
    struct block *block = &blocks[count % 256];
    memset(block, 0, sizeof(block->event));
    block->event.handle = 1;
    if (id) block->event.device = *id;
    block->event.size = (S32)(sizeof(block->event) + n);
    block->event.event = event;
    memcpy(block->body, data, n);
    count++;
    pthread_cond_broadcast(&more);
    pthread_mutex_unlock(&lock);
}
static void general(const DeviceID_t *id, int event, int state)
{
    Acs_GeneralProc_Data data = {.state = 1, .device_state = state};
    put(id, event, &data, sizeof(data));
}
static void call(const DeviceID_t *id, int event, int good, int cause)
{
    Acs_CallControl_Data data = {.state = good, .cause = cause, .calling = "100", .called = "200"};
    put(id, event, &data, sizeof(data));
}
static void io(const DeviceID_t *id, int type, const char *text)
{
    struct { Acs_IO_Data data; char text[16]; } all = {{1, 0, (U16)type, (U16)strlen(text)}, ""};
    strcpy(all.text, text);
    put(id, EVT_RECVIODATA, &all, sizeof(all.data) + strlen(text) + 1);
}
static void failure(const DeviceID_t *id, int error)
{
    Acs_UniFailure_Data data = {-1, error};
    put(id, EVT_UNIFAILURE, &data, sizeof(data));
}
static void (*const used[])(void) = {(void (*)(void))general, (void (*)(void))call,
                                     (void (*)(void))io, (void (*)(void))failure};
int XMS_acsDllInit(void) { INIT; return used[0] != 0; }
int XMS_acsDllLUnInit(void) { return 1; }
int XMS_acsOpenStream(U32 *h, ServerID_t *s, U8 u, U32 a, U32 b, S32 d, void *p)
{
    OPEN;
    *h = 1;
    pthread_create(&thread, NULL, run, NULL);
    general(NULL, EVT_OPEN_STREAM, 0);
    return 1;
}
int XMS_acsSetESR(U32 h, EsrFunc f, U32 p, int all)
{
    pthread_mutex_lock(&lock);
    esr = f;
    pthread_cond_broadcast(&more);
    pthread_mutex_unlock(&lock);
    return 1;
}
int XMS_acsCloseStream(U32 h, void *p)
{
    pthread_mutex_lock(&lock);
    ended = 1;
    pthread_cond_broadcast(&more);
    pthread_mutex_unlock(&lock);
    pthread_join(thread, NULL);
    return 1;
}
static void list(int main, int sub, int n)
{
    struct { Acs_Dev_List_Head_t head; DeviceID_t ids[64]; } all;
    memset(&all, 0, sizeof(all));
    all.head.main = main;
    all.head.module = 1;
    all.head.count = n;
    for (int i = 0; i < n; i++) {
        all.ids[i].main = (S16)main;
        all.ids[i].sub = (S16)sub;
        all.ids[i].module = 1;
        all.ids[i].channel = (S16)i;
    }
    put(&all.ids[0], EVT_QUERY_DEVICE, &all, sizeof(all.head) + (size_t)n * sizeof(*all.ids));
}
int XMS_acsGetDeviceList(U32 h, void *p)
{
    list(MAIN_VOICE, 0, VOICES);
    list(MAIN_INTERFACE_CH, SUB, 2);
    general(NULL, EVT_QUERY_DEVICE_END, 0);
    return 1;
}
int XMS_ctsOpenDevice(U32 h, DeviceID_t *d, void *p)
{
    DEVICE;
    DeviceID_t id = *d;
    id.call.channel = 40 + d->channel;
    general(&id, EVT_OPEN_DEVICE, 0);
    return 1;
}
int XMS_ctsCloseDevice(U32 h, DeviceID_t *d, void *p) { return 1; }
int XMS_ctsResetDevice(U32 h, DeviceID_t *d, void *p) { return 1; }
int XMS_ctsGetDevState(U32 h, DeviceID_t *d, void *p)
{
    general(d, EVT_DEVICESTATE, DCS_FREE);
    return 1;
}
int XMS_ctsSetParam(U32 h, DeviceID_t *d, U16 c, U16 n, void *v) { PARAM; return 1; }
int XMS_ctsMakeCallOut(U32 h, DeviceID_t *d, char *a, char *b, void *p) { DIAL; return 1; }
int XMS_ctsAlertCall(U32 h, DeviceID_t *d, void *p) { return 1; }
int XMS_ctsAnswerCallIn(U32 h, DeviceID_t *d, void *p) { return 1; }
int XMS_ctsClearCall(U32 h, DeviceID_t *d, S32 c, void *p) { CLEAR; return 1; }
int XMS_ctsLinkDevice(U32 h, DeviceID_t *s, DeviceID_t *d, void *p) { return 1; }
int XMS_ctsUnlinkDevice(U32 h, DeviceID_t *s, DeviceID_t *d, void *p) { return 1; }
int XMS_ctsPlay(U32 h, DeviceID_t *d, PlayProperty_t *v, void *p) { PLAY; return 1; }
int XMS_ctsControlPlay(U32 h, DeviceID_t *d, ControlPlay_t *v, void *p) { return 1; }
int XMS_ctsRecord(U32 h, DeviceID_t *d, RecordProperty_t *v, void *p) { return 1; }
int XMS_ctsControlRecord(U32 h, DeviceID_t *d, ControlRecord_t *v, void *p) { return 1; }
int XMS_ctsSendIOData(U32 h, DeviceID_t *d, U16 t, U16 n, void *v) { return 1; }
"""
"""A library with two interface channels and some voice devices, whose calls do what a test says."""


def small_library(to: pathlib.Path, **what: str) -> str:
    """That library. ``what``: C for INIT, OPEN, DEVICE, PARAM, DIAL, CLEAR, PLAY; SUB, VOICES."""
    text = SMALL.replace('"api.h"', f'"{rig.NATIVE / "keygoe" / "api.h"}"')
    given = {"SUB": "SUB_E1_DSS1", "VOICES": "2", **what}
    for word in ("INIT", "OPEN", "DEVICE", "PARAM", "DIAL", "CLEAR", "PLAY"):
        text = text.replace(f" {word};", f" {given.get(word, '')};")
    text = text.replace("VOICES)", given["VOICES"] + ")").replace("SUB, 2", given["SUB"] + ", 2")
    return compiled(text, to)
