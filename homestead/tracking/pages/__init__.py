"""What people see in MLflow's pages: names, data sets, addresses and descriptions."""
