import type { IncomingMessage } from 'node:http';
import { requireScope } from './access.ts';
import { SlackApiError } from './api-error.ts';
import { type ReadArguments, readArguments } from './body.ts';
import type { SlackContext } from './context.ts';
import type { Answer, Arguments, Method } from './method.ts';
import { allMethods } from './methods/all.ts';

export type ApiCall = {
  method: string;
  at: Date;
  args: Readonly<Record<string, unknown>>;
  error: string | null;
};

export type ApiReply = { status: number; headers: Record<string, string>; body: Answer } | 'drop';

/** A long run must not fill the memory with its calls. */
const maxCalls = 20_000;

export type WebApi = {
  call(name: string, request: IncomingMessage, url: URL, body: Buffer): Promise<ApiReply>;
  calls(): readonly ApiCall[];
};

/** The Web API: faults on purpose, then token, rate, scope and arguments, as Slack looks at them. */
export function createWebApi(ctx: SlackContext): WebApi {
  const calls: ApiCall[] = [];

  const log = (method: string, args: Arguments, error: string | null): void => {
    const { token: _token, ...others } = args;
    calls.push({ method, at: ctx.now(), args: others, error });
    if (calls.length > maxCalls) calls.splice(0, maxCalls / 10);
  };

  return {
    calls: () => [...calls],
    async call(name, request, url, body) {
      let read: ReadArguments = { args: {}, warnings: [], isJson: false };
      const fault = ctx.faults.next(name);
      try {
        read = await readArguments(request, url, body);
        if (fault?.kind === 'rate_limit') throw limited(fault.retryAfterSeconds);
        if (fault?.kind === 'refusal') throw new SlackApiError(fault.error);
        if (fault?.kind === 'status') {
          log(name, read.args, `http_${fault.status}`);
          return { status: fault.status, headers: {}, body: { ok: false, error: 'internal_error' } };
        }
        const answer = await run(ctx, name, request, read);
        log(name, read.args, null);
        if (fault?.kind === 'drop_after') return 'drop';
        return {
          status: 200,
          headers: scopeHeaders(ctx),
          body: withWarnings({ ok: true, ...answer }, read.warnings),
        };
      } catch (error) {
        if (!(error instanceof SlackApiError)) throw error;
        log(name, read.args, error.error);
        return refusal(ctx, error, read.warnings);
      }
    },
  };
}

async function run(
  ctx: SlackContext,
  name: string,
  request: IncomingMessage,
  read: ReadArguments,
): Promise<Answer> {
  const method = Object.hasOwn(allMethods, name) ? allMethods[name] : undefined;
  if (method === undefined) throw new SlackApiError('unknown_method', { req_method: name });
  authorize(ctx, method, tokenOf(request, read));
  const waitSeconds = ctx.limits.take(name, method.tier);
  if (waitSeconds !== null) throw limited(waitSeconds);
  if (method.token === 'bot') requireScope(ctx, ...method.scopes);
  return method.call(ctx, read.args);
}

/** A token in a JSON body is not seen; it must be in the header. */
function tokenOf(request: IncomingMessage, { args, isJson }: ReadArguments): string | null {
  const bearer = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return bearer;
  return !isJson && typeof args.token === 'string' ? args.token : null;
}

/** @throws SlackApiError `not_authed`, `invalid_auth`, `token_revoked`, `not_allowed_token_type` */
function authorize(ctx: SlackContext, method: Method, token: string | null): void {
  const { botToken, appToken } = ctx.identity;
  if (token === null || token === '') throw new SlackApiError('not_authed');
  const kind = token === botToken ? 'bot' : token === appToken ? 'app' : null;
  if (kind === null) throw new SlackApiError('invalid_auth');
  if (ctx.faults.areTokensRevoked()) throw new SlackApiError('token_revoked');
  if (method.token !== 'either' && method.token !== kind) throw new SlackApiError('not_allowed_token_type');
}

function limited(retryAfterSeconds: number): SlackApiError {
  return new SlackApiError('ratelimited', { retryAfterSeconds });
}

function refusal(ctx: SlackContext, error: SlackApiError, warnings: readonly string[]): ApiReply {
  const { retryAfterSeconds, ...fields } = error.fields;
  const body = withWarnings({ ok: false, error: error.error, ...fields }, warnings);
  if (error.error !== 'ratelimited') return { status: 200, headers: scopeHeaders(ctx), body };
  return { status: 429, headers: { 'retry-after': String(retryAfterSeconds) }, body };
}

function scopeHeaders(ctx: SlackContext): Record<string, string> {
  return { 'x-oauth-scopes': [...ctx.scopes].join(',') };
}

function withWarnings(body: Answer, warnings: readonly string[]): Answer {
  if (warnings.length === 0) return body;
  const before = typeof body.response_metadata === 'object' ? body.response_metadata : {};
  return { ...body, warning: warnings.join(','), response_metadata: { ...before, warnings } };
}
