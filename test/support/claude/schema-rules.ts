import { z } from 'zod';
import { invalid } from './refusal.ts';

const formats = new Set([
  'date-time',
  'time',
  'date',
  'duration',
  'email',
  'hostname',
  'uri',
  'ipv4',
  'ipv6',
  'uuid',
]);
const keywords = new Set([
  '$defs',
  '$ref',
  'additionalProperties',
  'anyOf',
  'const',
  'description',
  'enum',
  'format',
  'items',
  'minItems',
  'properties',
  'required',
  'title',
  'type',
]);
const node = z.looseObject({
  type: z.unknown().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  $defs: z.record(z.string(), z.unknown()).optional(),
  anyOf: z.array(z.unknown()).optional(),
  required: z.array(z.string()).optional(),
});

/** Refuses what the vendor does not take in a wanted form. Source: contract of Claude, section 3.2 */
export function checkSchema(schema: unknown, path = 'schema'): void {
  const parsed = node.safeParse(schema);
  if (!parsed.success) throw invalid(`output_config.format.${path}: must be an object`);
  const { data } = parsed;
  for (const key of Object.keys(data)) {
    if (data[key] !== undefined && !keywords.has(key))
      throw invalid(`output_config.format.${path}: '${key}' is not supported`);
  }
  checkObject(data, path);
  if (data.format !== undefined && !formats.has(String(data.format))) {
    throw invalid(`output_config.format.${path}.format: '${String(data.format)}' is not supported`);
  }
  if (data.minItems !== undefined && data.minItems !== 0 && data.minItems !== 1) {
    throw invalid(`output_config.format.${path}.minItems: only 0 and 1 are supported`);
  }
  for (const [key, value] of Object.entries(data.properties ?? {}))
    checkSchema(value, `${path}.properties.${key}`);
  for (const [key, value] of Object.entries(data.$defs ?? {})) checkSchema(value, `${path}.$defs.${key}`);
  for (const [index, value] of (data.anyOf ?? []).entries()) checkSchema(value, `${path}.anyOf.${index}`);
  if (data.items !== undefined) checkSchema(data.items, `${path}.items`);
}

function checkObject(data: z.output<typeof node>, path: string): void {
  const { type, properties, required, additionalProperties, anyOf, $ref } = data;
  const isSaid =
    type !== undefined || anyOf !== undefined || $ref !== undefined || 'enum' in data || 'const' in data;
  if (!isSaid) throw invalid(`output_config.format.${path}: a type is required`);
  if (type !== 'object') return;
  if (additionalProperties !== false) {
    throw invalid(`output_config.format.${path}: additionalProperties must be false`);
  }
  const unknown = (required ?? []).find((key) => !(key in (properties ?? {})));
  if (unknown !== undefined)
    throw invalid(`output_config.format.${path}.required: '${unknown}' is no property`);
}
