"""The raw Kubernetes client against a TLS server of our own."""

import json
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any, ClassVar

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from typing_extensions import override

from asterism.errors import ProvisionError
from asterism.keys.authority import Authority
from asterism.keys.names import Names, Profile
from asterism.kube.rest import (
    ApiClient,
    ApiError,
    ApiUnreachableError,
    ClientIdentity,
    condition,
    wait_for,
)

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
LOCAL = IPv4Address("127.0.0.1")


def write_pair(
    directory: Path, name: str, authority: Authority, profile: Profile
) -> ClientIdentity:
    key = ec.generate_private_key(ec.SECP256R1())
    names = Names(name, (), (), (LOCAL,))
    certificate = authority.issue_for(key.public_key(), names, profile, at=NOW, lifetime=DAY)
    files = ClientIdentity(directory / f"{name}.crt", directory / f"{name}.key")
    files.certificate.write_bytes(certificate.public_bytes(Encoding.PEM))
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    files.key.write_bytes(pem)
    return files


@dataclass
class Server:
    """What the server was asked, and what it answers by method."""

    url: str
    authority: Authority
    identity: ClientIdentity
    seen: list[tuple[str, str, str, Any]] = field(default_factory=list)
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)

    def client(self, authority: Authority | None = None) -> ApiClient:
        trusted = (authority or self.authority).certificate_pem
        return ApiClient(self.url, authority=trusted, identity=self.identity, timeout=5)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server that asks for a client certificate, as the API server does."""
    authority = Authority.create("cluster", at=NOW)
    serving = write_pair(tmp_path, "serving", authority, Profile.SERVING)
    client = write_pair(tmp_path, "client", authority, Profile.CLIENT)

    class Handler(BaseHTTPRequestHandler):
        made: ClassVar[Server]

        def answer(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = json.loads(self.rfile.read(length)) if length else None
            kind = self.headers.get("Content-Type", "")
            self.made.seen.append((self.command, self.path, kind, body))
            status, raw = self.made.answers.get(self.command, (200, b"{}"))
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = do_PATCH = do_DELETE = answer  # noqa: N815 - names of http.server

        @override
        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    listening = HTTPServer((str(LOCAL), 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(serving.certificate, serving.key)
    context.load_verify_locations(cadata=authority.certificate_pem.decode())
    context.verify_mode = ssl.CERT_REQUIRED
    listening.socket = context.wrap_socket(listening.socket, server_side=True)
    Handler.made = Server(f"https://{LOCAL}:{listening.server_port}", authority, client)
    thread = threading.Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    yield Handler.made
    listening.shutdown()
    listening.server_close()
    thread.join()


def test_objects_come_and_go_as_json(server: Server) -> None:
    """Methods, paths and content types are the API's."""
    server.answers["GET"] = (200, b'{"kind": "Node"}')
    api = server.client()
    assert api.get("/api/v1/nodes/a", labelSelector="x") == {"kind": "Node"}
    api.apply("/api/v1/nodes/a", {"spec": {}})
    api.patch("/api/v1/nodes/a", {"spec": {"podCIDR": None}})
    api.create("/api/v1/nodes", {"kind": "Node"})
    assert server.seen == [
        ("GET", "/api/v1/nodes/a?labelSelector=x", "application/json", None),
        (
            "PATCH",
            "/api/v1/nodes/a?fieldManager=asterism&force=true",
            "application/apply-patch+yaml",
            {"spec": {}},
        ),
        (
            "PATCH",
            "/api/v1/nodes/a",
            "application/merge-patch+json",
            {"spec": {"podCIDR": None}},
        ),
        ("POST", "/api/v1/nodes", "application/json", {"kind": "Node"}),
    ]


def test_a_refusal_carries_status_and_message(server: Server) -> None:
    """JOI-401 with what the API server says."""
    server.answers["GET"] = (404, b'{"message": "nodes \\"a\\" not found"}')
    with pytest.raises(ApiError, match='nodes "a" not found') as caught:
        server.client().get("/api/v1/nodes/a")
    assert caught.value.not_found
    assert caught.value.error_id == "JOI-401"


@pytest.mark.parametrize("answer", [b"no JSON", b"[]", b"[" * 100_000, b"\xff"])
def test_an_answer_that_is_no_object_is_refused(server: Server, answer: bytes) -> None:
    """Whatever else a server may send."""
    server.answers["GET"] = (200, answer)
    with pytest.raises(ApiError):
        server.client().get("/api/v1/nodes/a")


def test_deleting_what_is_not_there_is_done(server: Server) -> None:
    """Other refusals are raised."""
    server.answers["DELETE"] = (404, b"{}")
    server.client().delete("/api/v1/nodes/a")
    server.answers["DELETE"] = (403, b"{}")
    with pytest.raises(ApiError):
        server.client().delete("/api/v1/nodes/a")


def test_a_server_of_another_authority_is_not_talked_to(server: Server) -> None:
    """The request is never sent."""
    with pytest.raises(ApiUnreachableError, match="JOI-402"):
        server.client(Authority.create("other", at=NOW)).get("/version")
    assert server.seen == []


def test_silence_is_not_ready(server: Server) -> None:
    """Nobody listens on port 1; neither is a server that refuses."""
    silent = ApiClient(
        "https://127.0.0.1:1",
        authority=server.authority.certificate_pem,
        identity=server.identity,
    )
    assert not silent.is_ready()
    server.answers["GET"] = (500, b"{}")
    assert not server.client().is_ready()
    server.answers["GET"] = (200, b"ok")
    assert server.client().is_ready()


def test_nothing_is_said_without_tls() -> None:
    """A URL that is not https is refused before anything is read."""
    authority = Authority.create("cluster", at=NOW)
    with pytest.raises(ValueError, match="not an https URL"):
        ApiClient("http://127.0.0.1:1", authority=authority.certificate_pem, identity=None)  # type: ignore[arg-type]


def test_waiting_ends_with_the_last_refusal() -> None:
    """The error names what was waited for and why it did not come."""

    def refused() -> bool:
        raise ApiError("GET", "/x", 403, "forbidden")

    with pytest.raises(
        ProvisionError, match=r"the node: not within 0.05 s \(GET /x: 403 forbidden"
    ):
        wait_for(refused, what="the node", timeout=0.05, interval=0.01)


def test_a_condition_is_true_only_when_it_says_so() -> None:
    """Missing, False and Unknown are not."""
    ready = {"status": {"conditions": [{"type": "Ready", "status": "True"}]}}
    unknown = {"status": {"conditions": [{"type": "Ready", "status": "Unknown"}]}}
    assert condition(ready, "Ready")
    assert not condition(unknown, "Ready")
    assert not condition({}, "Ready")
