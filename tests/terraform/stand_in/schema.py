"""Writes the google provider's schema, as far as it is asked for, to one JSON file.

    python schema.py OUT.json google_bigquery_table data.google_project ...

It is put together from the provider's Python bindings, which registries of packages have: a script
for every resource names its attributes and blocks, and one description says which of them must be
given and which the cloud fills in. Run by the stand-in's own Python, which has the bindings.
"""

import json
import re
import sys
import tarfile
from importlib.metadata import files
from pathlib import Path

NAMESPACE = "@cdktn/provider-google."
ENTRY = re.compile(
    r"(\w+): \{\s+value: (?:.*?),\s+isBlock: (true|false),"
    r"\s+type: \"(\w+)\",\s+storageClassType: \"(\w+)\"",
    re.DOTALL,
)
END_OF_ATTRIBUTES = r"// remove undefined attributes|return attrs;|return Object\.fromEntries"
TYPES = {
    "string": "string", "number": "number", "boolean": "bool", "any": "dynamic",
    "stringMap": ["map", "string"], "numberMap": ["map", "number"], "booleanMap": ["map", "bool"],
    "anyMap": ["map", "string"], "stringList": ["list", "string"], "numberList": ["list", "number"],
    "booleanList": ["list", "bool"],
}  # fmt: skip
NESTING = {"list": "list", "set": "set", "struct": "single"}
POSSIBLE_VALUES = re.compile(r"Possible values: \[([^\]]*)\]")
# Optional where they are given, filled in by the cloud where they are not.
FILLED_IN = {"id", "project", "region", "location", "name", "deletion_protection", "etag",
             "self_link"}  # fmt: skip
# Properties of every resource of the bindings, which the provider itself does not have.
OF_THE_BINDINGS = {
    "tf_resource_type", "fqn", "friendly_unique_id", "terraform_resource_type", "depends_on",
    "terraform_meta_arguments", "raw_overrides", "cdktn_stack", "for_each",
}  # fmt: skip


def camel(name):
    return re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), name)


def snake(name):
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()


def attributes_of(script, function):
    """Return the part of a script in which `function` lists what a resource or block has."""
    return re.split(END_OF_ATTRIBUTES, script[script.rfind(function) :])[0]


class Resource:
    """One resource, data source or the provider: its script, and its part of the description."""

    def __init__(self, types, script, folder):
        self.script = script
        self.namespace = NAMESPACE + camel(folder.replace("-", "_")) + "."
        self.types = types
        found = re.search(r"class (\w+) extends cdktn\.Terraform(?:Resource|Provider|Data)", script)
        self.name = found[1]

    def schema(self):
        block = self.block(
            self.name + "Config", attributes_of(self.script, "synthesizeHclAttributes()")
        )
        block["attributes"].pop("alias", None)  # Terraform's own
        return block

    def properties(self, name):
        found = self.types.get(self.namespace + name, {}).get("properties", [])
        return {one["name"]: one for one in found}

    def block(self, struct, text):
        declared, attributes, blocks = self.properties(struct), {}, {}
        for name, is_block, kind, storage in ENTRY.findall(text):
            found = declared.get(camel(name)) or declared.get(camel(name) + "Attribute") or {}
            required = bool(found) and not found.get("optional")
            if is_block == "true" or storage not in TYPES:
                self._add_block(attributes, blocks, (name, kind, storage), found, required)
            else:
                attributes[name] = attribute(kind, storage, found, required)
        return {"attributes": attributes, "blocks": blocks}

    def _add_block(self, attributes, blocks, entry, found, required):
        name, kind, storage = entry
        struct = re.sub(r"(List|Map)$", "", storage) if kind in ("list", "set", "map") else storage
        function = "function " + struct[0].lower() + struct[1:] + "ToHclTerraform"
        if function not in self.script:
            attributes[name] = {"type": "dynamic", "optional": True}
            return
        inner = self.block(struct, attributes_of(self.script, function))
        if self.namespace + struct + "OutputReference" in self.types:
            self.add_computed(struct + "OutputReference", inner)
        many = "collection" in json.dumps(found.get("type", {}))
        blocks[name] = {
            "nesting": NESTING.get(kind, "list"), "min": int(required), "max": 0 if many else 1,
            "block": inner,
        }  # fmt: skip

    def add_computed(self, owner, block):
        """Add what the cloud alone fills in: properties that can be read and not set."""
        for found in self.properties(owner).values():
            name, kind = snake(found["name"]), computed_type(found["type"])
            known = name in block["attributes"] or name in block["blocks"]
            ours = found["name"].endswith("Input") or found.get("static")
            ours = ours or name in OF_THE_BINDINGS
            if kind and found.get("immutable") and not known and not ours:
                block["attributes"][name] = {"type": kind, "computed": True}


def attribute(kind, storage, found, required):
    of_type = TYPES[storage]
    if kind == "set" and isinstance(of_type, list):
        of_type = ["set", of_type[1]]
    made = {"type": of_type, "required" if required else "optional": True}
    documented = " ".join(str(text) for text in found.get("docs", {}).values())
    if values := POSSIBLE_VALUES.search(documented):
        made["enum"] = re.findall(r'"([^"]*)"', values[1])
    return made


def computed_type(of_type):
    if primitive := of_type.get("primitive"):
        return "bool" if primitive == "boolean" else primitive
    if of_type.get("fqn") == "cdktn.StringMap":
        return ["map", "string"]
    is_array = of_type.get("collection", {}).get("kind") == "array"
    return ["list", "string"] if is_array else None


def read(wanted):
    """Return version, provider, resources and data sources; `wanted` by Terraform's names."""
    package = next(f for f in files("cdktn-provider-google") if f.name.endswith(".jsii.tgz"))
    with tarfile.open(package.locate()) as archive:
        return read_from(archive, wanted)


def read_from(archive, wanted):
    types = json.load(archive.extractfile("package/.jsii"))["types"]
    made = {"resources": {}, "data_sources": {}}
    for name in ("provider", *wanted):
        is_data = name.startswith("data.")
        folder = name.removeprefix("data.").removeprefix("google_").replace("_", "-")
        folder = "data-google-" + folder if is_data else folder
        script = archive.extractfile(f"package/lib/{folder}/index.js").read().decode()
        resource = Resource(types, script, folder)
        block = resource.schema()
        if name == "provider":
            made["provider"] = block
            made["version"] = re.search(r"providerVersion: '([\d.]+)'", script)[1]
            continue
        resource.add_computed(resource.name, block)
        for inside, found in block["attributes"].items():
            if "optional" in found and inside in FILLED_IN:
                found["computed"] = True
        made["data_sources" if is_data else "resources"][name.removeprefix("data.")] = block
    return made


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(read(sys.argv[2:]), sort_keys=True))
