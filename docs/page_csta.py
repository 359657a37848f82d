"""docs/csta.md: the services and events of ECMA-269, our method or event, and the test of each."""

from __future__ import annotations

import pathlib
from typing import Final

from page_tools import GENERATED, table

from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon.events_switch import CAUSES

ALL: Final = "tests/daemon/test_csta_services.py"
"""Run over PRI, ISUP, R2 and analog lines."""

BY_NETWORK: Final = "tests/daemon/test_switch_network"
"""What a network does for us; run with a user and a network back to back."""

SERVICES: Final[tuple[tuple[str, str, str], ...]] = (
    ("Make Call", "makeCall", "test_make_call_and_clear_connection"),
    ("Make Predictive Call", "makePredictiveCall", "test_predictive_call_to_a_waiting_agent"),
    ("Accept Call", "acceptCall", "test_accept_and_answer"),
    ("Answer Call", "answerCall", "test_accept_and_answer"),
    ("Clear Connection", "clearConnection", "test_make_call_and_clear_connection"),
    ("Clear Connection (reject, with a cause)", "rejectCall", "test_reject_with_a_cause"),
    ("Clear Call", "clearCall", "test_conference_of_a_consultation"),
    ("Hold Call", "holdCall", "test_hold_and_retrieve"),
    ("Retrieve Call", "retrieveCall", "test_hold_and_retrieve"),
    ("Consultation Call", "consultationCall", "test_consultation_alternate_reconnect"),
    ("Alternate Call", "alternateCall", "test_consultation_alternate_reconnect"),
    ("Reconnect Call", "reconnectCall", "test_consultation_alternate_reconnect"),
    ("Conference Call", "conferenceCall", "test_conference_of_a_consultation"),
    (
        "Single Step Conference Call",
        "singleStepConferenceCall",
        "test_single_step_conference_and_transfer",
    ),
    ("Transfer Call", "transferCall", "test_transfer_of_a_consultation_with_its_data"),
    ("Transfer Call, by the network (PRI: ECT, 2BCT, RLT)", "transferCall",
     f"{BY_NETWORK}_transfer.py::test_both_channels_come_free"),
    (
        "Single Step Transfer Call",
        "singleStepTransferCall",
        "test_single_step_conference_and_transfer",
    ),
    ("Single Step Transfer Call, by the network (PRI)", "singleStepTransferCall",
     f"{BY_NETWORK}_transfer.py::test_a_single_step"),
    ("Single Step Transfer Call, by the exchange (FXO)", "singleStepTransferCall",
     f"{BY_NETWORK}.py::test_hookflash_digits_and_hanging_up"),
    ("Join Call", "joinCalls", "test_join_call"),
    ("Deflect Call", "deflectCall", "test_deflect_to_another_number"),
    ("Deflect Call, by the network (PRI: call deflection, rerouteing)", "deflectCall",
     f"{BY_NETWORK}_deflect.py::test_the_call_goes_on_and_its_channel_comes_free"),
    ("Set Forwarding", "setForwarding", "test_forwarding_when_nobody_answers"),
    ("Set Do Not Disturb", "setForwarding", "test_forwarding_at_once_and_do_not_disturb"),
    ("Get Forwarding", "forwardings", "test_forwarding_at_once_and_do_not_disturb"),
    ("Park Call", "parkCall", "test_park_and_fetch"),
    ("(fetch a parked call)", "retrieveParkedCall", "test_park_and_fetch"),
    ("Directed Pickup Call", "directedPickupCall", "test_directed_pickup"),
    ("Group Pickup Call", "groupPickupCall", "test_group_pickup_of_a_call_that_rings_elsewhere"),
    ("Intrude Call (barge-in)", "intrudeCall", "test_monitor_coach_intrude"),
    ("Single Step Conference, active participation (coach)", "coachCall",
     "test_monitor_coach_intrude"),
    ("Single Step Conference, silent participation (monitor)", "monitorCall",
     "test_monitor_coach_intrude"),
    ("Snapshot Call", "snapshotCall", "test_snapshots"),
    ("Snapshot Device", "snapshotDevice", "test_snapshots"),
    ("(snapshot of the whole system)", "snapshot", "test_snapshots"),
    ("Associate Data", "setCallData", "test_call_data"),
    ("Send User Information", "sendUserInformation",
     "test_user_user_information_while_talking"),
)  # fmt: skip

EVENTS: Final[tuple[tuple[str, str, str], ...]] = (
    ("Service Initiated, Originated", "Originated", "test_make_call_and_clear_connection"),
    ("Network Reached", "NetworkReached", "test_events_of_a_call_out"),
    ("Digits Dialed", "DigitsDialed", "tests/daemon/test_calls.py::test_overlap_and_offer"),
    ("Offered", "Offered", "test_accept_and_answer"),
    ("Delivered", "Delivered", "test_accept_and_answer"),
    ("Established", "Established", "test_make_call_and_clear_connection"),
    ("Failed", "Failed", "test_failed_tells_why"),
    ("Connection Cleared", "ConnectionCleared", "test_make_call_and_clear_connection"),
    ("Held", "Held", "test_hold_and_retrieve"),
    ("Retrieved", "Retrieved", "test_hold_and_retrieve"),
    ("Conferenced", "Conferenced", "test_conference_of_a_consultation"),
    ("Transferred", "Transferred", "test_transfer_of_a_consultation_with_its_data"),
    ("Transferred, by the network", "Transferred",
     f"{BY_NETWORK}_transfer.py::test_both_channels_come_free"),
    ("Diverted", "Diverted", "test_deflect_to_another_number"),
    ("(the network does not do it)", "NetworkRefused",
     f"{BY_NETWORK}_transfer.py::test_a_refusal_leaves_the_consultation"),
    ("(the far end was transferred)", "PartyChanged",
     f"{BY_NETWORK}_transfer.py::test_a_user_of_ours_is_told_who_is_there_now"),
    ("Call Information (account, correlator, user data)", "CallData", "test_call_data"),
    ("Call Information (user-user information)", "CallInformation",
     "test_user_user_information_at_setup_answer_and_clearing"),
    ("(result of a predictive call)", "PredictiveResult",
     "test_predictive_call_without_an_answer"),
    ("(an agent has it)", "PredictiveConnected", "test_predictive_call_to_a_waiting_agent"),
    ("(nobody was there)", "PredictiveAbandoned", "test_predictive_call_that_is_abandoned"),
)  # fmt: skip

INTRO: Final = """\
# trunkd and ECMA-269 (CSTA phase III)

The call services and call events of ECMA-269, what they are called on [the socket](socket.md), and
the test that shows each. Unless a path is given the test is one of
`tests/daemon/test_csta_services.py`, where every one is run over PRI, ISUP, R2 and analog lines
(FXS and FXO) in turn. [calls.md](calls.md) tells how they are used.

What differs from the standard, on purpose:

- A `callId` names one **connection**, a device in a call, and stays the same over transfer and
  conference; connections that belong together have one `linkage`.
- The standard's hold asks which device holds; here the connection named is the one that waits.
- Methods that take names in parentheses have no service of that name in the standard.

Transfer and deflection by the network, so that no channel is held, are there for PRI trunks, both
as the user who asks for them and as the network that does them, and transfer for FXO lines
(hookflash). Elsewhere a call that is transferred or deflected here holds two channels.

Not there: Call Back, Camp On, Send Message, and path replacement of QSIG.
"""


def path_of(test: str) -> tuple[str, str]:
    """File and function of a test's name."""
    file, _, function = test.rpartition("::")
    return file or ALL, function


def causes_text() -> str:
    lines, line = [], ""
    for cause in sorted(CAUSES):
        word = f"`{cause}`, "
        if len(line) + len(word) > 98:
            lines.append(line.rstrip())
            line = ""
        line += word
    return "\n".join([*lines, line.rstrip(", ")]) + "."


def text() -> str:
    services = [
        (name, f"[{method}](socket.md#{method.lower()})", f"`{test}`")
        for name, method, test in SERVICES
    ]
    events = [
        (name, f"[{event}](socket.md#{event.lower()})", f"`{test}`") for name, event, test in EVENTS
    ]
    return (
        f"{GENERATED}\n\n{INTRO}\n## Services\n\n"
        + table(("service", "method", "test"), services)
        + "\n## Events\n\n"
        + table(("event of ECMA-269", "event", "test"), events)
        + "\n## Event causes\n\nThose that `cause` of an event may have:\n"
        + causes_text()
        + "\n"
    )


def mistakes(root: pathlib.Path) -> list[str]:
    """Rows that name a method, event or test that is not there."""
    found = [f"{name}: no method {method}" for name, method, _ in SERVICES
             if method not in m.METHODS]  # fmt: skip
    found += [f"{name}: no event {event}" for name, event, _ in EVENTS if not hasattr(ev, event)]
    for name, _, test in (*SERVICES, *EVENTS):
        file, function = path_of(test)
        path = root / file
        if not path.is_file() or f"def {function}(" not in path.read_text():
            found.append(f"{name}: no test {test}")
    return found
