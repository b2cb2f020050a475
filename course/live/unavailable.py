"""What stands in for an engine that is not there, so that a notebook goes on.

- `Unavailable`: whatever is asked of it, it answers that nothing could be measured
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Unavailable"]

_ECHO = "not measured"


class Unavailable:
    """A measurement that could not be made, or what would have made it.

    Every attribute, call, item, sum and comparison of it is unavailable too, it is false, and it
    holds nothing. A notebook that meets one shows that in place of a figure and goes on.

    >>> engine = Unavailable("There is no engine.")
    >>> engine
    There is no engine.
    >>> engine.containers.run("image")["Size"] / 10**6, 3 == engine.count, bool(engine)
    (not measured, not measured, False)
    """

    def __init__(self, reason: str) -> None:
        """Stand in for something.

        Args:
            reason: why it is not there and what to try, in words for a learner.
        """
        self.reason = reason

    def __getattr__(self, name: str) -> Unavailable:
        # What begins so is asked for by Python, IPython and copy to find out what they deal with.
        if name.startswith("_"):
            raise AttributeError(name)
        return self._echo()

    def __call__(self, *_arguments: object, **_options: object) -> Unavailable:
        """Answer a call."""
        return self._echo()

    def _echo(self, *_others: object) -> Unavailable:
        # The reason is long, and was shown where the engine was asked for.
        return self if self.reason == _ECHO else Unavailable(_ECHO)

    __getitem__ = __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _echo
    __truediv__ = __rtruediv__ = __round__ = _echo

    def __eq__(self, _other: object) -> Unavailable:  # type: ignore[override]
        return self._echo()

    def __ne__(self, _other: object) -> Unavailable:  # type: ignore[override]
        return self._echo()

    __hash__ = object.__hash__

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return self.reason

    def _repr_html_(self) -> str:
        return (
            '<div role="note" style="border-left: 5px solid #8c8c8c; padding: 4px 10px">'
            f"{escape(self.reason)}</div>"
        )

    def __format__(self, _specification: str) -> str:
        return _ECHO
