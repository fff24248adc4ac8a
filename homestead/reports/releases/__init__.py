"""Page of a release, its findings and its plots."""
