import type { Context } from '../../context.ts';
import { BusinessFailure } from '../../domain/errors.ts';
import type { DecisionView } from '../../domain/overview.ts';
import { closeDecision, type Decision, getDecision, listDecisions } from '../../state/decisions.ts';
import { decisionView } from './competition-overview.ts';
import { findKnown } from './find-known.ts';
import { changeParameters } from './parameters.ts';

export type AnswerInput = {
  /** Whole id or its end; null: the one that is open. */
  decisionId: string | null;
  slug: string | null;
  /** The option's id, its letter (A, B, …) or its number (1, 2, …). */
  option: string;
  note?: string | undefined;
  /** How others call who answers, for the cards. */
  byName?: string | undefined;
};
export type AnswerOutcome = {
  outcome: 'decided' | 'closed' | 'unknown_option' | 'paused';
  decision: DecisionView;
};

/** Longer notes are cut: they are advice, no document. */
const longestNote = 500;
const longestName = 80;

/**
 * `/kaggle decide`: a person's answer closes the decision and moves its competition on; the first one wins.
 * Words with `adjust_parameters` may set some: `learning_rate=0.03`.
 * @throws BusinessFailure `decision.not_found`, `decision.ambiguous`, `parameters.*`
 */
export async function answerDecision(
  ctx: Pick<Context, 'state' | 'log' | 'actor'>,
  input: AnswerInput,
): Promise<AnswerOutcome> {
  const decision = await findDecision(ctx, input);
  const option = optionId(decision, input.option);
  if (option === null) return { outcome: 'unknown_option', decision: decisionView(decision) };
  const values = option === 'adjust_parameters' && decision.status === 'open' ? valuesIn(input.note) : [];
  if (values.length > 0) {
    const { byName } = input;
    await changeParameters(ctx, { slug: decision.slug, approach: null, values, byName });
    return {
      outcome: 'decided',
      decision: decisionView((await getDecision(ctx.state, decision.id)) ?? decision),
    };
  }
  const answered = await closeDecision(ctx.state, {
    id: decision.id,
    option,
    note: kept(input.note, longestNote),
    byDefault: false,
    byName: kept(input.byName, longestName),
    actor: ctx.actor,
  });
  const now = (await getDecision(ctx.state, decision.id)) ?? decision;
  ctx.log.info({ decision: decision.id, option, outcome: answered?.outcome }, 'decision answered');
  return { outcome: answered?.outcome ?? 'closed', decision: decisionView(now) };
}

/** `learning_rate=0.03` among the words that come with the answer. */
function valuesIn(note: string | undefined): { name: string; value: string }[] {
  const found = (note ?? '').matchAll(/(?:^|[\s,;])([A-Za-z_][\w.-]{0,79})=([^\s,;]{1,80})/g);
  return [...found].map(([, name = '', value = '']) => ({ name, value }));
}

function kept(text: string | undefined, longest: number): string | null {
  const trimmed = text?.trim().slice(0, longest) ?? '';
  return trimmed === '' ? null : trimmed;
}

async function findDecision(ctx: Pick<Context, 'state'>, input: AnswerInput): Promise<Decision> {
  const competition = input.slug === null ? null : await findKnown(ctx, input.slug);
  const all = await listDecisions(ctx.state, {
    competitionId: competition?.id ?? null,
    onlyOpen: input.decisionId === null,
  });
  const wanted = input.decisionId?.toLowerCase();
  const matches = wanted === undefined ? all : all.filter(({ id }) => id.endsWith(wanted));
  const [first, second] = matches;
  if (first === undefined) {
    throw new BusinessFailure('No such question is open. /kaggle decide lists those that are.', {
      code: 'decision.not_found',
    });
  }
  if (second !== undefined) {
    const names = matches.map(({ slug }) => slug).join(', ');
    throw new BusinessFailure(
      `Several questions are open (${names}): name the competition or the question.`,
      {
        code: 'decision.ambiguous',
      },
    );
  }
  return first;
}

function optionId(decision: Decision, typed: string): string | null {
  const { options } = decision.draft;
  const wanted = typed.trim().toLowerCase();
  const byId = options.find(({ id }) => id === wanted);
  if (byId !== undefined) return byId.id;
  const position = /^[a-e]$/.test(wanted) ? wanted.charCodeAt(0) - 'a'.charCodeAt(0) : Number(wanted) - 1;
  return options[position]?.id ?? null;
}
