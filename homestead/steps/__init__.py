"""Steps: what each pipeline step and each scheduled command does, one module for each."""
