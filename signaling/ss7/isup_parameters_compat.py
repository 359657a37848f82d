"""Compatibility information (Q.763 3.33, 3.41): what the sender wants done with a message or a
parameter that the receiver does not know (Q.764 2.9.5)."""

from __future__ import annotations

from typing import Final

from .isup_parameters_base import (
    MESSAGE_COMPATIBILITY,
    OCTET,
    PARAMETER_COMPATIBILITY,
    ContentError,
    Parameter,
    at_least,
    check_range,
)

PASS_ON_RELEASE: Final = 0
PASS_ON_DISCARD_MESSAGE: Final = 1
PASS_ON_DISCARD_PARAMETER: Final = 2
"""What to do when passing on is not possible. For messages 1 means discard information; 3, which is
reserved for parameters, is read as 0."""


class Instruction:
    """Instruction indicators. ``end_node``: bit A, to be interpreted at an end node only, not at a
    transit one; ``release``: release the call; ``notify``: send a notification (CFN);
    ``discard_message``; ``discard_parameter`` (of parameters only); ``pass_on``: a PASS_ON_ value;
    ``broadband``: 0 pass on, 1 discard message, 2 release call, 3 discard parameter, -1 not said
    (which a message cannot)."""

    def __init__(
        self,
        end_node: bool = False,
        release: bool = False,
        notify: bool = False,
        discard_message: bool = False,
        discard_parameter: bool = False,
        pass_on: int = PASS_ON_RELEASE,
        broadband: int = -1,
    ) -> None:
        self.end_node: Final = end_node
        self.release: Final = release
        self.notify: Final = notify
        self.discard_message: Final = discard_message
        self.discard_parameter: Final = discard_parameter
        self.pass_on: Final = pass_on
        self.broadband: Final = broadband

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Instruction) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[bool, bool, bool, bool, bool, int, int]:
        return (
            self.end_node,
            self.release,
            self.notify,
            self.discard_message,
            self.discard_parameter,
            self.pass_on,
            self.broadband,
        )

    def __repr__(self) -> str:
        return f"Instruction{self._key()}"


def _common(instruction: Instruction) -> int:
    return (
        (1 if instruction.end_node else 0)
        | (2 if instruction.release else 0)
        | (4 if instruction.notify else 0)
        | (8 if instruction.discard_message else 0)
    )


class MessageCompatibility(Parameter):
    """Message compatibility information (3.33): what to do with this message when it is unknown."""

    def __init__(self, instruction: Instruction, octets: bytes = b"") -> None:
        if not octets:
            broadband = instruction.broadband
            bits = _common(instruction) | (
                check_range("pass on not possible", instruction.pass_on, 1) << 4
            )
            bits |= check_range("broadband interworking", max(broadband, 0), 3) << 5
            octets = OCTET[0x80 | bits]
        super().__init__(MESSAGE_COMPATIBILITY, octets)
        self.instruction: Final = instruction


def read_message_compatibility(code: int, octets: bytes) -> Parameter:
    """Octets behind the first are for later versions."""
    at_least(octets, 1, "message compatibility information")
    bits = octets[0]
    instruction = Instruction(
        bits & 1 != 0,
        bits & 2 != 0,
        bits & 4 != 0,
        bits & 8 != 0,
        False,
        bits >> 4 & 1,
        bits >> 5 & 3,
    )
    return MessageCompatibility(instruction, octets)


class ParameterCompatibility(Parameter):
    """Parameter compatibility information (3.41): (parameter code, instruction) for each
    parameter of the message that a receiver may not know."""

    def __init__(
        self, instructions: tuple[tuple[int, Instruction], ...], octets: bytes = b""
    ) -> None:
        if not octets:
            for code, instruction in instructions:
                octets += OCTET[check_range("parameter code", code, 255)] + _parameter_bits(
                    instruction
                )
        super().__init__(PARAMETER_COMPATIBILITY, octets)
        self.instructions: Final = instructions

    def of(self, code: int) -> Instruction | None:
        """The instruction for a parameter, or None."""
        for other, instruction in self.instructions:
            if other == code:
                return instruction
        return None


def _parameter_bits(instruction: Instruction) -> bytes:
    bits = _common(instruction) | (0x10 if instruction.discard_parameter else 0)
    bits |= check_range("pass on not possible", instruction.pass_on, 3) << 5
    if instruction.broadband < 0:
        return OCTET[0x80 | bits]
    return OCTET[bits] + OCTET[0x80 | check_range("broadband", instruction.broadband, 3)]


def read_parameter_compatibility(code: int, octets: bytes) -> Parameter:
    """ContentError when a group does not end."""
    instructions: list[tuple[int, Instruction]] = []
    at = 0
    size = len(octets)
    while at < size:
        first = at + 1
        last = first
        while last < size and octets[last] < 0x80:
            last += 1
        if last >= size:
            raise ContentError("the instruction indicators of the last parameter do not end")
        bits = octets[first]
        instruction = Instruction(
            bits & 1 != 0,
            bits & 2 != 0,
            bits & 4 != 0,
            bits & 8 != 0,
            bits & 0x10 != 0,
            bits >> 5 & 3,
            octets[first + 1] & 3 if last > first else -1,
        )
        instructions.append((octets[at], instruction))
        at = last + 1
    return ParameterCompatibility(tuple(instructions), octets)
