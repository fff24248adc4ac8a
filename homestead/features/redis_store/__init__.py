"""Feast's online store in Redis: one server, a Redis Cluster, or a service that Sentinels watch."""
