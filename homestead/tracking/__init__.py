"""MLflow: runs and the model registry."""

import warnings

# In a notebook tqdm, which MLflow imports, asks for ipywidgets, which nothing here needs.
warnings.filterwarnings("ignore", "IProgress not found")
