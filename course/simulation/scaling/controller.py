"""An autoscaler at work: it remembers what it recommended and changed, and decides.

- `Controller`: decides every time it is asked
- `Decision`: one decision with its reasons, to be read step by step

The rule and its settings are in `course.simulation.scaling.autoscaler`, with their sources.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

from course.simulation.errors import require
from course.simulation.scaling.autoscaler import ROUNDING, Autoscaler, recommended_replicas

__all__ = ["Controller", "Decision"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One decision of an autoscaler.

    Attributes:
        time_s: when it was taken, in seconds.
        utilisation: how busy the ready replicas were, as a share.
        ready: how many replicas were ready.
        starting: how many were starting.
        recommended: what the rule asks for, within the least and the most.
        stabilised: what is left of it when older recommendations have been heard.
        replicas: what there shall be, when the limits have been kept.
        reason: why, in a sentence.
    """

    time_s: float
    utilisation: float
    ready: int
    starting: int
    recommended: int
    stabilised: int
    replicas: int
    reason: str

    def record(self) -> dict[str, Any]:
        """Return it as a flat dict."""
        return asdict(self)


class Controller:
    """An autoscaler at work.

    Args:
        autoscaler: its settings.

    Attributes:
        recommended: what the rule asked for at the newest decision.

    Example:
        >>> controller = Autoscaler(target_utilisation=0.5).controller()
        >>> controller.step(0, utilisation=1.0, ready=4)
        8
        >>> print(controller.decide(15, utilisation=0.2, ready=8).reason)
        4 would do, and 8 were needed within the last 300 s
    """

    def __init__(self, autoscaler: Autoscaler) -> None:
        self.autoscaler = autoscaler
        self.recommended = 0
        self._keep_s = max(autoscaler.up_window_s, autoscaler.down_window_s)
        self._past: deque[tuple[float, int]] = deque()  # times and recommendations
        self._changes: deque[tuple[float, int]] = deque()  # times, and by how many replicas
        self._remember_s = max(autoscaler.up_limit.period_s, autoscaler.down_limit.period_s)

    def recommend(self, utilisation: float, ready: int, starting: int = 0) -> int:
        """Return what the rule asks for, within the least and the most; it remembers nothing."""
        rule = self.autoscaler
        wanted = recommended_replicas(
            ready, starting, utilisation, rule.target_utilisation, rule.tolerance
        )
        if wanted < rule.least:
            return rule.least
        return rule.most if wanted > rule.most else wanted

    def step(self, time_s: float, utilisation: float, ready: int, starting: int = 0) -> int:
        """Decide, and return how many replicas there shall be.

        Args:
            time_s: now, in seconds; after the time of the decision before.
            utilisation: how busy the ready replicas have been since then, as a share.
            ready: how many replicas are ready, at least 1.
            starting: how many have been started and are not ready yet.
        """
        there = ready + starting
        stabilised = self.stabilise(time_s, self.recommend(utilisation, ready, starting), there)
        return there if stabilised == there else self.limit(time_s, stabilised, there)

    def decide(self, time_s: float, utilisation: float, ready: int, starting: int = 0) -> Decision:
        """Decide like `step`, and say why.

        Raises:
            ParameterError: a number is unusable.
        """
        require("time_s", time_s, at_least=0)
        require("utilisation", utilisation, at_least=0)
        require("ready", ready, at_least=1, whole=True)
        require("starting", starting, at_least=0, whole=True)
        recommended = self.recommend(utilisation, ready, starting)
        stabilised = self.stabilise(time_s, recommended, ready + starting)
        replicas = self.limit(time_s, stabilised, ready + starting)
        return Decision(
            time_s=time_s,
            utilisation=utilisation,
            ready=ready,
            starting=starting,
            recommended=recommended,
            stabilised=stabilised,
            replicas=replicas,
            reason=self._reason(recommended, stabilised, replicas, ready + starting),
        )

    def stabilise(self, time_s: float, recommended: int, current: int) -> int:
        """Remember a recommendation, and return what is left of it when older ones are heard.

        It goes up only as far as all recommendations of the window for going up, and down only as
        far as all of the window for going down. What is there at the first decision counts as if
        it had just been recommended.
        """
        self.recommended = recommended
        past, rule = self._past, self.autoscaler
        if not past:
            past.append((time_s, current))
        past.append((time_s, recommended))
        too_old_s = time_s - self._keep_s + ROUNDING
        while past[0][0] <= too_old_s and len(past) > 1:
            past.popleft()
        if recommended > current:
            if not rule.up_window_s:
                return recommended
            return max(current, min(self._since(time_s - rule.up_window_s)))
        if recommended < current:
            return min(current, max(self._since(time_s - rule.down_window_s)))
        return current

    def remember_calm(
        self, time_s: float, interval_s: float, needed: list[float], replicas: int
    ) -> None:
        """Remember what was recommended while the load asked for no change.

        Args:
            time_s: when the first of these decisions was taken, in seconds.
            interval_s: the time from one to the next, in seconds.
            needed: how many replicas the load needed at each of them, not rounded: no more than
                the tolerance allows.
            replicas: how many there were, all of them ready.
        """
        rule = self.autoscaler
        kept_from = replicas * (1 - rule.tolerance - ROUNDING)
        for need in needed:
            # What `recommend` says for need / replicas of the target, where none is to be added.
            fewer = max(math.ceil(need - ROUNDING), rule.least)
            self._past.append((time_s, replicas if need >= kept_from else fewer))
            time_s += interval_s

    def _since(self, time_s: float) -> list[int]:
        """Return the recommendations after this time, and the newest one."""
        time_s += ROUNDING
        heard = [each for then_s, each in self._past if then_s > time_s]
        return heard or [self.recommended]

    def limit(self, time_s: float, wanted: int, current: int) -> int:
        """Remember a change, and return what is left of it when the limits are kept."""
        if wanted == current:
            return current
        rule = self.autoscaler
        changes = self._changes
        while changes and changes[0][0] <= time_s - self._remember_s + ROUNDING:
            changes.popleft()
        limit = rule.up_limit if wanted > current else rule.down_limit
        since_s = time_s - limit.period_s + ROUNDING
        before = current - sum(change for then_s, change in changes if then_s > since_s)
        if wanted > current:
            replicas = max(current, min(wanted, limit.most(before)))
        else:
            replicas = min(current, max(wanted, limit.least(before)))
        if replicas != current:
            changes.append((time_s, replicas - current))
        return replicas

    def _reason(self, recommended: int, stabilised: int, replicas: int, current: int) -> str:
        rule = self.autoscaler
        if replicas != stabilised:
            more = stabilised > current
            limit = rule.up_limit if more else rule.down_limit
            return (
                f"{stabilised} are wanted, and not that many may be "
                f"{'added' if more else 'stopped'} within {limit.period_s:g} s"
            )
        if stabilised != recommended:
            if recommended > current:
                return (
                    f"{recommended} are wanted now, and {stabilised} would have done within the "
                    f"last {rule.up_window_s:g} s"
                )
            return (
                f"{recommended} would do, and {stabilised} were needed within the last "
                f"{rule.down_window_s:g} s"
            )
        if replicas == current:
            return "as many as there are"
        return f"the rule asks for {recommended}, and nothing speaks against it"
