"""vae_core: train variational autoencoders and look inside them. Knows nothing of Streamlit or Plotly."""

__version__ = "0.1.0"
