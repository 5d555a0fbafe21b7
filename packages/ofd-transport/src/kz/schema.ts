import { createFileRegistry, type DescField, type DescMessage, fromBinary } from '@bufbuild/protobuf';
import { base64Decode } from '@bufbuild/protobuf/wire';
import {
  type DescriptorProto,
  FieldDescriptorProto_Label,
  FileDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt';
import { descriptors } from './descriptors.js';
import type { KzVersion } from './header.js';

/** Which way a message goes. */
export type KzKind = 'request' | 'response';

/** The two messages of a version. */
export interface KzSchemas extends Readonly<Record<KzKind, DescMessage>> {
  /** Whether the protocol requires the field. */
  isRequired(field: DescField): boolean;
}

const built = new Map<KzVersion, KzSchemas>();

/** The schemas of a version. Built when first asked for: a register speaks one version, seldom two. */
export function kzSchemas(version: KzVersion): KzSchemas {
  const known = built.get(version);
  if (known !== undefined) return known;
  const file = fromBinary(FileDescriptorProtoSchema, base64Decode(descriptors[version]));
  // The library neither writes nor shows a message that lacks a required field. What others send must be shown, so that the
  // labels are taken out and asked when we write.
  const required = new Set<string>();
  const loosen = (type: DescriptorProto, typeName: string) => {
    for (const field of type.field) {
      if (field.label !== FieldDescriptorProto_Label.REQUIRED) continue;
      field.label = FieldDescriptorProto_Label.OPTIONAL;
      required.add(`${typeName}.${field.name}`);
    }
    for (const nested of type.nestedType) loosen(nested, `${typeName}.${nested.name}`);
  };
  for (const type of file.messageType) loosen(type, `${file.package}.${type.name}`);
  const registry = createFileRegistry(file, () => undefined);
  const message = (name: string) => registry.getMessage(`elcert.kz.v${version}.${name}`) as DescMessage;
  const schemas = {
    request: message('Request'),
    response: message('Response'),
    isRequired: (field: DescField) => required.has(`${field.parent.typeName}.${field.name}`),
  };
  built.set(version, schemas);
  return schemas;
}
