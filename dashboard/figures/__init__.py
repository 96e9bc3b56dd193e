"""Arrays in, Plotly figure out; knows nothing of Streamlit."""
