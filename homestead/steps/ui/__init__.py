"""The page of `homestead ui`: reading what it shows, and answering requests. Nothing is written."""
