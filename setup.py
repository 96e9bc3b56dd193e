"""The files of a wheel. The shipped runs, and no others of a checkout, lie in vae_core/checkpoints there: vae_core/place.py."""

from setuptools import find_packages, setup

SHOWN = ("js", "css", "html", "toml", "json", "svg", "woff2", "txt", "wasm", "c")  # endings of what the dashboard reads or sends
SHIPPED = ("digits-2d", "mnist-2d", "mnist-16d", "_story", "_story/*")
FILES = ("*.json", "*.csv", "*.npz", "*.png", "*.safetensors", "snapshots/[0-9]*.npz")

setup(
    packages=[*find_packages(include=["vae_core*", "dashboard*"]), "vae_core.checkpoints"],
    package_dir={"vae_core.checkpoints": "checkpoints"},
    package_data={
        "dashboard": [".streamlit/config.toml", *(f"**/*.{ending}" for ending in SHOWN)],
        "vae_core.checkpoints": [
            "README.md",
            "digits-2d/snapshots/encoder-*.npz",
            "mnist-16d/evaluations/umap-3ab58ce0c3ff7129.npz",
            *(f"{run}/{files}" for run in SHIPPED for files in FILES),
        ],
    },
    exclude_package_data={"vae_core.checkpoints": ["*/label.json", "*/order.json", "*/selections.json"]},  # what pages write into a run
)
