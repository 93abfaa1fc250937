"""What a pretended cloud holds: a file for each thing, and its state as Terraform gave it."""

import hashlib
import json

import msgpack

NAMES = {
    "google_bigquery_dataset": ("dataset_id",),
    "google_bigquery_table": ("dataset_id", "table_id"),
    "google_service_account": ("account_id",),
    "google_storage_bucket": ("name",),
}


def filled_in(kind, state):
    """Return a planned state with what the cloud fills in, where others are made from that."""
    values = decoded(state)
    if kind != "google_service_account" or values is None:
        return state
    email = f"{values['account_id']}@{values['project']}.iam.gserviceaccount.com"
    name = f"projects/{values['project']}/serviceAccounts/{email}"
    made = {"email": email, "member": f"serviceAccount:{email}", "name": name}
    return msgpack.packb(values | made)


def decoded(state):
    """Return a value of Terraform's; what is not known yet counts as not set."""
    return msgpack.unpackb(state, raw=False, ext_hook=lambda *_: None)


def name_of(kind, values):
    """Return what the cloud calls a thing; what has no name of its own is told by its values."""
    if kind in NAMES:
        return ".".join(values[part] for part in NAMES[kind])
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]


class World:
    """A folder with a pair of files a thing."""

    def __init__(self, folder):
        self.folder = folder
        self.labels = {}

    def make(self, kind, state):
        """Make a thing; False if it is there."""
        values = decoded(state)
        file = self._file(kind, name_of(kind, values))
        if file.exists():
            return False
        file.parent.mkdir(parents=True, exist_ok=True)
        file.with_suffix(".state").write_bytes(state)
        file.write_text(json.dumps({"values": values, "labels": self.labels}))
        return True

    def delete(self, kind, state):
        file = self._file(kind, name_of(kind, decoded(state)))
        file.unlink()
        file.with_suffix(".state").unlink()

    def find(self, kind, identity):
        """Return the state of what is imported: its name is the last parts of the identity."""
        parts = identity.split("/")
        parts = parts[3::2] if kind == "google_bigquery_table" else parts[-1:]
        name = ".".join(parts).split("@")[0]
        return self._file(kind, name).with_suffix(".state").read_bytes()

    def _file(self, kind, name):
        return self.folder / kind / f"{name}.json"
