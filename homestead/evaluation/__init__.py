"""Evaluation of candidates: baseline, gate, promotion certificate."""
