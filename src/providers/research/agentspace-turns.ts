import { SystemFailure } from '../../domain/errors.ts';
import { type AnswerReader, createAnswerReader } from './agentspace-answer.ts';
import type { AgentspaceCalls, ApiVersion } from './agentspace-calls.ts';
import { failureOfStatus, noResearch } from './agentspace-failure.ts';
import { sessionNameForm } from './agentspace-wire.ts';

const planTimeoutMs = 5 * 60_000;
/** The id of Google's own agent, and the words that approve its plan. Source: Google Cloud, "Get reports with Deep Research" */
const agentId = 'deep_research';
const approval = 'Start Research';

/** A session in which a plan waits for its approval. */
export type Planned = { version: ApiVersion; session: string };

/** The two turns of a research: the question, which is answered by a plan, and the approval of that. */
export function createAgentspaceTurns(options: {
  calls: AgentspaceCalls;
  /** `projects/…/engines/…` */
  engine: string;
  version: ApiVersion;
}) {
  const { calls, engine } = options;
  let { version } = options;

  const turn = async (
    body: Readonly<Record<string, unknown>>,
    call: { version: ApiVersion; idempotent: boolean; timeoutMs: number; signal: AbortSignal },
    onReader: (reader: AnswerReader) => void = () => undefined,
  ): Promise<AnswerReader> => {
    let reader = createAnswerReader();
    await calls.stream({
      ...call,
      assistant: `${engine}/assistants/default_assistant`,
      body: { ...body, ...envelope(call.version) },
      onBegin: () => {
        reader = createAnswerReader();
        onReader(reader);
      },
      onElement: (element) => reader.add(element),
    });
    // An error may come in an answer that began well.
    const told = reader.error();
    if (told !== null) throw failureOfStatus(told);
    return reader;
  };

  const askWith = async (used: ApiVersion, question: string, signal: AbortSignal): Promise<AnswerReader> =>
    await turn(
      { query: { text: question }, session: `${engine}/sessions/-` },
      { version: used, idempotent: true, timeoutMs: planTimeoutMs, signal },
    );

  return {
    /** A version that plans nothing is followed by the one that did where others met the same. */
    async plan(question: string, signal: AbortSignal): Promise<Planned> {
      let used = version;
      let reader = await askWith(used, question, signal);
      if (!reader.hasPlan() && isForgivable(reader) && used !== 'v1alpha') {
        used = 'v1alpha';
        reader = await askWith(used, question, signal);
      }
      if (!reader.hasPlan()) throw withoutPlan(reader);
      version = used;
      const session = reader.session();
      if (session !== null && sessionNameForm.test(session)) return { version: used, session };
      throw new SystemFailure('Agentspace named no session for its plan.', {
        code: 'agentspace.bad_response',
      });
    },

    /**
     * Starts what is paid for; the answer stays open until its end.
     * @param call onReader: is told who reads the answer, for what had come where it breaks off
     */
    async approve(
      planned: Planned,
      { onReader, ...call }: { timeoutMs: number; signal: AbortSignal; onReader(reader: AnswerReader): void },
    ): Promise<AnswerReader> {
      const reader = await turn(
        { query: { text: approval }, session: planned.session },
        { ...call, version: planned.version, idempotent: false },
        onReader,
      );
      if (reader.state() === 'SKIPPED') throw withoutPlan(reader);
      if (reader.state() === 'SUCCEEDED' && reader.report() === null) throw noResearch('no_report', {});
      return reader;
    },
  };
}

/**
 * What every turn says beside its text. The agent is named in each: without it the assistant answers by itself.
 * v1alpha takes more, and needs it where v1 answers without research. Source: contract of Agentspace, A.6
 */
function envelope(version: ApiVersion): Readonly<Record<string, unknown>> {
  const agentsSpec = { agentSpecs: [{ agentId }] };
  if (version !== 'v1alpha') return { agentsSpec, toolsSpec: { webGroundingSpec: {} } };
  return {
    agentsSpec,
    toolsSpec: { vertexAiSearchSpec: {}, webGroundingSpec: {} },
    assistSkippingMode: 'REQUEST_ASSIST',
    answerGenerationMode: 'AGENT',
  };
}

/** The filter for what is no question can be told to stand aside; a company's policy cannot. */
function isForgivable(reader: AnswerReader): boolean {
  return !reader.skippedReasons().includes('CUSTOMER_POLICY_VIOLATION');
}

function withoutPlan(reader: AnswerReader): Error {
  const details = { state: reader.state(), reasons: reader.skippedReasons() };
  return noResearch(reader.state() === 'SKIPPED' ? 'skipped' : 'no_plan', details);
}
