import { create, createFileRegistry, type DescMessage, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  type DescriptorProto,
  DescriptorProtoSchema,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FieldDescriptorProtoSchema,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';
import { type FfdVersion, type TagDefinition, type TagList, tagDefinition } from '@elcert/fiscal-doc';

// A message of protobuf-es with the shape of a document: a field for each requisite that occurs, numbered and typed after it, a message
// for each requisite that holds others. Texts are UTF-8, numbers unsigned varints, times the seconds that stand on the wire.

type Value = string | number | bigint | boolean | Uint8Array | object;

const types: Readonly<Record<TagDefinition['kind'], FieldDescriptorProto_Type>> = {
  string: FieldDescriptorProto_Type.STRING,
  fvln: FieldDescriptorProto_Type.STRING,
  uint: FieldDescriptorProto_Type.UINT32,
  mask: FieldDescriptorProto_Type.UINT32,
  unixtime: FieldDescriptorProto_Type.UINT32,
  date: FieldDescriptorProto_Type.UINT32,
  vln: FieldDescriptorProto_Type.UINT64,
  bool: FieldDescriptorProto_Type.BOOL,
  bytes: FieldDescriptorProto_Type.BYTES,
  stlv: FieldDescriptorProto_Type.MESSAGE,
};

function known(tag: number, version: FfdVersion | undefined): TagDefinition {
  const definition = tagDefinition(tag, version);
  if (definition === undefined) throw new Error(`tag ${tag} is in no dictionary`);
  return definition;
}

/** The messages of a list and of the lists inside it; a requisite has one shape wherever it stands. */
function describeList(
  name: string,
  lists: readonly TagList[],
  version: FfdVersion | undefined,
  into: Map<string, DescriptorProto>,
): void {
  const tags = [...new Set(lists.flatMap((list) => list.map((entry) => entry.tag)))];
  const field = tags.map((tag) => {
    const { kind, repeated } = known(tag, version);
    const inner = lists.flatMap((list) =>
      list.flatMap((entry) =>
        entry.tag === tag && Array.isArray(entry.value) ? [entry.value as TagList] : [],
      ),
    );
    if (kind === 'stlv') describeList(`T${tag}`, inner, version, into);
    return create(FieldDescriptorProtoSchema, {
      name: `t${tag}`,
      number: tag,
      type: types[kind],
      label: repeated ? FieldDescriptorProto_Label.REPEATED : FieldDescriptorProto_Label.OPTIONAL,
      ...(kind === 'stlv' ? { typeName: `.peer.T${tag}` } : {}),
    });
  });
  into.set(name, create(DescriptorProtoSchema, { name, field }));
}

function fieldValue(kind: TagDefinition['kind'], value: unknown, version: FfdVersion | undefined): Value {
  if (kind === 'stlv') return messageOf(value as TagList, version);
  if (kind === 'vln') return BigInt(value as number);
  if (kind === 'unixtime' || kind === 'date') return Date.parse(`${String(value)}Z`) / 1000;
  return value as Value;
}

function messageOf(list: TagList, version: FfdVersion | undefined): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const { tag, value } of list) {
    const { kind, repeated } = known(tag, version);
    const one = fieldValue(kind, value, version);
    if (repeated) fields[`t${tag}`] = [...((fields[`t${tag}`] as Value[] | undefined) ?? []), one];
    else fields[`t${tag}`] = one;
  }
  return fields;
}

/** Encodes and decodes the content of a document the way protobuf-es does it. */
export interface ProtobufPeer {
  readonly bytes: Uint8Array;
  readonly encode: () => Uint8Array;
  readonly decode: () => unknown;
}

/** Makes the message type for a document, and the message once; only the codec is left to measure. */
export function protobufPeer(tags: TagList, version: FfdVersion | undefined): ProtobufPeer {
  const messages = new Map<string, DescriptorProto>();
  describeList('Document', [tags], version, messages);
  const file = create(FileDescriptorProtoSchema, {
    name: 'peer.proto',
    package: 'peer',
    syntax: 'proto3',
    messageType: [...messages.values()],
  });
  const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: [file] }));
  const schema: DescMessage | undefined = registry.getMessage('peer.Document');
  if (schema === undefined) throw new Error('protobuf-es made no message');
  const message = create(schema, messageOf(tags, version) as never);
  const bytes = toBinary(schema, message);
  return { bytes, encode: () => toBinary(schema, message), decode: () => fromBinary(schema, bytes) };
}
