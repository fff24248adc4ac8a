"""OpenLineage events of training runs, for people who collect lineage elsewhere."""
