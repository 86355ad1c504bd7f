"""Keeps the Node objects of all members in the Kubernetes API, from the moment it answers."""

import logging
import threading
from collections.abc import Callable, Iterable

from asterism import clock
from asterism.bootstrapper.trust.ledger import Member
from asterism.bootstrapper.trust.nodes import ensure_node
from asterism.errors import ProvisionError
from asterism.kube.rest import ApiClient

_log = logging.getLogger(__name__)

RETRY = 0.1
RETRY_LONGEST = 5.0


class NodeKeeper:
    """A thread that works whenever it is woken, and again until the API has taken everything."""

    def __init__(self, api: ApiClient, members: Callable[[], Iterable[Member]]) -> None:
        self._api = api
        self._members = members
        self._work = threading.Event()
        self._settled = threading.Event()
        self._thread = threading.Thread(target=self._run, name="nodes", daemon=True)

    def start(self) -> None:
        """Begin; a wake is implied."""
        self._work.set()
        self._thread.start()

    def wake(self) -> None:
        """There may be a new member."""
        self._settled.clear()
        self._work.set()

    def wait_settled(self, timeout: float) -> bool:
        """Whether all members have their Node objects within `timeout` seconds."""
        return self._settled.wait(timeout)

    def _run(self) -> None:
        pause = RETRY
        while True:
            self._work.wait()
            self._work.clear()
            try:
                self._ensure_all()
                pause = RETRY
                if not self._work.is_set():
                    self._settled.set()
            except (ProvisionError, ValueError) as exc:  # ValueError: an answer that is no JSON
                _log.debug("Node objects not written yet: %s", exc)
                self._work.set()
                clock.sleep(pause)
                pause = min(pause * 1.2, RETRY_LONGEST)

    def _ensure_all(self) -> None:
        for member in self._members():
            ensure_node(self._api, member.assignment, tee=member.tee, emulated=member.emulated)
