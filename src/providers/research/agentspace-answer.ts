import type { AssistAnswer, Reference, Reply, RpcStatus, StreamElement } from './agentspace-wire.ts';
import { type Attribution, composeReport, type RawSource } from './compose-report.ts';
import type { Citation } from './contract.ts';

export type AgentspaceReport = { text: string; citations: Citation[]; isWhole: boolean };

/** What the elements of one stream, or one turn of a session, come to. */
export type AnswerReader = {
  add(element: StreamElement): void;
  /** The last state that was told; null before any. */
  state(): string | null;
  session(): string | null;
  error(): RpcStatus | null;
  skippedReasons(): readonly string[];
  hasPlan(): boolean;
  /** Findings so far as a report; null without any research in it. */
  report(): AgentspaceReport | null;
};

type Block = { kind: string; text: string; bytes: number; attributions: Attribution[]; others: RawSource[] };

const planKind = 'RESEARCH_PLAN';
const questionKind = 'RESEARCH_QUESTION';
const answerKind = 'RESEARCH_ANSWER';
const reportKind = 'RESEARCH_REPORT';
const liveState = 'IN_PROGRESS';

export function createAnswerReader(): AnswerReader {
  const blocks = new Map<string, Block>();
  let state: string | null = null;
  let session: string | null = null;
  let error: RpcStatus | null = null;
  let reasons: readonly string[] = [];

  const addAnswer = (answer: AssistAnswer): void => {
    state = answer.state ?? state;
    reasons = answer.assistSkippedReasons ?? reasons;
    // While it goes on replies are pieces; the last element may say all of it once more.
    const mayEcho = answer.state !== liveState;
    for (const reply of answer.replies ?? []) addReply(blocks, reply, mayEcho);
  };

  return {
    add(element) {
      session ??= element.sessionInfo?.session ?? null;
      error ??= element.error ?? null;
      if (element.answer) addAnswer(element.answer);
    },
    state: () => state,
    session: () => session,
    error: () => error,
    skippedReasons: () => reasons,
    hasPlan: () => [...blocks.values()].some(({ kind, text }) => kind === planKind && text.trim() !== ''),
    report: () => reportOf([...blocks.values()]),
  };
}

function addReply(blocks: Map<string, Block>, { groundedContent }: Reply, mayEcho: boolean): void {
  const { content, contentMetadata, textGroundingMetadata } = groundedContent ?? {};
  // Reasoning stays out of the report.
  if (content?.thought === true) return;
  const kind = contentMetadata?.contentKind ?? '';
  const key = `${kind} ${contentMetadata?.contentId ?? ''}`;
  const block = blocks.get(key) ?? { kind, text: '', bytes: 0, attributions: [], others: [] };
  blocks.set(key, block);
  const start = addText(block, content?.text ?? '', mayEcho);
  const references = (textGroundingMetadata?.references ?? []).map(sourceOf);
  for (const segment of textGroundingMetadata?.segments ?? []) {
    const endByte = segment.endIndex ?? 0;
    // Offsets count from the beginning of what they came with; beyond its end they can only mean the whole.
    const base = start + endByte <= block.bytes ? start : 0;
    const sources = (segment.referenceIndices ?? []).flatMap((index) => references[index] ?? []);
    block.attributions.push({
      startByte: base + (segment.startIndex ?? 0),
      endByte: base + endByte,
      sources,
    });
  }
  block.others.push(...references);
}

/** @returns the byte at which the text that came begins in the block */
function addText(block: Block, text: string, mayEcho: boolean): number {
  if (text === '' || (mayEcho && block.text.endsWith(text))) {
    return block.bytes - Buffer.byteLength(text);
  }
  const isWhole = mayEcho && text.startsWith(block.text);
  const start = isWhole ? 0 : block.bytes;
  block.text = isWhole ? text : block.text + text;
  block.bytes = Buffer.byteLength(block.text);
  return start;
}

function sourceOf({ documentMetadata }: Reference): RawSource {
  const { uri, title, domain } = documentMetadata ?? {};
  return { title: title || domain || undefined, url: uri ?? undefined };
}

function reportOf(blocks: readonly Block[]): AgentspaceReport | null {
  const report = blocks.filter(({ kind, text }) => kind === reportKind && text.trim() !== '').at(-1);
  const answers = blocks.filter(({ kind }) => kind === answerKind || kind === questionKind);
  const earlier = blocks.filter((block) => block.kind === reportKind && block !== report);
  if (report === undefined) {
    if (!answers.some(({ kind, text }) => kind === answerKind && text.trim() !== '')) return null;
    return { ...composeReport(...joined(answers)), isWhole: false };
  }
  // A report without sources of its own still rests on those of its answers, and of what it was written from.
  const others = [report, ...earlier, ...answers].flatMap((block) => [
    ...block.others,
    ...(block === report ? [] : block.attributions.flatMap(({ sources }) => sources)),
  ]);
  return { ...composeReport(report.text, report.attributions, others), isWhole: true };
}

/** What was found before the report was written: question by question. */
function joined(blocks: readonly Block[]): [string, Attribution[], RawSource[]] {
  let text = '';
  const attributions: Attribution[] = [];
  for (const block of blocks) {
    if (block.text.trim() === '') continue;
    text += text === '' ? '' : '\n\n';
    const heading = block.kind === questionKind ? '## ' : '';
    const base = Buffer.byteLength(text + heading);
    text += heading + block.text;
    for (const one of block.attributions) {
      attributions.push({ ...one, startByte: base + one.startByte, endByte: base + one.endByte });
    }
  }
  return [text, attributions, blocks.flatMap(({ others }) => others)];
}
