import type { HomeView, KnownBlock, ModalView } from '@slack/types';
import type { z } from 'zod';
import { refuse, SlackApiError } from '../api-error.ts';
import { makeSecret } from '../ids.ts';
import { describeIssues, problemAt } from './problems.ts';
import { type FileCheck, findBrokenRules } from './rules.ts';
import { homeView, messageBlocks, modalView } from './surfaces.ts';
import { isRecord, walkBlocks } from './walk.ts';

export type BlockRules = {
  checkFile: FileCheck;
  /** Types of blocks that the workspace does not know yet. */
  unknownBlocks: readonly string[];
};

/** Most characters of a message's blocks, written as JSON. Seen at Slack, not documented: bolt-js issue 2509. */
const maxMessageBlocksLength = 13_200;
/** Source: reference of views.open. */
const maxViewLength = 250_000;

/**
 * Checks a message's blocks as Slack does, and gives those an id that have none.
 * @throws SlackApiError `invalid_blocks_format`, `invalid_blocks` with the places, `msg_blocks_too_long`
 */
export function checkMessageBlocks(raw: unknown, rules: BlockRules): KnownBlock[] {
  const blocks = parseJson(raw);
  if (!Array.isArray(blocks)) throw new SlackApiError('invalid_blocks_format');
  const problems = findProblems(blocks, messageBlocks, blocks, '/blocks', rules);
  if (problems.length > 0) throw refuse('invalid_blocks', problems);
  if (JSON.stringify(blocks).length > maxMessageBlocksLength) throw new SlackApiError('msg_blocks_too_long');
  return withIds(blocks);
}

/** @throws SlackApiError `invalid_arguments` with the places, `view_too_large` */
export function checkModal(raw: unknown, rules: BlockRules): ModalView {
  const view = checkView(raw, modalView, rules);
  const hasInput = walkBlocks(view.blocks).some(({ type }) => type === 'input');
  if (hasInput && view.submit === undefined) {
    throw refuse('invalid_arguments', [problemAt('/view', 'missing required field: submit')]);
  }
  return { ...view, blocks: withIds(view.blocks) };
}

/** @throws SlackApiError `invalid_arguments` with the places, `view_too_large` */
export function checkHome(raw: unknown, rules: BlockRules): HomeView {
  const view = checkView(raw, homeView, rules);
  return { ...view, blocks: withIds(view.blocks) };
}

function checkView<T>(raw: unknown, schema: z.ZodType<T>, rules: BlockRules): T & Presented {
  const view = parseJson(raw);
  if (!isRecord(view) || !Array.isArray(view.blocks)) {
    throw refuse('invalid_arguments', [problemAt('/view', 'must be an object with blocks')]);
  }
  const problems = findProblems(view, schema, view.blocks, '/view', rules);
  if (problems.length > 0) throw refuse('invalid_arguments', problems);
  if (JSON.stringify(view).length > maxViewLength) throw new SlackApiError('view_too_large');
  // Guaranteed by the schema, which has just accepted it; what it parsed is a copy in another order of fields.
  return view as T & Presented;
}

type Presented = { blocks: unknown[] };

function findProblems(
  value: unknown,
  schema: z.ZodType,
  blocks: readonly unknown[],
  root: string,
  { checkFile, unknownBlocks }: BlockRules,
): string[] {
  const unknown = blocks.flatMap((block, index) =>
    isRecord(block) && unknownBlocks.includes(String(block.type))
      ? [problemAt(`${root}/${index}/type`, `unsupported type: ${block.type}`)]
      : [],
  );
  if (unknown.length > 0) return unknown;
  const parsed = schema.safeParse(value);
  if (!parsed.success) return describeIssues(parsed.error.issues, root);
  return findBrokenRules(walkBlocks(blocks, root === '/view' ? '/view/blocks' : root), checkFile);
}

export function parseJson(raw: unknown): unknown {
  if (typeof raw !== 'string') return raw;
  try {
    return JSON.parse(raw);
  } catch {
    return undefined;
  }
}

/** Copies blocks; each gets a `block_id`, each interactive element an `action_id`, as Slack makes them up. */
function withIds(blocks: readonly unknown[]): KnownBlock[] {
  const copies = structuredClone([...blocks]);
  for (const { raw, elements } of walkBlocks(copies)) {
    raw.block_id ??= makeSecret(3);
    for (const { raw: element } of elements) element.action_id ??= makeSecret(3);
  }
  // Guaranteed by the callers: the schemas of surfaces.ts have accepted the blocks.
  return copies as KnownBlock[];
}
