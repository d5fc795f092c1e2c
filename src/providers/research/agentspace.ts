import { z } from 'zod';
import { asFailure, TransientFailure } from '../../domain/errors.ts';
import { hasSurelyDoneNothing } from '../failure-of.ts';
import { type AnswerReader, createAnswerReader } from './agentspace-answer.ts';
import type { AgentspaceCalls, ApiVersion } from './agentspace-calls.ts';
import { createAgentspaceTurns } from './agentspace-turns.ts';
import { type AssistAnswer, sessionNameForm } from './agentspace-wire.ts';
import { type ResearchCall, ResearchPending, type ResearchRequest, type WholeReport } from './contract.ts';
import { lookPatiently } from './look-again.ts';
import type { ResearchService } from './service.ts';

export type AgentspaceOptions = {
  calls: AgentspaceCalls;
  project: string;
  location: string;
  app: string;
  version: ApiVersion;
  now: () => Date;
  /** Wall time of a whole research, its recovery included. */
  limitMs?: number;
  /** Between two looks at a session whose stream was lost. */
  lookAgainMs?: number;
};

/** Runs took 5 to 20 minutes; nothing below half an hour is a limit. Source: contract of Agentspace, A.10 */
const defaultLimitMs = 40 * 60_000;
const defaultLookAgainMs = 30_000;
const mostStarts = 2;
/** What is worth keeping of a report that broke off. */
const shortestPart = 1_500;

const noteSchema = z.object({
  version: z.enum(['v1', 'v1beta', 'v1alpha']),
  session: z.string().regex(sessionNameForm),
  /** `started`: what was paid for may be at work, or done. */
  step: z.enum(['planned', 'started']),
  starts: z.number().int().nonnegative(),
  /** Of the first start. */
  startedAt: z.iso.datetime().nullable(),
});
type Note = z.output<typeof noteSchema>;

/**
 * Deep Research of Agentspace (Gemini Enterprise): a plan in a session of its own, then its approval, whose answer stays
 * open for the whole run. The session is kept before the run is paid for, so that a lost connection or a restart finds
 * the report there instead of starting again.
 *
 * Fails with TransientFailure `agentspace.quota`, `agentspace.failing`, `agentspace.cut_off`, `agentspace.stalled`,
 * `agentspace.timeout`, `agentspace.unreachable`, `agentspace.unavailable`; ConfigurationFailure `agentspace.bad_key`,
 * `agentspace.key_refused`, `agentspace.refused`, `agentspace.forbidden`, `agentspace.not_found`,
 * `agentspace.not_usable`; BusinessFailure `agentspace.no_plan`, `agentspace.no_report`, `agentspace.skipped`;
 * SystemFailure `agentspace.bad_request`, `agentspace.bad_response`.
 * Source: Google Cloud, "Invoke a specific agent with the StreamAssist API"
 */
export function createAgentspace(options: AgentspaceOptions): ResearchService {
  const run = createRun(options);
  return {
    name: 'agentspace',
    isDeep: true,
    canAnswer: ({ kind }: ResearchRequest) => kind !== 'step' && kind !== 'discussion',
    async ask(question, _request, call) {
      const kept = noteSchema.safeParse(call.kept);
      const note = kept.success ? kept.data : await run.plan(question, call);
      const found = note.step === 'planned' ? await run.start(note, call) : await run.recover(note, call);
      return { ...found, prompt: question };
    },
  };
}

type Found = Omit<WholeReport, 'prompt'>;

function createRun(options: AgentspaceOptions) {
  const { calls, project, location, app, now } = options;
  const limitMs = options.limitMs ?? defaultLimitMs;
  const lookAgainMs = options.lookAgainMs ?? defaultLookAgainMs;
  const engine = `projects/${project}/locations/${location}/collections/default_collection/engines/${app}`;
  const turns = createAgentspaceTurns({ calls, engine, version: options.version });

  const plan = async (question: string, call: ResearchCall): Promise<Note> => {
    const planned = await turns.plan(question, call.signal);
    const note: Note = { ...planned, step: 'planned', starts: 0, startedAt: null };
    await call.keep?.(note);
    return note;
  };

  const start = async (planned: Note, call: ResearchCall): Promise<Found> => {
    const startedAt = planned.startedAt ?? now().toISOString();
    const note: Note = { ...planned, step: 'started', starts: planned.starts + 1, startedAt };
    await call.keep?.(note);
    const heard: AnswerReader[] = [];
    try {
      const timeoutMs = Math.max(1_000, leftMs(note));
      const onReader = (reader: AnswerReader) => void heard.push(reader);
      const reader = await turns.approve(note, { timeoutMs, signal: call.signal, onReader });
      const report = reader.report();
      if (reader.state() === 'SUCCEEDED' && report !== null) return foundOf(report);
    } catch (error) {
      call.signal.throwIfAborted();
      const failure = asFailure(error);
      if (failure.kind !== 'transient') throw failure;
      if (hasSurelyDoneNothing(failure)) {
        await call.keep?.(planned);
        throw failure;
      }
    }
    return await recover(note, call, heard);
  };

  /**
   * Looks the run up in its session. Asking costs nothing; only what is surely lost is started once more.
   * @param heard what had come of it before it broke off: the session may know less
   */
  const recover = async (
    note: Note,
    call: ResearchCall,
    heard: readonly AnswerReader[] = [],
  ): Promise<Found> => {
    const hasTime = leftMs(note) > 0;
    const { signal } = call;
    const look = () => calls.session(note.version, note.session, signal);
    const session = await lookPatiently(look, { hasTime, lookAgainMs, signal });
    const answers = (session?.turns ?? []).map(({ detailedAssistAnswer }) => readerOf(detailedAssistAnswer));
    const done = answers.find(
      (reader) => reader.state() === 'SUCCEEDED' && reader.report()?.isWhole === true,
    );
    const report = done?.report() ?? null;
    if (report !== null) return foundOf(report);
    if (hasTime && answers.some((reader) => reader.state() === 'IN_PROGRESS')) {
      throw new ResearchPending(lookAgainMs, 'Agentspace is still at its research');
    }
    if (hasTime && answers.length > 0 && note.starts < mostStarts) return await start(note, call);
    const parts = [...answers, ...heard].flatMap((reader) => reader.report() ?? []);
    const [part] = parts.toSorted((a, b) => b.text.length - a.text.length);
    if (part !== undefined && part.text.length >= shortestPart) return { ...foundOf(part), isPartial: true };
    throw new TransientFailure('The research of Agentspace broke off and left no report.', {
      code: 'agentspace.cut_off',
    });
  };

  const leftMs = ({ startedAt }: Note): number =>
    limitMs - (startedAt === null ? 0 : now().getTime() - Date.parse(startedAt));

  return { plan, start, recover };
}

function readerOf(answer: AssistAnswer | null | undefined): AnswerReader {
  const reader = createAnswerReader();
  reader.add({ answer });
  return reader;
}

function foundOf(report: { text: string; citations: Found['citations']; isWhole: boolean }): Found {
  return { text: report.text, citations: report.citations, isPartial: !report.isWhole };
}
