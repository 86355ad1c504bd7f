"""Numbers of the TPM 2.0 library specification, part 2. No behaviour."""

from enum import IntEnum, IntFlag


class Alg(IntEnum):
    """TPM_ALG_ID, part 2 table "Definition of (UINT16) TPM_ALG_ID Constants"."""

    RSA = 0x0001
    SHA1 = 0x0004
    AES = 0x0006
    SHA256 = 0x000B
    SHA384 = 0x000C
    SHA512 = 0x000D
    NULL = 0x0010
    RSASSA = 0x0014
    RSAPSS = 0x0016
    ECDSA = 0x0018
    ECC = 0x0023
    CFB = 0x0043


class Curve(IntEnum):
    """TPM_ECC_CURVE."""

    P256 = 0x0003
    P384 = 0x0004


class Handle(IntEnum):
    """TPM_RH, permanent handles, and the password session TPM_RS_PW."""

    OWNER = 0x40000001
    NULL = 0x40000007
    PASSWORD_SESSION = 0x40000009
    ENDORSEMENT = 0x4000000B
    PLATFORM = 0x4000000C


class Command(IntEnum):
    """TPM_CC."""

    HIERARCHY_CONTROL = 0x00000121
    NV_DEFINE_SPACE = 0x0000012A
    PCR_ALLOCATE = 0x0000012B
    CREATE_PRIMARY = 0x00000131
    NV_WRITE = 0x00000137
    STARTUP = 0x00000144
    SHUTDOWN = 0x00000145
    NV_READ = 0x0000014E
    QUOTE = 0x00000158
    FLUSH_CONTEXT = 0x00000165
    NV_READ_PUBLIC = 0x00000169
    READ_PUBLIC = 0x00000173
    GET_CAPABILITY = 0x0000017A
    GET_RANDOM = 0x0000017B
    PCR_READ = 0x0000017E
    PCR_EXTEND = 0x00000182


class Capability(IntEnum):
    """TPM_CAP."""

    HANDLES = 0x00000001
    PCRS = 0x00000005
    TPM_PROPERTIES = 0x00000006


class ObjectAttribute(IntFlag):
    """TPMA_OBJECT, part 2 section "TPMA_OBJECT (Object Attributes)"."""

    FIXED_TPM = 1 << 1
    ST_CLEAR = 1 << 2
    FIXED_PARENT = 1 << 4
    SENSITIVE_DATA_ORIGIN = 1 << 5
    USER_WITH_AUTH = 1 << 6
    ADMIN_WITH_POLICY = 1 << 7
    NO_DA = 1 << 10
    ENCRYPTED_DUPLICATION = 1 << 11
    RESTRICTED = 1 << 16
    DECRYPT = 1 << 17
    SIGN = 1 << 18


class NvAttribute(IntFlag):
    """TPMA_NV, part 2 section "TPMA_NV (NV Index Attributes)"."""

    PPWRITE = 1 << 0
    WRITEDEFINE = 1 << 13
    PPREAD = 1 << 16
    OWNERREAD = 1 << 17
    AUTHREAD = 1 << 18
    NO_DA = 1 << 25
    WRITTEN = 1 << 29
    PLATFORMCREATE = 1 << 30


TRANSIENT_FIRST = 0x80000000
"""First handle of loaded keys."""

DIGEST_SIZE = {Alg.SHA1: 20, Alg.SHA256: 32, Alg.SHA384: 48, Alg.SHA512: 64}
HASH_NAME = {
    Alg.SHA1: "sha1",
    Alg.SHA256: "sha256",
    Alg.SHA384: "sha384",
    Alg.SHA512: "sha512",
}
"""The names by which hashlib knows them."""

PCR_COUNT = 24
PCR_SELECT_SIZE = 3
