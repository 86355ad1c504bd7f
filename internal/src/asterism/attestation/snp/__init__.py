"""AMD SEV-SNP: attestation reports and the certificates of the keys that sign them."""
