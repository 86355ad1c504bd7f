"""The owner's files and arguments, and what Kubernetes answers him."""

import base64
import json
from functools import cache
from pathlib import Path

import msgspec

from asterism.attestation.binding import Binding
from asterism.cluster import config_file, pin, reference_values, state
from asterism.cluster.config import Cluster
from asterism.cluster.home import OwnerHome
from asterism.cluster.pin import Pin
from asterism.cluster.saved_evidence import MachineEvidence, SavedEvidence
from asterism.cluster.support.redaction import Redactor
from asterism.config import paths
from asterism.e2e.fuzz import scratch
from asterism.e2e.fuzz.seeds import certificates
from asterism.e2e.fuzz.seeds import documents as made
from asterism.e2e.fuzz.target import Shape, Target
from asterism.e2e.fuzz.targets import measurement, session
from asterism.keys import canonical
from asterism.keys.documents import Kind, SignedDocument
from asterism.keys.owner import OwnerKey
from asterism.kube import kubeconfig
from asterism.kube.kubeconfig import Entry, KubeconfigFile

_ESCAPED = "surrogateescape"
"""How command line arguments that are no UTF-8 reach Python."""
_YAML_WORDS = (b"nodes:", b"workers", b"<<", b"name: ", b"2001-99-99", b"0b_", b"!!timestamp x")
_JSON_WORDS = (b"1e999", b"NaN", b"[[[[", b"null", b"version")
_SECRET = b"correct horse battery staple"
_REDACTOR = Redactor({"passphrase": (_SECRET,)})
_ENTRY = Entry("asterism-local", "https://127.0.0.1:1", "kubernetes", b"a", b"b", b"c", {"x": 1})


def _config(data: bytes) -> None:
    path = scratch.file(scratch.folder("config") / "cluster.yaml", data)
    config_file.load(path, None, [])


def _override(data: bytes) -> None:
    config_file.load(None, None, [data.decode(errors=_ESCAPED)])


def _kubeconfig(data: bytes) -> None:
    """Read, merged into, written and taken out of, as `cluster create` and `delete` do."""
    source = Path("config")
    document = kubeconfig.parse(data.decode(errors="replace"), source)
    kubeconfig.merge_into(document, _ENTRY, source, switch=True)
    kubeconfig.dump(document)
    assert kubeconfig.remove_from(document, _ENTRY.name)


def _kubeconfig_file(data: bytes) -> None:
    KubeconfigFile(scratch.file(scratch.folder("kube") / "config", data)).read()


def _pin(data: bytes) -> None:
    home = _home()
    scratch.file(home.pins_directory / "local.json", data)
    found = pin.find(home, "local")
    if found is not None:
        found.expected_cluster_id()


def _cluster_state(data: bytes) -> None:
    """The host's record; the place where it lies is this process's own."""
    paths.CLUSTERS = scratch.folder("clusters")
    scratch.file(_cluster_directory() / state.FILE_NAME, data)
    record = state.load("local")
    assert record.server
    assert state.machines() is not None


def _owner_key(data: bytes) -> None:
    folder = scratch.folder("owner")
    scratch.file(folder / "owner.key", data)
    OwnerKey.load(folder)


def _release_keys(data: bytes) -> None:
    home = _home()
    scratch.file(home.anchors_directory / reference_values.RELEASE_KEYS, data)
    reference_values.trusted_keys(home)


def _reference_values(data: bytes) -> None:
    """The payload as the owner's own hand could have signed it."""
    document = SignedDocument.sign(
        Kind.REFERENCE_VALUES, canonical.decode_object(data), [made.OWNER]
    )
    scratch.file(_image() / reference_values.FILE_NAME, document.encode())
    reference_values.open_signed(_image(), made.OWNERS)


def _unsigned_reference_values(data: bytes) -> None:
    scratch.file(_image() / reference_values.FILE_NAME, data)
    reference_values.open_signed(_image(), made.OWNERS)


def _saved_evidence(data: bytes) -> None:
    saved = SavedEvidence.decode(data, "file")
    assert SavedEvidence.decode(saved.encode(), "file") == saved


def _log(data: bytes) -> None:
    """A node's log on its way into a support bundle: no known secret may come through."""
    text, _ = _REDACTOR.redact(data)
    assert _SECRET not in text


@cache
def _home() -> OwnerHome:
    folder = scratch.folder("home")
    home = OwnerHome.current({"HOME": str(folder), "XDG_CONFIG_HOME": str(folder)})
    home.pins_directory.mkdir(parents=True)
    home.anchors_directory.mkdir(parents=True)
    return home


@cache
def _cluster_directory() -> Path:
    made_here = paths.cluster_dir("local")
    made_here.mkdir()
    return made_here


@cache
def _image() -> Path:
    folder = scratch.folder("image")
    scratch.file(folder / "manifest.json", measurement.manifest().to_json())
    return folder


def _configs() -> list[bytes]:
    short = b"apiVersion: asterism.dev/v1alpha1\nkind: Cluster\nname: a\nnodes:\n  workers: 2\n"
    return [config_file.example().encode(), short]


def _kubeconfigs() -> list[bytes]:
    ours = kubeconfig.dump(_ENTRY.document()).encode()
    return [ours, ours.replace(b"asterism-local", b"other"), b"apiVersion: v1\n"]


def _pins() -> list[bytes]:
    whole = Pin(
        cluster=made.CLUSTER,
        nonce=made.NONCE.hex(),
        owner=made.OWNER.public,
        policy=made.initdata().policy,
        machines={"local-cp-1": bytes(range(32))},
        pending=made.genesis().encode(),
        genesis=made.signed_genesis(),
    )
    return [whole.to_json().encode()]


def _states() -> list[bytes]:
    plain = {
        "version": state.VERSION,
        "name": "local",
        "created": "2026-11-23T00:00:00+00:00",
        "image": "/var/lib/asterism/images/0123456789abcdef",
        "nonce": made.NONCE.hex(),
        "settings": msgspec.to_builtins(Cluster()),
        "machines": [{"name": "local-cp-1", "role": "control-plane", "address": "10.210.0.11"}],
        "phase": 1,
        "relay_port": 4711,
        "kubeconfig": "",
    }
    return [json.dumps(plain).encode()]


def _payloads() -> list[bytes]:
    manifest = measurement.manifest()
    values = json.loads(json.dumps(manifest.reference_values.to_plain()))
    return [canonical.encode({"version": 1, "image": manifest.image_id, "values": values})]


def _signed_payloads() -> list[bytes]:
    return [
        SignedDocument.sign(
            Kind.REFERENCE_VALUES, canonical.decode_object(payload), [made.OWNER]
        ).encode()
        for payload in _payloads()
    ]


def _logs() -> list[bytes]:
    key = certificates.key_pem(5)
    return [
        b"a line\npassword: " + _SECRET + b"\ntoken='abc'\n" + key,
        b"Authorization: Bearer eyJhbGciOiJI.eyJzdWIiOiIx.c2ln\n" + base64.b64encode(key),
        b"key=" + key.hex().encode() + b" abcdef.0123456789abcdef",
    ]


def _saved() -> list[bytes]:
    shown = MachineEvidence(
        "local-cp-1", certificates.AT, Binding(bytes(range(64))), made.AK_NAME, session.evidence()
    )
    return [SavedEvidence(made.CLUSTER, bytes(range(32)), (shown,)).encode()]


TARGETS = (
    Target(
        "support-log",
        _log,
        _logs,
        Shape.TEXT,
        ("asterism.cluster.support.redaction.Redactor.redact",),
        (
            b"-----BEGIN EC PRIVATE KEY-----",
            b"-----END EC PRIVATE KEY-----",
            b"secret=",
            b'\\"',
            _SECRET,
            _SECRET.hex().encode(),
        ),
    ),
    Target(
        "saved-evidence",
        _saved_evidence,
        _saved,
        Shape.TEXT,
        ("asterism.cluster.saved_evidence.SavedEvidence.decode",),
        (b'{"machine":"a"}', b"\r", b"2026-13-01T00:00:00Z", b'"at"', b"zz"),
        maximum=32768,
    ),
    Target(
        "cluster-config",
        _config,
        _configs,
        Shape.TEXT,
        ("asterism.cluster.config_file.load", "asterism.cluster.config_file.parse"),
        _YAML_WORDS,
    ),
    Target(
        "set-override",
        _override,
        lambda: [b"nodes.workers=3", b"name=a", b"policy.production=true"],
        Shape.TEXT,
        ("asterism.cluster.config_file.load",),
        _YAML_WORDS,
        maximum=512,
    ),
    Target(
        "kubeconfig",
        _kubeconfig,
        _kubeconfigs,
        Shape.TEXT,
        ("asterism.kube.kubeconfig.parse",),
        (b"clusters:", b"contexts:", b"users:", b"extensions:", b"asterism-local"),
        maximum=2048,
    ),
    Target(
        "kubeconfig-file",
        _kubeconfig_file,
        _kubeconfigs,
        Shape.TEXT,
        (),
        (b"clusters:", b"contexts:", b"users:"),
        maximum=2048,
    ),
    Target(
        "pin",
        _pin,
        _pins,
        Shape.JSON,
        ("asterism.cluster.pin.Pin.from_json",),
        _JSON_WORDS,
        maximum=16384,
    ),
    Target(
        "cluster-state",
        _cluster_state,
        _states,
        Shape.JSON,
        ("asterism.cluster.state.load",),
        _JSON_WORDS,
        maximum=2048,
    ),
    Target(
        "owner-key",
        _owner_key,
        lambda: [made.TRUST_SEED.hex().encode() + b"\n"],
        Shape.BYTES,
        ("asterism.keys.owner.OwnerKey.load",),
        maximum=128,
    ),
    Target(
        "release-keys",
        _release_keys,
        lambda: [f"{made.OWNER.public_hex}\n".encode() * 2],
        Shape.TEXT,
        (),
        maximum=512,
    ),
    Target(
        "reference-values",
        _reference_values,
        _payloads,
        Shape.CANONICAL_JSON,
        ("asterism.cluster.reference_values.open_signed",),
    ),
    Target(
        "reference-values-file",
        _unsigned_reference_values,
        _signed_payloads,
        Shape.CANONICAL_JSON,
        ("asterism.cluster.reference_values.open_signed",),
    ),
)
