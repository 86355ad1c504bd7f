"""ATT-*: evidence, reference values, policy, anchors. Exit code 6."""

from asterism.errors.catalogue.entry import Entry
from asterism.errors.exit_codes import ExitCode

_AUTHENTICITY = "Treat the machine as foreign; look for what stands between you and it."
_IMAGE = "Start the machine from the image whose reference values the policy has."
_HOST = "The machine's host decides this: have it changed there, or change the policy and sign it."
_MAKER = "Check that the policy's anchors are those of the machine's maker."
_POLICY = "Correct the policy and sign it again."


def _entry(number: int, title: str, cause: str, hint: str) -> Entry:
    return Entry(f"ATT-{number:03}", title, cause, hint, ExitCode.ATTESTATION_REFUSED)


ENTRIES: tuple[Entry, ...] = (
    _entry(
        1,
        "no expected binding (EMPTY_EXPECTATION)",
        "Evidence cannot be judged without the 64 bytes of the session that it must carry.",
        "This is a bug of the caller: please report it.",
    ),
    _entry(
        2,
        "evidence not made for this session (BINDER_NOT_IN_EVIDENCE)",
        "The report or quote is genuine or not, but it does not carry this session's binding: it "
        "was made earlier, for another peer, or for another purpose.",
        _AUTHENTICITY,
    ),
    _entry(
        3,
        "evidence incomplete",
        "A part of the evidence is missing, or its parts do not have the form they must have.",
        "Check that both sides run versions that fit together.",
    ),
    _entry(
        10,
        "policy incomplete (POLICY_INCOMPLETE)",
        "The policy leaves out a register or a rule that this kind of machine needs.",
        _POLICY,
    ),
    _entry(
        11,
        "policy against the production rules",
        "A production policy may not accept emulated roots, debuggable or migratable machines; "
        "and no policy may pin an emulated root that it says it refuses.",
        _POLICY,
    ),
    _entry(
        12,
        "emulated machine refused",
        "The evidence rests on an emulated root and the policy does not accept such.",
        "Use real confidential hardware, or a policy that accepts emulation.",
    ),
    _entry(
        13,
        "null measurement (NULL_MEASUREMENT)",
        "A measurement is all zeros or another constant, which stands for `not measured`.",
        _POLICY,
    ),
    _entry(
        14,
        "trust anchor unusable",
        "An anchor in the policy is missing, is not a certificate, or is not a self-signed "
        "authority.",
        _POLICY,
    ),
    _entry(
        20,
        "initdata missing (INITDATA_MISSING)",
        "The machine shows no initdata.",
        "Start the machine with the initdata that was made for it.",
    ),
    _entry(
        21,
        "initdata not the measured one (INITDATA_MISMATCH)",
        "The initdata that the machine shows is not the one it was started with.",
        "Start the machine with the initdata that was made for it.",
    ),
    _entry(
        22,
        "machine of other owners",
        "The initdata names other owners than those whose policy applies here.",
        "Check which cluster the machine was made for.",
    ),
    _entry(
        23,
        "initdata contradicts the grant",
        "The grant in the initdata is for another cluster than the initdata says.",
        "Start the machine with the initdata that was made for it.",
    ),
    _entry(
        101,
        "SNP report malformed",
        "The report has another size, version or layout, or a reserved field is not zero.",
        _AUTHENTICITY,
    ),
    _entry(
        102,
        "SNP signing key of a kind that is not accepted",
        "The report is signed by neither VCEK nor VLEK, by another algorithm, or the certificate "
        "is of the other kind.",
        _MAKER,
    ),
    _entry(
        103,
        "SNP certificates do not lead to a pinned root",
        "The chain from the report's key ends at no anchor of the policy, or a signature in it "
        "does not verify.",
        _MAKER,
    ),
    _entry(
        104,
        "SNP certificate malformed",
        "A certificate lacks what AMD's profile demands, or says something else.",
        _MAKER,
    ),
    _entry(
        105,
        "certificate not valid at this time",
        "A certificate of the evidence is not yet valid or has expired.",
        "Check the verifier's clock; otherwise have the machine's certificates renewed.",
    ),
    _entry(
        106,
        "SNP certificate for another TCB version",
        "The certificate's TCB version is not the reported one of the report.",
        _HOST,
    ),
    _entry(
        107,
        "SNP certificate of another chip",
        "The hardware ID of the certificate is not the chip ID of the report, or it is masked.",
        _HOST,
    ),
    _entry(
        108,
        "SNP report signature does not verify",
        "The report was changed or was signed by another key.",
        _AUTHENTICITY,
    ),
    _entry(
        110,
        "launch measurement not accepted (MEASUREMENT_MISMATCH)",
        "The machine started other firmware or another image than the policy accepts.",
        _IMAGE,
    ),
    _entry(
        111,
        "wrong privilege level",
        "The report was asked for at another VMPL than the policy wants.",
        _HOST,
    ),
    _entry(
        112,
        "debugging enabled (DEBUG_ENABLED)",
        "The host may read the machine's memory.",
        "Start the machine without the debug flag of its guest policy.",
    ),
    _entry(
        113,
        "migration allowed",
        "A migration agent may move the machine and its memory to another host.",
        "Start the machine without a migration agent.",
    ),
    _entry(
        114,
        "TCB version below the floor (TCB_BELOW_FLOOR)",
        "Firmware or microcode of the platform is older than the policy accepts.",
        "Update the platform's firmware and microcode.",
    ),
    _entry(
        115,
        "product line not accepted",
        "The policy names no TCB floor for this product line, so it does not accept it.",
        _POLICY,
    ),
    _entry(
        116,
        "product line distrusted (PRODUCT_DISTRUSTED)",
        "Keys of this product line can be taken out of its chips, so its reports can be forged for "
        "every firmware version.",
        "Use machines of another line. If you know by other means which machines these are, name "
        "the line and a last day in the policy's `snp.accept_distrusted` and sign it again.",
    ),
    _entry(
        201,
        "TPM quote malformed",
        "The quote, its signature, or the key's public area has another form than TPM 2.0 gives "
        "it, or is not a quote at all.",
        _AUTHENTICITY,
    ),
    _entry(
        202,
        "attestation key not restricted to its TPM (AK_ATTRIBUTES)",
        "The key could have been made outside a TPM or could sign data that only looks like a "
        "quote.",
        _AUTHENTICITY,
    ),
    _entry(
        203,
        "signature algorithm not accepted",
        "The key or the signature uses an algorithm that is not on the list, or they differ.",
        _AUTHENTICITY,
    ),
    _entry(
        204,
        "TPM quote signature does not verify",
        "The quote was changed or was signed by another key.",
        _AUTHENTICITY,
    ),
    _entry(
        205,
        "wrong registers quoted (PCR_SELECTION)",
        "The quote covers other registers, or another bank, than this kind of machine must show.",
        _AUTHENTICITY,
    ),
    _entry(
        206,
        "register values not the quoted ones",
        "The shown register values do not hash to the quoted digest.",
        _AUTHENTICITY,
    ),
    _entry(
        207,
        "TPM clock not safe",
        "The TPM's clock may have gone back since a disorderly shutdown.",
        "Wait some seconds and try again.",
    ),
    _entry(
        208,
        "event log malformed",
        "The event log cannot be read.",
        _AUTHENTICITY,
    ),
    _entry(
        209,
        "event log does not explain a register",
        "Replaying the event log gives another value than the quoted one.",
        _AUTHENTICITY,
    ),
    _entry(
        210,
        "register value not accepted",
        "A register holds none of the policy's values: other software was measured.",
        _IMAGE,
    ),
    _entry(
        211,
        "machine bound to another cluster, or to none (ALREADY_BOUND)",
        "PCR 15 holds another value than this step demands. A machine belongs to at most one "
        "cluster until it is restarted.",
        "Restart a machine that was bound elsewhere; otherwise check which cluster it is in.",
    ),
    _entry(
        212,
        "TPM certificate does not lead to a pinned root",
        "The endorsement certificate was issued by no anchor of the policy.",
        _MAKER,
    ),
    _entry(
        213,
        "TPM certificate malformed",
        "The endorsement certificate lacks what the TCG profile demands.",
        _MAKER,
    ),
)
