"""Parts of pages that a notebook shows below a cell: results, drafts, champions."""
