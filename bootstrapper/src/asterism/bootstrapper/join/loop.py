"""A worker's life: join until admitted, start the kubelet, follow the members for ever."""

import logging
from collections.abc import Callable

from asterism import clock
from asterism.bootstrapper import kubelet, networking
from asterism.bootstrapper.join import client
from asterism.bootstrapper.join.become import become_member, start_kubelet
from asterism.bootstrapper.join.check import Joined
from asterism.bootstrapper.membership import Membership
from asterism.bootstrapper.node import Node
from asterism.errors import Error

_log = logging.getLogger(__name__)

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 2.0
GROWTH = 1.3


def live(node: Node) -> None:
    """Never returns."""
    if node.membership is None or not already_running(node):
        joined = until_admitted(node)
        become_member(node, joined)
        _log.info("member %s of %s", joined.membership.assignment.name, joined.genesis.cluster)
        own = joined.membership.assignment.name
        start_kubelet(joined.membership.api_server, own, joined.credentials.cluster_ca)
    follow(node)


def already_running(node: Node) -> bool:
    """Whether this is only the agent's restart: bound in this life, and the kubelet was started.

    An agent that was interrupted before that joins once more and gets the same place.
    """
    return node.binding.bound is not None and kubelet.is_started()


def follow(node: Node) -> None:
    """Keep the routes to all members, over one session after another. Never returns."""
    pause = Pause()
    while True:
        for address in client.addresses(node):
            try:
                for peers in client.watch_peers(node, address):
                    networking.apply_routes(_membership(node).assignment, peers)
                    pause.reset()
            except Error as exc:
                _log.warning("members not followed: %s", exc)
        pause.take()


def until_admitted(node: Node) -> Joined:
    """Ask one control plane after the other until one admits this node, whatever they refuse.

    A refusal can pass: there is no cluster yet, or the clock of a TPM that lost its power is not
    safe for some seconds (ATT-207).
    """
    pause, last = Pause(), ""
    while True:
        for address in client.addresses(node):
            try:
                return client.join(node, address)
            except Error as exc:
                last = _log_once(exc, last)
        pause.take()


def _log_once(exc: Error, last: str) -> str:
    """Log a refusal when it is another than the last one."""
    told = str(exc)
    if told != last:
        _log.warning("not admitted yet: %s", told)
    return told


def _membership(node: Node) -> Membership:
    if node.membership is None:
        msg = "members are followed by members"
        raise RuntimeError(msg)
    return node.membership


class Pause:
    """Waits that grow, up to a limit."""

    def __init__(self, sleep: Callable[[float], None] = clock.sleep) -> None:
        self._sleep = sleep
        self._next = FIRST_PAUSE

    def take(self) -> None:
        """Wait."""
        self._sleep(self._next)
        self._next = min(self._next * GROWTH, LONGEST_PAUSE)

    def reset(self) -> None:
        """Start small again."""
        self._next = FIRST_PAUSE
