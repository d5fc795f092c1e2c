import type { z } from 'zod';
import { type Fetch, parseAnswer, readCapped, readRefusal, send } from '../http.ts';
import type { Policy } from '../policy.ts';
import { hideSignatures, withoutEscapes } from './hide-links.ts';
import { isHtml, saladcloudFailure, troubleFailure } from './saladcloud-failure.ts';
import { createPace } from './saladcloud-pace.ts';
import {
  type Availability,
  availabilitySchema,
  eventsSchema,
  type GpuClass,
  type Group,
  type GroupEvent,
  type GroupInstance,
  gpuClassesSchema,
  groupSchema,
  groupsSchema,
  instancesSchema,
  type Quotas,
  quotasSchema,
} from './saladcloud-schemas.ts';

const vendor = 'saladcloud';
const maxAnswerBytes = 10_000_000;
/** The vendor allows 240; others may use the same key. Source: docs.salad.com, API usage. */
const callsPerMinute = 180;

export type SaladcloudOptions = {
  /** `https://api.salad.com/api/public`, without a slash at its end. */
  baseUrl: string;
  /** Names of the portal: no call lists them. */
  organization: string;
  project: string;
  apiKey: { reveal(): string };
  fetch: Fetch;
  policy: Policy;
  userAgent: string;
  now: () => Date;
  /** Of our own making; a lower one than the vendor's 240. */
  callsPerMinute?: number;
};

export type SaladcloudCalls = ReturnType<typeof createSaladcloudCalls>;

/** What is sent to create a group, as far as it matters here. */
type GroupOrder = {
  name: string;
  container: { environment_variables: Readonly<Record<string, string>> };
};

type Call = {
  name: string;
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  json?: unknown;
  idempotent?: boolean;
  /** 404 is an answer, not a failure. */
  mayBeMissing?: boolean;
  /** What no error may quote, beside the key and whatever is signed. */
  secrets?: readonly string[];
};

/** The public API as far as it is used. Bodies are parsed by content: media types of answers vary. */
export function createSaladcloudCalls(options: SaladcloudOptions) {
  const organization = `/organizations/${encodeURIComponent(options.organization)}`;
  const groups = `${organization}/projects/${encodeURIComponent(options.project)}/containers`;
  const groupAt = (name: string) => `${groups}/${encodeURIComponent(name)}`;
  const call = createCall(options);

  const read = async <T>(request: Call, schema: z.ZodType<T>, signal: AbortSignal): Promise<T> =>
    parseAnswer(vendor, (await call(request, signal)) ?? '', schema);
  const readOrNull = async <T>(request: Call, schema: z.ZodType<T>, signal: AbortSignal) => {
    const text = await call({ ...request, mayBeMissing: true }, signal);
    return text === null ? null : parseAnswer(vendor, text, schema);
  };

  return {
    async gpuClasses(signal: AbortSignal): Promise<GpuClass[]> {
      const request: Call = { name: 'gpu_classes', method: 'GET', path: `${organization}/gpu-classes` };
      return (await read(request, gpuClassesSchema, signal)).items;
    },

    /** Machines of one class that are free, by priority. */
    async availability(
      wanted: {
        classId: string;
        cpu: number;
        memoryMb: number;
        storageBytes: number;
        countries: readonly string[];
      },
      signal: AbortSignal,
    ): Promise<Availability> {
      const { classId, cpu, memoryMb, storageBytes, countries } = wanted;
      const where = countries.length === 0 ? {} : { country_codes: countries };
      const json = { gpu_classes: [classId], cpu, memory: memoryMb, storage_amount: storageBytes, ...where };
      const path = `${organization}/availability/sce-gpu-availability`;
      return await read({ name: 'availability', method: 'POST', path, json }, availabilitySchema, signal);
    },

    async quotas(signal: AbortSignal): Promise<Quotas> {
      const request: Call = { name: 'quotas', method: 'GET', path: `${organization}/quotas` };
      return (await read(request, quotasSchema, signal)).container_groups_quotas;
    },

    async groups(signal: AbortSignal): Promise<Group[]> {
      return (await read({ name: 'groups', method: 'GET', path: groups }, groupsSchema, signal)).items;
    },

    async group(name: string, signal: AbortSignal): Promise<Group | null> {
      return await readOrNull({ name: 'group', method: 'GET', path: groupAt(name) }, groupSchema, signal);
    },

    /** Not repeated by itself. The answer's body is left unread: the group is known by its name. */
    async create(body: GroupOrder, signal: AbortSignal): Promise<void> {
      // The parts into which a long link is cut look like no link.
      const secrets = Object.values(body.container.environment_variables);
      const request = { name: 'create', method: 'POST', path: groups, json: body, secrets } as const;
      await call({ ...request, idempotent: false }, signal);
    },

    /** The order to remove it; the group is gone some time after. Null: there is none. */
    async remove(name: string, signal: AbortSignal): Promise<string | null> {
      return await call(
        { name: 'delete', method: 'DELETE', path: groupAt(name), mayBeMissing: true },
        signal,
      );
    },

    /** Null: there is no such group. */
    async instances(name: string, signal: AbortSignal): Promise<GroupInstance[] | null> {
      const request: Call = { name: 'instances', method: 'GET', path: `${groupAt(name)}/instances` };
      return (await readOrNull(request, instancesSchema, signal))?.instances ?? null;
    },

    async events(name: string, signal: AbortSignal): Promise<GroupEvent[]> {
      const request: Call = { name: 'events', method: 'GET', path: `${groupAt(name)}/system-logs` };
      return (await readOrNull(request, eventsSchema, signal))?.items ?? [];
    },
  };
}

function createCall(options: SaladcloudOptions) {
  const pace = createPace(options.callsPerMinute ?? callsPerMinute);

  /** @returns the body; null for what is missing and may be */
  return async ({ name, idempotent = true, ...request }: Call, signal: AbortSignal): Promise<string | null> =>
    await options.policy.run({ name, idempotent, signal }, async (attemptSignal) => {
      await pace(attemptSignal);
      const key = options.apiKey.reveal();
      const response = await send({
        vendor,
        fetch: options.fetch,
        url: new URL(`${options.baseUrl}${request.path}`),
        method: request.method,
        userAgent: options.userAgent,
        signal: attemptSignal,
        headers: {
          accept: 'application/json',
          'salad-api-key': key,
          ...(request.json === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(request.json === undefined ? {} : { body: JSON.stringify(request.json) }),
      });
      if (!response.ok) {
        const redact = (text: string) => hideAll(text, [key, ...(request.secrets ?? [])]);
        const answer = await readRefusal(response, vendor, attemptSignal, redact);
        // A page of the proxy says nothing about the group.
        if (request.mayBeMissing === true && answer.status === 404 && !isHtml(answer)) return null;
        throw saladcloudFailure(answer, options.now);
      }
      const limits = { vendor, signal: attemptSignal, maxBytes: maxAnswerBytes };
      const text = (await readCapped(response, limits)).toString('utf8');
      if (isHtml({ headers: response.headers, text })) throw troubleFailure({ status: response.status });
      return text;
    });
}

/** Words this short hide nothing, and stand everywhere. */
const leastSecretCharacters = 16;

function hideAll(text: string, secrets: readonly string[]): string {
  const hidden = secrets
    .filter((secret, index) => index === 0 || secret.length >= leastSecretCharacters)
    .reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), withoutEscapes(text));
  return hideSignatures(hidden);
}
