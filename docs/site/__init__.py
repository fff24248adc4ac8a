"""Parts of the documentation's build: generated pages of the reference, links to sources."""
