"""Labels as commands: adding a file, and looking at what there is."""
