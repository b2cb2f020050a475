"""The toy machine: whatever the technique, the same program comes to the same end."""

from __future__ import annotations

from itertools import accumulate, combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.simulation import (
    AssemblyError,
    InstructionError,
    ParameterError,
    StepLimitError,
    UnknownNameError,
    overhead,
)
from course.simulation.overhead import (
    TECHNIQUES,
    Costs,
    Instruction,
    Operation,
    Program,
    assemble,
    break_even,
    cost_by_share,
    cycles_by_counts,
    listing,
    rewrite,
    run,
)

LAW = settings(derandomize=True, deadline=None, max_examples=150)
REGISTER = st.integers(0, 3)
WRITABLE = st.integers(0, 1)  # r2 and r3 count the loops of the generated programs
CELL = st.integers(0, 7)
WORD = st.one_of(st.integers(0, 5), st.integers(0, 2**32 - 1))


@st.composite
def programs(draw: st.DrawFn, *, sensitive: bool = False) -> Program:
    """Draw a loop that ends: a body with jumps forward only, run a drawn number of times."""
    size = draw(st.integers(0, 12))
    kinds = [o for o in Operation if sensitive or o is not Operation.MODE]
    lines = [Instruction(Operation.SET, (3, draw(st.integers(1, 4))))]
    start = len(lines)
    for place in range(start, start + size):
        operation = draw(st.sampled_from(kinds))
        match operation:
            case Operation.SET:
                operands = (draw(WRITABLE), draw(WORD))
            case Operation.ADD | Operation.SUB:
                operands = (draw(WRITABLE), draw(REGISTER))
            case Operation.LOAD:
                operands = (draw(WRITABLE), draw(CELL))
            case Operation.STORE:
                operands = (draw(CELL), draw(REGISTER))
            case Operation.JUMP:
                operands = (draw(REGISTER), draw(st.integers(place + 1, start + size)))
            case Operation.MODE:
                operands = (draw(WRITABLE),)
            case _:
                operands = (draw(REGISTER),)
        lines.append(Instruction(operation, operands))
    lines.append(Instruction(Operation.SET, (2, 1)))
    lines.append(Instruction(Operation.SUB, (3, 2)))
    lines.append(Instruction(Operation.JUMP, (3, start)))
    return Program(tuple(lines), sensitive=sensitive)


def reference(program: Program) -> tuple[list[int], dict[tuple[int, int], int], int, list[int]]:
    """Run a program in another way than the machine does: each line as a piece of Python."""
    r, cells, page, port, place = [0, 0, 0, 0], {}, 0, [], 0
    while place < len(program):
        line = program.instructions[place]
        a, b = (*line.operands, None)[:2]
        place += 1
        if line.operation == "set":
            r[a] = b
        elif line.operation == "add":
            r[a] = (r[a] + r[b]) & 0xFFFFFFFF
        elif line.operation == "sub":
            r[a] = (r[a] - r[b]) & 0xFFFFFFFF
        elif line.operation == "load":
            r[a] = cells.get((page, b), 0)
        elif line.operation == "store":
            cells[page, a] = r[b]
        elif line.operation == "jump":
            place = b if r[a] else place
        elif line.operation == "out":
            port.append(r[a])
        elif line.operation == "page":
            page = r[a] & 3
        else:
            r[a] = 1
    return r, cells, page, port


@LAW
@given(programs())
def test_all_techniques_come_to_the_same_end(program: Program) -> None:
    """State and output are those of an independent reading of the program, however it is run."""
    registers, cells, page, port = reference(program)
    for technique in TECHNIQUES:
        found = run(program, technique)
        assert found.state.registers == tuple(registers)
        assert found.state.page == page
        assert found.output == tuple(port)
        for place, value in enumerate(found.state.memory):
            assert value == cells.get(divmod(place, 8), 0)


@LAW
@given(programs(sensitive=True), st.integers(1, 5))
def test_rewriting_keeps_the_result_whatever_shares_a_call(program: Program, batch: int) -> None:
    """Interpretation and hypercalls of any size show what the hardware shows, `mode` included."""
    direct = run(program, "direct")
    for other in (run(program, "interpretation"), run(program, "paravirtual", batch=batch)):
        assert (other.state, other.output) == (direct.state, direct.output)
        assert other.counts.instructions == direct.counts.instructions


@LAW
@given(programs(), st.integers(1, 4))
def test_counts_add_up(program: Program, batch: int) -> None:
    """Each instruction is carried out or emulated, once; each exit stands for what it replaces."""
    direct = run(program, "direct").counts
    assert direct.direct == direct.instructions
    for technique in TECHNIQUES:
        found = run(program, technique, batch=batch)
        counts = found.counts
        assert (counts.instructions, counts.privileged) == (direct.instructions, direct.privileged)
        assert counts.direct + counts.emulated == counts.instructions
        assert len(found.exits) == counts.exits + counts.hypercalls
        assert counts.exits == (counts.privileged if technique == "trap-and-emulate" else 0)
        assert counts.dispatched == (counts.instructions if technique == "interpretation" else 0)
        if technique == "paravirtual":
            assert counts.privileged / batch <= counts.hypercalls <= counts.privileged


@LAW
@given(programs(), st.integers(1, 4))
def test_cycles_follow_from_counts(program: Program, batch: int) -> None:
    """What was counted in a run, and what is reckoned without running, cost the same."""
    for technique in TECHNIQUES:
        found = run(program, technique, Costs(2, 700, 50, 90, 11), batch=batch)
        counts = found.counts
        assert found.cycles == cycles_by_counts(
            counts.instructions,
            counts.privileged,
            technique,
            Costs(2, 700, 50, 90, 11),
            hypercalls=counts.hypercalls if technique == "paravirtual" else None,
        )
        average = cost_by_share(
            counts.privileged_share,
            technique,
            Costs(2, 700, 50, 90, 11),
            batch=counts.privileged / counts.hypercalls if counts.hypercalls else 1,
        )
        assert average * counts.instructions == pytest.approx(found.cycles)


@LAW
@given(programs(sensitive=True))
def test_a_listing_is_read_back(program: Program) -> None:
    """Assembling a listing gives the program that was listed."""
    assert assemble(listing(program), sensitive=True) == program


@pytest.mark.parametrize(("numbers", "every"), [(1, 1), (7, 3), (100, 10), (5, 99)])
def test_the_sum_is_the_sum(numbers: int, every: int) -> None:
    """The program puts out every so many-th partial sum, and the whole sum at the end."""
    sums = list(accumulate(range(numbers, 0, -1)))
    expected = (*sums[every - 1 :: every], sums[-1])
    assert run(overhead.sum_program(numbers, every), "direct").output == expected


def test_a_sensitive_instruction_that_does_not_trap_gives_the_hypervisor_away() -> None:
    """Popek and Goldberg: trap-and-emulate is wrong where what is sensitive is not privileged."""
    program = assemble("mode r0\nout r0", sensitive=True)
    outputs = {technique: run(program, technique).output for technique in TECHNIQUES}
    assert outputs == {
        "direct": (1,),
        "trap-and-emulate": (0,),
        "paravirtual": (1,),
        "interpretation": (1,),
    }
    assert [each.instruction for each in run(program, "trap-and-emulate").exits] == ["out r0"]


def test_the_ninth_instruction_is_off_by_default() -> None:
    """Who wants `mode` has to say so, in text and in a program."""
    with pytest.raises(AssemblyError, match="sensitive=True"):
        assemble("mode r0")
    with pytest.raises(InstructionError, match="sensitive=True"):
        Program((Instruction(Operation.MODE, (0,)),))


def test_every_exit_says_where_and_why() -> None:
    """The trace names step, place and instruction; a call says how many it stands for."""
    program = assemble("set r0, 2\nout r0\npage r0\nset r1, 1\nout r1")
    traps = run(program, "trap-and-emulate").exits
    assert [(each.step, each.place, each.instruction) for each in traps] == [
        (2, 1, "out r0"),
        (3, 2, "page r0"),
        (5, 4, "out r1"),
    ]
    assert all("privileged" in each.why for each in traps)
    calls = run(program, "paravirtual", batch=8).exits
    assert [(each.step, each.place) for each in calls] == [(2, 1), (5, 3)]
    assert "2 operations" in calls[0].why


def test_a_call_is_not_shared_across_a_jump() -> None:
    """What a jump leads to begins a call of its own, since only that part is run then."""
    program = assemble("set r0, 1\njump r0, in\nout r0\nin: out r0")
    assert run(program, "paravirtual", batch=8).output == (1,)
    assert [str(each) for each in rewrite(program, batch=8).instructions[2:]] == [
        "hypercall (out r0)",
        "hypercall (out r0)",
    ]


def test_a_program_without_end_is_told() -> None:
    """Each technique stops at the limit, and no earlier than a program that needs all of it."""
    endless = assemble("set r0, 1\nagain: jump r0, again")
    four = assemble("set r0, 1\nout r0\nout r0\nout r0")
    for technique in TECHNIQUES:
        with pytest.raises(StepLimitError, match="within 50 steps") as caught:
            run(endless, technique, max_steps=50)
        assert caught.value.max_steps == 50
        assert run(four, technique, max_steps=4, batch=3).output == (1, 1, 1)
        with pytest.raises(StepLimitError):
            run(four, technique, max_steps=3, batch=3)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("set r0, 1\n\nsett r0, 1", 3, "Did you mean 'set'"),
        ("add r0", 1, "expected 2 operands"),
        ("out r4", 1, "register from 0 to 3"),
        ("load r0, 8", 1, "cell from 0 to 7"),
        ("set r0, -1", 1, "expected a number"),
        ("set r0, 4294967296", 1, "number from 0"),
        ("add r0, 1", 1, "such as r0"),
        ("here: out r0\njump r0, there", 2, "there are: here"),
        ("jump r0, 0", 1, "there is none"),
        ("a: out r0\na: out r1", 2, "'a' again"),
        ("1a: out r0", 1, "expected a label"),
        ("halt", 1, "There are: set"),
        ("set r0, ٣", 1, "expected a number"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(text: str, line: int, message: str) -> None:
    """The error carries the number of the line, and says what was expected."""
    with pytest.raises(AssemblyError, match=f"^line {line}: .*{message}") as caught:
        assemble(text)
    assert caught.value.line == line


def test_comments_labels_and_empty_lines_are_no_steps() -> None:
    """A program of none is run, too; a label may stand alone, or behind all instructions."""
    assert run(assemble("# nothing\n\n ; here"), "direct").counts.instructions == 0
    program = assemble("a:\nb: SET r0, 1 # one\n jump r0, end\n out r0\nend:")
    assert len(program) == 3
    assert run(program, "paravirtual").output == ()


@LAW
@given(
    st.builds(Costs, *[st.floats(0, 1e4)] * 5),
    st.sampled_from(list(combinations(TECHNIQUES, 2))),
    st.integers(1, 10),
)
def test_break_even_is_where_the_costs_cross(
    costs: Costs, pair: tuple[str, str], batch: int
) -> None:
    """At the break-even both cost the same, and on either side the one that was named less."""
    found = break_even(*pair, costs, batch=batch)

    def price(technique: str | None, share: float) -> float:
        assert technique is not None
        return cost_by_share(share, technique, costs, batch=batch)

    if found.share is None:
        shares = (0, 0.5, 1)
        winner = found.below or pair[0]
        for share in shares:
            rest = [price(each, share) for each in pair]
            assert price(winner, share) <= min(rest) + 1e-9 * max(rest)
        return
    assert 0 <= found.share <= 1
    near = abs(price(pair[0], found.share) - price(pair[1], found.share))
    assert near <= 1e-6 * max(1, price(pair[0], found.share))
    assert price(found.below, 0) <= price(found.above, 0)
    assert price(found.above, 1) <= price(found.below, 1)
    assert break_even(pair[1], pair[0], costs, batch=batch).share == pytest.approx(found.share)


def test_break_even_with_round_numbers() -> None:
    """Traps cost as much as interpretation at 3 percent: 1000 a trap against 30 an instruction."""
    assert break_even("trap-and-emulate", "interpretation").share == pytest.approx(0.03)
    assert break_even("paravirtual", "interpretation").share == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("pair", "costs", "reason"),
    [
        (("direct", "interpretation"), Costs(), "direct always costs less"),
        (("trap-and-emulate", "paravirtual"), Costs(), "paravirtual never costs more"),
        (("trap-and-emulate", "paravirtual"), Costs(exit=300), "both always cost the same"),
        (("trap-and-emulate", "interpretation"), Costs(exit=30), "ones alone both cost the same"),
    ],
)
def test_no_break_even_is_said(pair: tuple[str, str], costs: Costs, reason: str) -> None:
    """Where the lines do not cross, there is a sentence and no share."""
    found = break_even(*pair, costs)
    assert found.share is None
    assert reason in found.reason


def test_batching_moves_the_break_even() -> None:
    """The more operations share a call, the longer does a rewritten program beat interpretation."""
    shares = [break_even("paravirtual", "interpretation", batch=b).share for b in (1, 2, 4)]
    assert shares == pytest.approx([0.1, 0.2, 0.4])


def test_counting_only_the_traps_falls_short_by_what_they_replace() -> None:
    """The usual mistake misses the emulation; the breakdown shows both."""
    found = run(overhead.sum_program(100, 10), "trap-and-emulate")
    only_traps = found.counts.direct * 1 + found.counts.exits * 1000
    assert found.cycles - only_traps == found.counts.exits * 100 == found.cost.emulation


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: run(assemble(""), "trap"), UnknownNameError, "Did you mean 'trap-and-emulate'"),
        (lambda: cost_by_share(0.1, "xen"), UnknownNameError, "There are: direct"),
        (lambda: cost_by_share(2, "direct"), ParameterError, "at most 1, found 2"),
        (lambda: cycles_by_counts(3, 4, "direct"), ParameterError, "privileged"),
        (lambda: cycles_by_counts(3, 2, "paravirtual", hypercalls=0), ParameterError, "hypercalls"),
        (lambda: break_even("direct", "direct"), ParameterError, "two different"),
        (lambda: Costs(exit=-1), ParameterError, "exit"),
        (lambda: Costs(dispatch=float("nan")), ParameterError, "dispatch"),
        (lambda: run(rewrite(assemble("out r0")), "direct"), InstructionError, "the original"),
        (lambda: rewrite(rewrite(assemble("out r0"))), InstructionError, "as it was written"),
        (lambda: run(assemble(""), "direct", max_steps=True), ParameterError, "max_steps"),
        (lambda: overhead.sum_program(0, 1), ParameterError, "numbers"),
        (lambda: overhead.Hypercall(()), InstructionError, "found none"),
        (lambda: Instruction("out", (0,)), InstructionError, "expected an Operation"),
        (lambda: Instruction(Operation.OUT, (1.5,)), InstructionError, "found 1.5"),
        (lambda: Instruction(Operation.OUT, (0, 1)), InstructionError, "expected 1 operands"),
        (lambda: Program((Instruction(Operation.JUMP, (0, 2)),)), InstructionError, "from 0 to 1"),
    ],
)
def test_what_cannot_be_is_refused(call, error: type[Exception], message: str) -> None:
    """Errors say what was expected and what was found."""
    with pytest.raises(error, match=message):
        call()
