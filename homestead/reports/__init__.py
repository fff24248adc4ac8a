"""HTML reports: data sheet, comparison, model card, drift summary."""
