"""TPM 2.0 quotes, attestation keys, endorsement certificates and the event log behind a quote."""
