"""HTTP/1.1 connections and server; imports nothing else of Homestead."""
