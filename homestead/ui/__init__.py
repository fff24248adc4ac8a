"""The page of `homestead ui`: what is known of each problem, as HTML and JSON."""
