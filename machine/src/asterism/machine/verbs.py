"""The verbs of `python -m asterism.machine`: JSON objects in, JSON objects out."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from asterism import clock
from asterism.errors import UserError
from asterism.machine.providers.base import Provider
from asterism.machine.providers.sandbox.provider import SandboxProvider
from asterism.machine.relay import control as relay
from asterism.machine.spec import MachineSpec

Request = dict[str, Any]
Answer = dict[str, Any]
Verb = Callable[[Provider, Request], Answer]


def perform(verb: str, request: Request) -> Answer:
    """Do what one request asks for. Raises UserError MCH-016 for a request of the wrong form."""
    try:
        work = VERBS[verb]
    except KeyError as exc:
        raise UserError("MCH-016", f"there is no verb {verb!r}") from exc
    broken = [name for name, value in request.items() if name != "spec" and not _is_text(value)]
    if broken:
        raise UserError("MCH-016", f"the request for {verb} has no text in {', '.join(broken)}")
    try:
        return work(SandboxProvider(), request)
    except KeyError as exc:
        raise UserError("MCH-016", f"the request for {verb} lacks {exc}") from exc


def _is_text(value: object) -> bool:
    """Whether it is a text that UTF-8 can say; a half of a surrogate pair is none."""
    return isinstance(value, str) and not any("\ud800" <= letter <= "\udfff" for letter in value)


def _network_create(provider: Provider, request: Request) -> Answer:
    provider.create_network(request["cluster"])
    return {}


def _network_delete(provider: Provider, request: Request) -> Answer:
    provider.delete_network(request["cluster"])
    return {}


def _create(provider: Provider, request: Request) -> Answer:
    provider.create(MachineSpec.from_plain(request["spec"]), request["initdata"].encode())
    return {}


def _start(provider: Provider, request: Request) -> Answer:
    began = clock.monotonic()
    started = provider.start(request["cluster"], request["machine"])
    return asdict(started) | {"milliseconds": round((clock.monotonic() - began) * 1000)}


def _launch(provider: Provider, request: Request) -> Answer:
    """network-create, create and start at once: one round trip for a playbook."""
    spec = MachineSpec.from_plain(request["spec"])
    provider.create_network(spec.cluster)
    _create(provider, request)
    return _start(provider, {"cluster": spec.cluster, "machine": spec.machine})


def _stop(provider: Provider, request: Request) -> Answer:
    provider.stop(request["cluster"], request["machine"])
    return {}


def _delete(provider: Provider, request: Request) -> Answer:
    provider.delete(request["cluster"], request["machine"])
    return {}


def _list(provider: Provider, request: Request) -> Answer:
    return {"machines": [asdict(info) for info in provider.list_machines(request["cluster"])]}


def _relay_start(_: Provider, request: Request) -> Answer:
    return {"port": relay.start(request["cluster"])}


def _relay_stop(_: Provider, request: Request) -> Answer:
    relay.stop(request["cluster"])
    return {}


VERBS: dict[str, Verb] = {
    "network-create": _network_create,
    "network-delete": _network_delete,
    "create": _create,
    "start": _start,
    "launch": _launch,
    "stop": _stop,
    "delete": _delete,
    "list": _list,
    "relay-start": _relay_start,
    "relay-stop": _relay_stop,
}
