"""Patterns of numbers as finite automata: what matches, what still could, and what never will.

Three ways of writing one, over the digits 0-9 * # A-D:

- a *prefix* is digits: every number that begins so;
- a *pattern* is positions: digits mean themselves, X is 0-9, Z is 1-9, N is 2-9, [13-5] one of
  these, and at the end `.` one or more further digits, `!` any number of them, none too;
- a *regular expression* of the whole number: digits, ``.`` ``\\d`` ``[...]`` ``(...)`` ``|`` and
  the repetitions ``* + ? {2} {2,} {2,5}``.

All become the same deterministic automaton, so that overlap dialling knows whether more digits can
make a difference, and the configuration's check knows exactly which row can never be reached.
"""

from __future__ import annotations

from typing import Final

DIGITS: Final = "0123456789*#ABCD"
INDEX: Final = {digit: i for i, digit in enumerate(DIGITS)}
LONGEST: Final = 32
"""Digits of a number at the most (the socket's limit)."""
DEAD: Final = -1
"""The state from which nothing matches any more."""

_ANY: Final = 0xFFFF
_TEN: Final = 0x3FF
_LETTERS: Final = {"X": _TEN, "Z": _TEN & ~1, "N": _TEN & ~3}
_WIDEST: Final = len(DIGITS) * LONGEST
"""How many ways an expression leaves open: as many as there can be. A pattern is better."""
_MOST_STATES: Final = 4000
_MOST_POSITIONS: Final = 600
_EXPLORED: Final = 20_000


class PatternError(ValueError):
    """This is no pattern; the text says what is wrong with it."""


class _Glushkov:
    """Positions of an expression, which of them may come first, and which may follow which.

    A part of an expression is (may be empty, first positions, last positions), sets as bits.
    """

    def __init__(self) -> None:
        self.masks: Final[list[int]] = []
        self.follow: Final[list[int]] = []

    def one(self, mask: int) -> tuple[bool, int, int]:
        if len(self.masks) >= _MOST_POSITIONS:
            raise PatternError("it is too long")
        bit = 1 << len(self.masks)
        self.masks.append(mask)
        self.follow.append(0)
        return False, bit, bit

    def join(self, a: tuple[bool, int, int], b: tuple[bool, int, int]) -> tuple[bool, int, int]:
        self._link(a[2], b[1])
        return a[0] and b[0], a[1] | (b[1] if a[0] else 0), b[2] | (a[2] if b[0] else 0)

    def loop(self, a: tuple[bool, int, int]) -> tuple[bool, int, int]:
        """One or more times."""
        self._link(a[2], a[1])
        return a

    def _link(self, lasts: int, firsts: int) -> None:
        for position in range(len(self.masks)):
            if lasts >> position & 1:
                self.follow[position] |= firsts


_EMPTY: Final = (True, 0, 0)
Part = tuple[bool, int, int]


class Pattern:
    """One pattern, ready to be walked: ``rows[state][digit]`` is the next state or DEAD.

    ``lead``: digits that are fixed at its beginning; ``fixed``: positions that a number has at
    least; ``wide``: how many ways its positions leave open. These order rows by longest match.
    """

    __slots__ = ("accepts", "fixed", "lead", "open", "rows", "text", "wide")

    def __init__(
        self, text: str, machine: _Glushkov, part: Part, order: tuple[int, int, int], bounds: Bounds
    ) -> None:
        self.text: Final = text
        """As people read it: ``prefix 00``."""
        self.lead, self.fixed, self.wide = order
        self.rows: list[list[int]] = []
        self.accepts: list[bool] = []
        _determine(self, machine, part, bounds)
        _prune(self)
        self.open: Final = [any(n != DEAD for n in row) for row in self.rows]
        """More digits could match."""

    @property
    def empty(self) -> bool:
        """No number matches it."""
        return not self.rows

    @property
    def start(self) -> int:
        return 0 if self.rows else DEAD

    def step(self, state: int, digit: str) -> int:
        index = INDEX.get(digit, -1)
        return self.rows[state][index] if state != DEAD and index >= 0 else DEAD

    def beginning(self) -> str:
        """The digits that every match begins with."""
        digits, state = "", self.start
        while len(digits) < self.lead and state != DEAD:
            index = next(i for i, to in enumerate(self.rows[state]) if to != DEAD)
            digits += DIGITS[index]
            state = self.rows[state][index]
        return digits

    def walk(self, digits: str) -> int:
        """The state after these digits."""
        state = self.start
        for digit in digits:
            state = self.step(state, digit)
            if state == DEAD:
                break
        return state

    def matches(self, digits: str) -> bool:
        state = self.walk(digits)
        return state != DEAD and self.accepts[state]


class Bounds:
    """How long a number may be."""

    __slots__ = ("least", "most")

    def __init__(self, least: int = 0, most: int = LONGEST) -> None:
        self.least: Final = least
        self.most: Final = min(most or LONGEST, LONGEST)


ANY_LENGTH: Final = Bounds()


def _determine(pattern: Pattern, machine: _Glushkov, part: Part, bounds: Bounds) -> None:
    """Subset construction; a state is (positions reached, digits so far as far as that counts)."""
    nullable, first, last = part
    counted = bounds.least > 0 or bounds.most < LONGEST
    # The start is a position of its own, behind all others.
    start = 1 << len(machine.masks)
    follow = [*machine.follow, first]
    final = last | (start if nullable else 0)
    keys: list[tuple[int, int]] = [(start, 0)]
    numbers = {keys[0]: 0}
    for reached, length in keys:  # grows as it is walked
        row = [DEAD] * len(DIGITS)
        pattern.rows.append(row)
        pattern.accepts.append(bool(reached & final) and bounds.least <= length <= bounds.most)
        if counted and length >= bounds.most:
            continue
        nexts = 0
        for position, after in enumerate(follow):
            if reached >> position & 1:
                nexts |= after
        count = min(length + 1, bounds.most) if counted else 0
        for digit in range(len(DIGITS)):
            to = _with_digit(machine.masks, nexts, digit)
            if not to:
                continue
            key = (to, count)
            if key not in numbers:
                if len(keys) >= _MOST_STATES:
                    raise PatternError("it is too complicated")
                numbers[key] = len(keys)
                keys.append(key)
            row[digit] = numbers[key]


def _with_digit(masks: list[int], positions: int, digit: int) -> int:
    """Those of the positions that take the digit."""
    found, rest = 0, positions
    while rest:
        bit = rest & -rest
        if masks[bit.bit_length() - 1] >> digit & 1:
            found |= bit
        rest ^= bit
    return found


def _prune(pattern: Pattern) -> None:
    """States from which no number is ever complete are DEAD."""
    before: list[list[int]] = [[] for _ in pattern.rows]
    for state, row in enumerate(pattern.rows):
        for to in set(row) - {DEAD}:
            before[to].append(state)
    good = [s for s, accepts in enumerate(pattern.accepts) if accepts]
    alive = set(good)
    while good:
        for state in before[good.pop()]:
            if state not in alive:
                alive.add(state)
                good.append(state)
    if 0 not in alive:
        pattern.rows, pattern.accepts = [], []
        return
    for row in pattern.rows:
        row[:] = [to if to in alive else DEAD for to in row]


# What people write


def prefix(text: str, bounds: Bounds = ANY_LENGTH) -> Pattern:
    """Every number that begins with these digits; "" is every number."""
    strange = next((c for c in text if c not in INDEX), "")
    if strange:
        raise PatternError(f"'{strange}' is no digit")
    masks = [1 << INDEX[digit] for digit in text]
    return _of_masks(f"prefix {text}" if text else "any number", masks, "!", bounds)


def pattern(text: str, bounds: Bounds = ANY_LENGTH) -> Pattern:
    """Positions, as in ``0NXXXXXXX`` or ``00.``."""
    masks: list[int] = []
    body, tail = (text[:-1], text[-1]) if text[-1:] in (".", "!") else (text, "")
    at = 0
    while at < len(body):
        letter = body[at]
        if letter == "[":
            end = body.find("]", at)
            if end < 0:
                raise PatternError("a [ has no ]")
            masks.append(_set(body[at + 1 : end]))
            at = end + 1
            continue
        if letter in _LETTERS:
            masks.append(_LETTERS[letter])
        elif letter in INDEX:
            masks.append(1 << INDEX[letter])
        elif letter in ".!":
            raise PatternError(f"'{letter}' stands at the end only")
        else:
            raise PatternError(f"'{letter}' is no digit and none of X, Z, N, [...]")
        at += 1
    if not masks and not tail:
        raise PatternError("it is empty")
    return _of_masks(f"pattern {text}", masks, tail, bounds)


def _of_masks(text: str, masks: list[int], tail: str, bounds: Bounds) -> Pattern:
    machine = _Glushkov()
    part: Part = _EMPTY
    for mask in masks:
        part = machine.join(part, machine.one(mask))
    if tail:
        rest = machine.loop(machine.one(_ANY))
        part = machine.join(part, rest if tail == "." else (True, rest[1], rest[2]))
    lead = next((i for i, m in enumerate(masks) if m & (m - 1)), len(masks))
    wide = sum(m.bit_count() for m in masks)
    fixed = len(masks) + (tail == ".")
    return Pattern(text, machine, part, (lead, fixed, wide), bounds)


def _set(text: str) -> int:
    """The digits of ``[13-5]`` or, with ^ before them, all others."""
    negate = text.startswith("^")
    text = text.removeprefix("^")
    mask, at = 0, 0
    while at < len(text):
        if text[at] == "\\" and text[at + 1 : at + 2] == "d":
            mask |= _TEN
            at += 2
            continue
        if text[at] == "\\":
            at += 1
        low = INDEX.get(text[at : at + 1], -1)
        high = low
        if text[at + 1 : at + 2] == "-":
            high = INDEX.get(text[at + 2 : at + 3], -1)
            at += 2
        if low < 0 or high < low:
            raise PatternError(f"[{text}] is no set of digits")
        mask |= (1 << high + 1) - (1 << low)
        at += 1
    if not mask:
        raise PatternError("[] has no digit in it")
    return _ANY & ~mask if negate else mask


class _Regex:
    """Recursive descent over a regular expression of the whole number."""

    def __init__(self, text: str) -> None:
        self.text: Final = text.removeprefix("^").removesuffix("$")
        self.machine: Final = _Glushkov()
        self.at = 0

    def whole(self) -> Part:
        part = self._branches()
        if self.at < len(self.text):
            raise PatternError(f"there is a ) too much at column {self.at + 1}")
        return part

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def _branches(self) -> Part:
        part = self._sequence()
        while self._peek() == "|":
            self.at += 1
            other = self._sequence()
            part = (part[0] or other[0], part[1] | other[1], part[2] | other[2])
        return part

    def _sequence(self) -> Part:
        part: Part = _EMPTY
        while self._peek() not in ("", "|", ")"):
            part = self.machine.join(part, self._repeated())
        return part

    def _repeated(self) -> Part:
        begin = self.at
        part = self._atom()
        end = self.at
        least, most = self._times()
        if (least, most) == (1, 1):
            return part
        whole: Part = _EMPTY
        copies = max(least, 1) if most is None else most
        for n in range(copies):
            if n:
                self.at = begin  # every copy has positions of its own
                part = self._atom()
            looped = self.machine.loop(part) if most is None and n == copies - 1 else part
            optional = n >= least
            whole = self.machine.join(whole, (True, looped[1], looped[2]) if optional else looped)
        if copies == 0:
            return _EMPTY
        self.at = end
        self._times()
        return whole

    def _times(self) -> tuple[int, int | None]:
        """How often; None: without an end."""
        sign = self._peek()
        simple = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        if sign in simple and sign:
            self.at += 1
            return simple[sign]
        if sign != "{":
            return 1, 1
        end = self.text.find("}", self.at)
        low, comma, high = self.text[self.at + 1 : max(end, 0)].partition(",")
        if end < 0 or not low.isdecimal() or (high and not high.isdecimal()):
            raise PatternError(f"{{ at column {self.at + 1} is no number of times, as in {{2,5}}")
        self.at = end + 1
        least = int(low)
        most = (int(high) if high else None) if comma else least
        if least > LONGEST or (most is not None and not least <= most <= LONGEST):
            raise PatternError(f"{{{low}{comma}{high}}} is more than a number has, or runs back")
        return least, most

    def _atom(self) -> Part:
        sign = self._peek()
        self.at += 1
        if sign == "(":
            if self.text.startswith("?:", self.at):
                self.at += 2
            part = self._branches()
            if self._peek() != ")":
                raise PatternError("a ( has no )")
            self.at += 1
            return part
        if sign == "[":
            end = self.text.find("]", self.at)
            if end < 0:
                raise PatternError("a [ has no ]")
            inner, self.at = self.text[self.at : end], end + 1
            return self.machine.one(_set(inner))
        if sign == "\\":
            sign = self._peek()
            self.at += 1
            if sign == "d":
                return self.machine.one(_TEN)
        elif sign == ".":
            return self.machine.one(_ANY)
        elif sign in "*+?{":
            raise PatternError(f"'{sign}' at column {self.at} repeats nothing")
        if sign not in INDEX or not sign:
            raise PatternError(f"'{sign}' at column {self.at} is no digit (write \\* for a star)")
        return self.machine.one(1 << INDEX[sign])


def regex(text: str, bounds: Bounds = ANY_LENGTH) -> Pattern:
    """A regular expression of the whole number."""
    parser = _Regex(text)
    part = parser.whole()
    made = Pattern(f"regex {text}", parser.machine, part, (0, 0, _WIDEST), bounds)
    made.lead = _only_way(made)
    made.fixed = _shortest(made)
    return made


def _only_way(pattern: Pattern) -> int:
    """Digits that every match begins with."""
    state, lead = pattern.start, 0
    while state != DEAD and not pattern.accepts[state] and lead < LONGEST:
        ways = [to for to in pattern.rows[state] if to != DEAD]
        if len(ways) != 1:
            break
        state, lead = ways[0], lead + 1
    return lead


def _shortest(pattern: Pattern) -> int:
    """Digits of the shortest match."""
    witness = uncovered(pattern, [])
    return len(witness) if witness is not None else 0


# What two of them have in common


def common(a: Pattern, b: Pattern) -> str | None:
    """A shortest number that matches both; None: there is none."""
    if a.empty or b.empty:
        return None
    waiting = [(0, 0, "")]
    seen = {(0, 0)}
    for x, y, digits in waiting:
        if a.accepts[x] and b.accepts[y]:
            return digits
        if len(digits) == LONGEST:
            continue
        for index, digit in enumerate(DIGITS):
            to = (a.rows[x][index], b.rows[y][index])
            if DEAD not in to and to not in seen:
                seen.add(to)
                waiting.append((*to, digits + digit))
    return None


def uncovered(a: Pattern, others: list[Pattern]) -> str | None:
    """A shortest number of ``a`` that none of the others matches; None: they cover all of it.

    Where that would take too long, "?": it is not known to be covered.
    """
    if a.empty:
        return None
    near = [other for other in others if common(a, other) is not None]
    first = (0, tuple((i, 0) for i in range(len(near))))
    waiting: list[tuple[int, tuple[tuple[int, int], ...], str]] = [(*first, "")]
    seen = {first}
    for x, states, digits in waiting:
        if a.accepts[x] and not any(near[i].accepts[s] for i, s in states):
            return digits
        if len(digits) == LONGEST:
            continue
        if len(seen) > _EXPLORED:
            return "?"
        for index, digit in enumerate(DIGITS):
            to = a.rows[x][index]
            if to == DEAD:
                continue
            after = tuple(
                (i, near[i].rows[s][index]) for i, s in states if near[i].rows[s][index] != DEAD
            )
            if (to, after) not in seen:
                seen.add((to, after))
                waiting.append((to, after, digits + digit))
    return None
