import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { asFailure } from '../../domain/errors.ts';
import type { Log } from '../../domain/log.ts';
import type { Acknowledged, SlackWorkspace } from '../slack/contract.ts';
import { messagesOf } from './read-workspace.ts';
import { type CallAnswer, type CallName, callSchemas } from './wire.ts';

export type CallOptions = { workspace: SlackWorkspace; log: Log };

/** A call that could be read: in whose name it is, and what it does. */
type Call = { user: string; run: () => Promise<CallAnswer> };
/** Null for what no page of ours sends. */
type ReadCall = (body: unknown) => Call | null;

function reader<Input extends { user: string }>(
  schema: z.ZodType<Input>,
  run: (input: Input) => Promise<CallAnswer>,
): ReadCall {
  return (body) => {
    const { data } = schema.safeParse(body);
    return data === undefined ? null : { user: data.user, run: () => run(data) };
  };
}

/** What a person does on the page, done in the workspace. */
function callsOf({ workspace: { actions } }: CallOptions): Record<CallName, ReadCall> {
  const { say, slash, press, suggest, submit } = callSchemas;
  const done: CallAnswer = { isAcknowledged: true };
  const answer = ({ isAcknowledged }: Acknowledged): CallAnswer => ({ isAcknowledged });
  return {
    say: reader(say, async ({ user, channel, text, threadTs }) => {
      await actions.say(user, channel, text, threadTs);
      return done;
    }),
    slash: reader(slash, async ({ user, channel, command, text }) =>
      answer(await actions.slash(user, channel, command, text)),
    ),
    press: reader(press, async ({ user, target, actionId, chosen }) =>
      answer(await actions.press(user, target, actionId, chosen)),
    ),
    suggest: reader(suggest, async ({ user, viewId, actionId, typed }) => ({
      isAcknowledged: true,
      options: [...(await actions.suggest(user, viewId, actionId, typed))],
    })),
    submit: reader(submit, async ({ user, viewId, values }) =>
      answer(await actions.submit(user, viewId, values)),
    ),
    'close-view': reader(callSchemas['close-view'], async ({ user, viewId }) => {
      await actions.closeView(user, viewId);
      return done;
    }),
    'open-home': reader(callSchemas['open-home'], async ({ user }) => {
      await actions.openHome(user);
      return done;
    }),
  };
}

const messagesQuery = z.strictObject({
  user: z.string(),
  channel: z.string(),
  thread: z.string().optional(),
  before: z.string().optional(),
});

/** The page's calls: `POST /api/<name>`, and `GET /api/messages` for a thread or what is older. */
export function registerCalls(app: FastifyInstance, options: CallOptions): void {
  const { workspace } = options;
  const isHere = (user: string): boolean => workspace.users().some(({ id }) => id === user);
  for (const [name, read] of Object.entries(callsOf(options))) {
    app.post(`/api/${name}`, async (request, reply) => {
      const call = read(request.body);
      if (call === null) return await refuse(reply, 'page.bad_call', 'The page sent something unreadable.');
      if (!isHere(call.user)) return await refuse(reply, 'page.no_person', 'That person is not here.');
      return await call.run();
    });
  }
  app.get('/api/messages', async (request, reply) => {
    const parsed = messagesQuery.safeParse(request.query);
    if (!parsed.success || !isHere(parsed.data.user)) {
      return await refuse(reply, 'page.bad_call', 'The page asked for something unreadable.');
    }
    return messagesOf({ workspace, ...parsed.data });
  });
  app.setErrorHandler((error, _request, reply) => answerFailure(options, error, reply));
}

/** What the workspace refuses (a plain Error) is said; what broke is logged, and said without its insides. */
async function answerFailure({ log }: CallOptions, error: unknown, reply: FastifyReply): Promise<void> {
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status >= 400 && status < 500)
    return await refuse(reply, 'page.bad_call', 'That cannot be read.', status);
  if (error instanceof Error && error.constructor === Error) {
    return await refuse(reply, 'page.refused', error.message, 409);
  }
  const failure = asFailure(error);
  if (failure.kind === 'business') return await refuse(reply, failure.code, failure.message, 409);
  log.error({ err: failure }, 'a call of the chat page failed');
  await refuse(reply, failure.code, 'That failed on our side; the log of the agent says why.', 500);
}

async function refuse(reply: FastifyReply, code: string, message: string, status = 400): Promise<void> {
  await reply.code(status).send({ error: { code, message } });
}
