"""Writes the part of Temporal's API that this worker uses as one .proto file, in a descriptor set for protoc-c.

The source is the Python package `temporalio`, which contains the compiled API. The output is the same on the wire and
easier to use from C:

- only the messages that the calls of METHODS reach, and those of CARRIED, are kept, flat, in one file and one package;
- every string is `bytes`: the wire format is the same, and in C the field has a length, as `struct text` has;
- every enum field is `int32`, and its constants go to a separate header: protobuf-c would double their names
  (EVENT_TYPE__EVENT_TYPE_...), and a number that this version of the API does not know is kept;
- no field has the name of a macro of the C compiler.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet
from temporalio.api.operatorservice.v1 import request_response_pb2 as operator_pb2
from temporalio.api.update.v1 import message_pb2 as update_pb2
from temporalio.api.workflowservice.v1 import request_response_pb2

PACKAGE = "api"
METHODS = (
    "GetSystemInfo",
    "DescribeNamespace",
    "PollWorkflowTaskQueue",
    "RespondWorkflowTaskCompleted",
    "RespondWorkflowTaskFailed",
    "RespondQueryTaskCompleted",
    "GetWorkflowExecutionHistory",
    "PollActivityTaskQueue",
    "RespondActivityTaskCompleted",
    "RespondActivityTaskCompletedById",
    "RespondActivityTaskFailed",
    "RespondActivityTaskCanceled",
    "RecordActivityTaskHeartbeat",
    "UpdateActivityOptions",
    "ShutdownWorker",
    "RecordWorkerHeartbeat",
    "StartWorkflowExecution",
    "UpdateWorkflowExecution",
    "ListWorkflowExecutions",
    "DescribeWorkflowExecution",
    "RequestCancelWorkflowExecution",
)
OPERATOR_METHODS = ("AddSearchAttributes", "ListSearchAttributes")
# Messages that are the type of no field: a workflow task carries them as bytes.
CARRIED = (update_pb2.Request, update_pb2.Acceptance, update_pb2.Rejection, update_pb2.Response)
COMPILER_MACROS = {"linux", "unix"}

# FileOptions: optimize_for (9) CODE_SIZE, which omits the names from the descriptors; and protobuf-c's own
# (extension 1019): gen_pack_helpers (2) and gen_init_helpers (3) off.
FILE_OPTIONS = b"\x48\x02" + b"\xda\x3f\x04\x10\x00\x18\x00"


class ProtosError(Exception):
    """The API differs from what this program expects."""


def flat_name(descriptor: Descriptor | EnumDescriptor) -> str:
    """The name prefixed with those of the enclosing messages: Payload.MetadataEntry becomes PayloadMetadataEntry."""
    outer = descriptor.containing_type
    return descriptor.name if outer is None else flat_name(outer) + descriptor.name


class Reached:
    """The messages and enums that the calls reach, by flat name, in the order found."""

    def __init__(self) -> None:
        self.messages: dict[str, Descriptor] = {}
        self.enums: dict[str, EnumDescriptor] = {}
        for service, methods in ((request_response_pb2, METHODS), (operator_pb2, OPERATOR_METHODS)):
            for method in methods:
                for suffix in ("Request", "Response"):
                    self._add(getattr(service, method + suffix).DESCRIPTOR)
        for message in CARRIED:
            self._add(message.DESCRIPTOR)

    def _add(self, message: Descriptor) -> None:
        name = flat_name(message)
        if name in self.messages:
            if self.messages[name].full_name != message.full_name:
                raise ProtosError(f"{self.messages[name].full_name} and {message.full_name} are both named {name}")
            return
        self.messages[name] = message
        for field in message.fields:
            if field.message_type is not None:
                self._add(field.message_type)
            if field.enum_type is not None:
                self.enums[flat_name(field.enum_type)] = field.enum_type


def plain_field(descriptor: FieldDescriptor, field: FieldDescriptorProto) -> None:
    """Changes `field`, a copy of a field, as the docstring of this module says."""
    field.ClearField("options")
    field.ClearField("json_name")
    field.ClearField("type_name")
    if descriptor.message_type is not None:
        field.type_name = f".{PACKAGE}.{flat_name(descriptor.message_type)}"
    elif descriptor.enum_type is not None:
        field.type = FieldDescriptorProto.TYPE_INT32
    elif descriptor.type == FieldDescriptor.TYPE_STRING:
        field.type = FieldDescriptorProto.TYPE_BYTES
    if field.name in COMPILER_MACROS:
        field.name += "_"


def plain_message(name: str, descriptor: Descriptor) -> DescriptorProto:
    message = DescriptorProto()
    descriptor.CopyToProto(message)
    message.name = name
    for unused in ("nested_type", "enum_type", "options", "reserved_range", "reserved_name"):
        message.ClearField(unused)
    for field in message.field:
        plain_field(descriptor.fields_by_name[field.name], field)
    return message


def descriptor_set(reached: Reached, file_name: str) -> FileDescriptorSet:
    file = FileDescriptorProto(name=file_name, package=PACKAGE, syntax="proto3")
    file.message_type.extend(plain_message(name, message) for name, message in sorted(reached.messages.items()))
    file.options.MergeFromString(FILE_OPTIONS)
    return FileDescriptorSet(file=[file])


def enum_lines(reached: Reached) -> Iterator[str]:
    yield "/* Generated by codegen/protos.py from Temporal's API: the constants of its enums. */"
    yield "#ifndef TEMPORAL_API_ENUMS_H"
    yield "#define TEMPORAL_API_ENUMS_H"
    for name, enum in sorted(reached.enums.items()):
        yield ""
        yield f"/* {name} */"
        yield "enum {"
        yield from (f"    {PACKAGE.upper()}_{value.name} = {value.number}," for value in enum.values)
        yield "};"
    yield ""
    yield "#endif"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("descriptors", type=Path, help="descriptor set to write; its stem names the .proto in it")
    parser.add_argument("enums", type=Path, help="C header with the enums' constants to write")
    arguments = parser.parse_args()
    reached = Reached()
    descriptors = descriptor_set(reached, arguments.descriptors.stem + ".proto")
    arguments.descriptors.write_bytes(descriptors.SerializeToString(deterministic=True))
    arguments.enums.write_text("\n".join(enum_lines(reached)) + "\n")


if __name__ == "__main__":
    main()
