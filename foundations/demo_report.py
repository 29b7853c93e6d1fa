"""What a demo prints and returns: every number beside what theory expects of it, and whether it came."""

from __future__ import annotations

from foundations.errors import ValueRangeError


class Report(dict[str, float]):
    """The numbers that a demo measured, by name; calling it prints a line and adds the line's numbers.

    Attributes:
        missed: What was measured in each line whose numbers did not meet its expectation.

    Example:
        >>> report = Report()
        >>> report("Digits read right", "more than 95 %", f"{0.971:.1%}", met=0.971 > 0.95, share_right=0.971)
        Digits read right
            expected  more than 95 %
            got       97.1%
        >>> report["share_right"], report.missed
        (0.971, [])
    """

    def __init__(self) -> None:
        super().__init__()
        self.missed: list[str] = []

    def __call__(self, what: str, expected: str, got: str, *, met: bool, **numbers: float) -> None:
        """Print one line and keep its numbers.

        Args:
            what: What was measured.
            expected: What theory says of it, in words.
            got: The numbers as they are printed.
            met: Whether the numbers are as expected. Where they are not, the line says so.
            numbers: The same numbers by name, unrounded; names are unique within a demo.

        Raises:
            ValueRangeError: If there is no number, or a name was used before.
        """
        if not numbers:
            raise ValueRangeError(f"a line of a demo expects its numbers by name, got none for {what!r}")
        if used := [name for name in numbers if name in self]:
            raise ValueRangeError(f"names are unique within a demo, got {used[0]!r} again: give it another")
        self.update({name: float(number) for name, number in numbers.items()})
        print(f"{what}\n    expected  {expected}\n    got       {got}")
        if not met:
            print("    missed    this is not as expected")
            self.missed.append(what)
