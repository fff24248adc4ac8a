"""Reports for people: each is one HTML file that needs nothing else."""
