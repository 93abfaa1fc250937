"""The google provider's place, taken by its schema: for `validate` and tests with mocks.

    python provider.py SCHEMA.json SOCKET [WORLD]

It says what resources have, and refuses what a configuration may not set. It makes nothing: whoever
plans without a mock is told so. With a folder WORLD it makes a file there for whatever is applied,
refuses to make what is there, and deletes the file again. It serves until it is stopped, so that
commands need not start it each time, and prints a line when it is ready. Run by the stand-in's own
Python, which has the stubs of Terraform's protocol.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import msgpack
import worlds
from tf.gen import tfplugin_pb2 as pb
from tf.gen import tfplugin_pb2_grpc as rpc

NESTING = {"single": 1, "list": 2, "set": 3}


def to_block(block):
    return pb.Schema.Block(
        attributes=[
            pb.Schema.Attribute(
                name=name, type=json.dumps(found["type"]).encode(),
                required=found.get("required", False), optional=found.get("optional", False),
                computed=found.get("computed", False),
            )
            for name, found in block["attributes"].items()
        ],
        block_types=[to_nested(name, found) for name, found in block["blocks"].items()],
    )  # fmt: skip


def to_nested(name, found):
    counted = found["nesting"] != "single"
    return pb.Schema.NestedBlock(
        type_name=name, nesting=NESTING[found["nesting"]], block=to_block(found["block"]),
        min_items=found["min"] if counted else 0, max_items=found["max"] if counted else 0,
    )  # fmt: skip


def to_schema(block):
    return pb.Schema(version=0, block=to_block(block))


def refusal(summary, path=()):
    steps = [
        pb.AttributePath.Step(attribute_name=step)
        if isinstance(step, str)
        else pb.AttributePath.Step(element_key_int=step)
        for step in path
    ]
    return pb.Diagnostic(severity=1, summary=summary, attribute=pb.AttributePath(steps=steps))


def refusals(block, values, path=()):
    """Yield what is set and may not be: computed attributes, values outside a closed list."""
    for name, found in block["attributes"].items():
        value = values.get(name)
        if value is None:
            continue
        if not (found.get("optional") or found.get("required")):
            yield refusal(f"{name} is computed: it cannot be set", (*path, name))
        if found.get("enum") and isinstance(value, str) and value not in found["enum"]:
            yield refusal(f"{name} must be one of {found['enum']}, not {value}", (*path, name))
    for name, found in block["blocks"].items():
        inside = values.get(name)
        for number, one in enumerate(inside if isinstance(inside, list) else []):
            if isinstance(one, dict):
                yield from refusals(found["block"], one, (*path, name, number))


class Provider(rpc.ProviderServicer):
    """What Terraform asks of a provider before it plans."""

    def __init__(self, schema):
        self.schema = schema
        self.answer = pb.GetProviderSchema.Response(
            provider=to_schema(schema["provider"]),
            resource_schemas={k: to_schema(v) for k, v in schema["resources"].items()},
            data_source_schemas={k: to_schema(v) for k, v in schema["data_sources"].items()},
        )

    def GetMetadata(self, _request, context):  # noqa: N802
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "")

    def GetProviderSchema(self, _request, _context):  # noqa: N802
        return self.answer

    def ValidateProviderConfig(self, _request, _context):  # noqa: N802
        return pb.ValidateProviderConfig.Response()

    def ValidateResourceConfig(self, request, _context):  # noqa: N802
        # Values that are not known yet come as extensions of the format, and count as not set.
        values = msgpack.unpackb(request.config.msgpack, raw=False, ext_hook=lambda *_: None)
        found = refusals(self.schema["resources"][request.type_name], values)
        return pb.ValidateResourceConfig.Response(diagnostics=list(found))

    def ValidateDataResourceConfig(self, _request, _context):  # noqa: N802
        return pb.ValidateDataResourceConfig.Response()

    def ConfigureProvider(self, _request, _context):  # noqa: N802
        return pb.ConfigureProvider.Response(
            diagnostics=[refusal("there is no cloud behind this stand-in: use mock_provider")]
        )

    def UpgradeResourceState(self, request, _context):  # noqa: N802
        return pb.UpgradeResourceState.Response(
            upgraded_state=pb.DynamicValue(json=request.raw_state.json)
        )

    def StopProvider(self, _request, _context):  # noqa: N802
        return pb.StopProvider.Response()


class MakingProvider(Provider):
    """The same, and what is applied is there until it is destroyed."""

    def __init__(self, schema, world):
        super().__init__(schema)
        self.world = world

    def ConfigureProvider(self, request, _context):  # noqa: N802
        self.world.labels = worlds.decoded(request.config.msgpack).get("default_labels") or {}
        return pb.ConfigureProvider.Response()

    def PlanResourceChange(self, request, _context):  # noqa: N802
        planned = worlds.filled_in(request.type_name, request.proposed_new_state.msgpack)
        return pb.PlanResourceChange.Response(planned_state=pb.DynamicValue(msgpack=planned))

    def ApplyResourceChange(self, request, _context):  # noqa: N802
        wanted, had = request.planned_state.msgpack, request.prior_state.msgpack
        if worlds.decoded(wanted) is None:
            self.world.delete(request.type_name, had)
        elif worlds.decoded(had) is None and not self.world.make(request.type_name, wanted):
            refused = refusal(f"Error 409: Already Exists: {request.type_name}")
            return pb.ApplyResourceChange.Response(
                new_state=request.prior_state, diagnostics=[refused]
            )
        return pb.ApplyResourceChange.Response(new_state=request.planned_state)

    def ReadResource(self, request, _context):  # noqa: N802
        return pb.ReadResource.Response(new_state=request.current_state)

    def ImportResourceState(self, request, _context):  # noqa: N802
        state = self.world.find(request.type_name, request.id)
        found = pb.ImportResourceState.ImportedResource(
            type_name=request.type_name, state=pb.DynamicValue(msgpack=state)
        )
        return pb.ImportResourceState.Response(imported_resources=[found])


def serve(provider, socket):
    """Answer on a socket of this machine, until the process is stopped."""
    server = grpc.server(ThreadPoolExecutor(max_workers=10))
    rpc.add_ProviderServicer_to_server(provider, server)
    server.add_insecure_port(f"unix://{socket}")
    server.start()
    print("ready", flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    known = json.loads(Path(sys.argv[1]).read_text())
    making = sys.argv[3:] and MakingProvider(known, worlds.World(Path(sys.argv[3])))
    serve(making or Provider(known), sys.argv[2])
