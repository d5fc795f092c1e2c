import {
  type CallAnswer,
  type CallInput,
  type CallName,
  callAnswerSchema,
  callErrorSchema,
  messagesAnswerSchema,
} from '../../../src/embedded/page/wire.ts';

/** The app has three seconds to answer; the rest is for a slow machine. */
const callTimeoutMs = 15_000;

/** A call was not taken; the message is for the person. */
export class CallRefused extends Error {}

const lost = 'Kaggle Agent does not answer. Is it still running?';

/** @throws CallRefused with a sentence for the person */
export async function call<N extends CallName>(name: N, input: CallInput<N>): Promise<CallAnswer> {
  const answer = await ask(`/api/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(input),
  });
  return callAnswerSchema.parse(answer);
}

/** Replies of a thread, or what is older than `before`. @throws CallRefused */
export async function fetchMessages(query: {
  user: string;
  channel: string;
  thread?: string;
  before?: string;
}) {
  const search = new URLSearchParams(query);
  return messagesAnswerSchema.parse(await ask(`/api/messages?${search}`, {}));
}

async function ask(path: string, init: RequestInit): Promise<unknown> {
  const response = await fetch(path, { ...init, signal: AbortSignal.timeout(callTimeoutMs) }).catch(
    (cause: unknown) => {
      throw new CallRefused(lost, { cause });
    },
  );
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return body;
  const refusal = callErrorSchema.safeParse(body);
  throw new CallRefused(refusal.success ? refusal.data.error.message : lost);
}
