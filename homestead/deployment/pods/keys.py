"""Keys of promotion certificates in pods: public ones to verify by, a private one to sign with.

Each is a file of a mounted Secret: other processes of a container do not inherit it, as they do
variables. ``manifests/base/settings`` has the paths: of the variables in the compiled pipeline the
local runner leaves out only those of a ConfigMap.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class MountedKeys:
    """A Secret whose keys are files.

    Attributes:
        secret: its name.
        folder: where it is mounted.
        variable: the setting that names a file of it, or the folder.
    """

    secret: str
    folder: str
    variable: str

    @property
    def mount(self) -> dict[str, Any]:
        """A container's item of ``volumeMounts``."""
        return {"name": self.secret, "mountPath": self.folder, "readOnly": True}

    @property
    def volume(self) -> dict[str, Any]:
        """A pod's item of ``volumes``, readable for the pod's group (fsGroup) alone."""
        secret = {"secretName": self.secret, "defaultMode": 0o440}
        return {"name": self.secret, "secret": secret}


VERIFY_KEYS = MountedKeys(
    "homestead-verify-keys", "/etc/homestead-verify-keys", "HOMESTEAD_VERIFY_KEYS"
)
SIGNING_KEY = MountedKeys("homestead-signing", "/etc/homestead-signing", "HOMESTEAD_SIGNING_KEY")
