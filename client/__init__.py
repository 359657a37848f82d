"""Applications on a trunkd: calls as objects, over a connection that comes back by itself.

``Client`` is for asyncio, ``BlockingClient`` for threads and scripts (docs/client.md). Parameters
and results are those of ``trunkd.daemon.methods*``, events those of ``trunkd.daemon.events``.
"""

from __future__ import annotations

from ..daemon import events as events
from ..daemon.methods_session import OnLoss as OnLoss
from .application import run as run
from .audio import Audio as Audio
from .blocking import BlockingCall as BlockingCall
from .blocking import BlockingClient as BlockingClient
from .calls import ANY_DIGIT as ANY_DIGIT
from .calls import Call as Call
from .client import Client as Client
from .conference import Conference as Conference
from .conference import Role as Role
from .errors import CallEnded as CallEnded
from .errors import ConnectionLost as ConnectionLost
from .errors import NoAnswer as NoAnswer
from .errors import Refused as Refused
from .errors import StreamOverrun as StreamOverrun
from .errors import Unreachable as Unreachable
from .errors import Untrusted as Untrusted
from .items import Item as Item
from .items import digits as digits
from .items import silence as silence
from .items import tone as tone
from .streams import EventStream as EventStream
