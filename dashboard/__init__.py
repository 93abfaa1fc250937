"""The page that shows the night: Streamlit on the marts, and on nothing else."""
