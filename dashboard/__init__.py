"""The dashboard: views read state, ask vae_core, draw a figure and show it."""
