"""Mirror of MLflow's runs in Weights & Biases, for people who look at their experiments there."""
