"""Notebooks as `mnistlab lab` hands them to JupyterLab: not marked as changed when opened."""

from typing import Any

from ipykernel.ipkernel import IPythonKernel
from jupyter_client.kernelspec import get_kernel_spec
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager


class Contents(AsyncLargeFileManager):
    """Jupyter's own, but a notebook already says what its kernel will say of itself.

    Our files leave that out, as it differs between machines; JupyterLab would write it into the
    open notebook as soon as the kernel answers, and call the notebook changed.
    """

    async def get(self, path: str, content: bool = True, **more: Any) -> dict:
        """Return a file or folder, as Jupyter's own manager does."""
        model = await super().get(path, content=content, **more)
        if model["type"] == "notebook" and model["content"]:
            metadata = model["content"]["metadata"]
            if metadata.get("kernelspec", {}).get("name") == "python3":
                spec = get_kernel_spec("python3")
                names = {"display_name": spec.display_name, "language": spec.language}
                metadata["kernelspec"] = {"name": "python3", **names}
                metadata["language_info"] = IPythonKernel.language_info
        return model
