import type { IncomingMessage } from 'node:http';
import { SlackApiError } from './api-error.ts';
import { parseJson } from './blocks/check.ts';
import { isRecord } from './blocks/walk.ts';
import type { Arguments } from './method.ts';

/** @throws SlackApiError `request_too_large` */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    sizeBytes += bytes.length;
    if (sizeBytes > maxBytes) throw new SlackApiError('request_too_large');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

export type ReadArguments = { args: Arguments; warnings: readonly string[]; isJson: boolean };

const charsets = ['utf-8', 'utf8', 'iso-8859-1'];

/**
 * Arguments of a call: a form, JSON, or the query of the address.
 * @throws SlackApiError `missing_post_type`, `invalid_post_type`, `invalid_charset`, `invalid_json`, `json_not_object`
 */
export async function readArguments(
  request: IncomingMessage,
  url: URL,
  body: Buffer,
): Promise<ReadArguments> {
  const query = Object.fromEntries(url.searchParams);
  const header = request.headers['content-type'];
  if (body.length === 0) return { args: query, warnings: [], isJson: false };
  if (header === undefined) throw new SlackApiError('missing_post_type');
  const charset = /charset=("?)([^";]+)\1/i.exec(header)?.[2]?.toLowerCase();
  if (charset !== undefined && !charsets.includes(charset)) throw new SlackApiError('invalid_charset');
  const type = header.split(';')[0]?.trim().toLowerCase();
  switch (type) {
    case 'application/json':
      return {
        args: readJsonObject(body),
        warnings: charset === undefined ? ['missing_charset'] : [],
        isJson: true,
      };
    case 'application/x-www-form-urlencoded': {
      const form = Object.fromEntries(new URLSearchParams(body.toString('utf8')));
      return { args: { ...query, ...form }, warnings: [], isJson: false };
    }
    case 'multipart/form-data':
      return { args: { ...query, ...(await readFormFields(header, body)) }, warnings: [], isJson: false };
    default:
      throw new SlackApiError('invalid_post_type');
  }
}

function readJsonObject(body: Buffer): Arguments {
  const value = parseJson(body.toString('utf8'));
  if (value === undefined) throw new SlackApiError('invalid_json');
  if (!isRecord(value)) throw new SlackApiError('json_not_object');
  // A field of null is one that is not there.
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null));
}

async function readFormFields(contentType: string, body: Buffer): Promise<Arguments> {
  const form = await readForm(contentType, body);
  return Object.fromEntries([...form].filter(([, value]) => typeof value === 'string'));
}

async function readForm(contentType: string, body: Buffer): Promise<FormData> {
  try {
    const bytes = new Uint8Array(body);
    return await new Response(bytes, { headers: { 'content-type': contentType } }).formData();
  } catch (cause) {
    throw Object.assign(new SlackApiError('invalid_form_data'), { cause });
  }
}

/** The bytes of an upload: the first file of a multipart form, or the body itself. */
export async function readUpload(request: IncomingMessage, body: Buffer): Promise<Buffer> {
  const header = request.headers['content-type'] ?? '';
  if (!header.startsWith('multipart/form-data')) return body;
  for (const [, value] of await readForm(header, body)) {
    if (typeof value !== 'string') return Buffer.from(await value.arrayBuffer());
  }
  return Buffer.alloc(0);
}
