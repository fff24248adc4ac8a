"""What happened and why: parity, replay, lineage and reproduction of model versions."""
