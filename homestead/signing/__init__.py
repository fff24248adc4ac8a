"""Signed statements: ed25519 keys, DSSE envelopes, in-toto statements, and what they certify."""
