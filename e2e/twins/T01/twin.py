"""T01, a TPM reset under a running node. Taken away: quotes are compared with the boot's first."""

from typing_extensions import override

from asterism.bootstrapper.tpm_life import TpmLife


class Forgetful(TpmLife):
    """Takes every quote for the first one."""

    @override
    def require_same(self, quoted: bytes) -> None:
        """Nothing is compared."""
