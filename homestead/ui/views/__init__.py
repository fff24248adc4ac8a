"""View models: what each box of the page shows, apart from how it looks."""
