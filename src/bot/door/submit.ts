import { z } from 'zod';
import type { Action } from '../action.ts';
import { findOption } from '../answers/find-option.ts';
import { problemWords } from '../answers/misunderstood.ts';
import { answerOldButton } from '../answers/old-button.ts';
import { moneyOf, noteOf, slugOf } from '../command-arguments.ts';
import { budgetScopes, type ConfigName } from '../commands.ts';
import type { Reply, SubmitReply } from '../door.ts';
import type { FormAnswers } from '../form.ts';
import { limitsOf, readLimit } from '../start-arguments.ts';
import { attempt, noAttempt } from './attempt.ts';
import { decideByPress, findDecision, isDecision } from './decide.ts';
import { longestNote, longestReason } from './forms.ts';
import { refuse } from './permit.ts';
import { readAction } from './press.ts';
import { readSetting } from './read-setting.ts';
import { changeBudget, changeConfig, start } from './steer.ts';
import { privately, type Turn } from './turn.ts';

/** What a platform hands over; everything in it comes from outside. */
const answersSchema = z.record(z.string().max(40), z.string().max(4_000));

type Errors = { kind: 'errors'; fields: Record<string, string> };

/** A form that was filled in. */
export async function runSubmit(turn: Turn, text: string, given: FormAnswers): Promise<SubmitReply> {
  const refused = await refuse(turn, 'help');
  if (refused !== null) return refused;
  const action = readAction(turn, text);
  if ('kind' in action) return action;
  const parsed = answersSchema.safeParse(given);
  const answers = parsed.success ? parsed.data : {};
  return attempt(turn, noAttempt, () => submit(turn, action, answers));
}

async function submit(turn: Turn, action: Action, answers: FormAnswers): Promise<SubmitReply> {
  switch (action.name) {
    case 'start-form':
      return submitStart(turn, answers);
    case 'note':
      return submitNote(turn, action, answers);
    case 'budget-form':
      return submitBudget(turn, answers);
    case 'config-form':
      return submitConfig(turn, answers);
    default:
      return privately(turn, (scene) => answerOldButton(scene, 'old'));
  }
}

const limitNames = ['budget', 'rounds', 'priority', 'approaches'] as const;

async function submitStart(turn: Turn, answers: FormAnswers): Promise<SubmitReply> {
  const { plain } = turn.scene.voice;
  const refused = await refuse(turn, 'start');
  if (refused !== null) return refused;
  const errors: Errors['fields'] = {};
  const slug = slugOf((answers.competition ?? '').trim());
  if (slug === null) errors.competition = plain('answers:form.competition_unknown');
  const values: Partial<Record<(typeof limitNames)[number], number>> = {};
  for (const name of limitNames) {
    const typed = answers[name]?.normalize('NFKC').trim() ?? '';
    if (typed === '') continue;
    const value = readLimit(name, typed);
    if (typeof value === 'number') values[name] = value;
    else errors[name] = problemWords(turn.scene.voice, value);
  }
  if (slug === null || Object.keys(errors).length > 0) return { kind: 'errors', fields: errors };
  const { priority = null } = values;
  return attempt(turn, { verb: 'start', slug }, () =>
    start(turn, { slug, limits: limitsOf(values), priority }),
  );
}

async function submitNote(
  turn: Turn,
  { args: [id, given] }: Action,
  answers: FormAnswers,
): Promise<SubmitReply> {
  const { plain } = turn.scene.voice;
  const decision = await findDecision(turn, id);
  if (!isDecision(decision)) return decision;
  const refused = await refuse(turn, 'note', { slug: decision.slug, decisionKind: decision.kind });
  if (refused !== null) return refused;
  const typed = answers.note ?? '';
  if (typed.length > longestNote) {
    return { kind: 'errors', fields: { note: plain('answers:form.too_long', { most: longestNote }) } };
  }
  const option = given ?? findOption(decision, (answers.option ?? '').normalize('NFKC'), turn.scene.voice);
  if (option === null) {
    const choices = decision.options.map(({ id: one }, index) => `${index + 1} ${one}`).join(', ');
    return { kind: 'errors', fields: { option: plain('answers:form.bad_choice', { choices }) } };
  }
  return decideByPress(turn, decision, option, noteOf(typed));
}

async function submitBudget(turn: Turn, answers: FormAnswers): Promise<SubmitReply> {
  const { plain } = turn.scene.voice;
  const refused = await refuse(turn, 'budget-change');
  if (refused !== null) return refused;
  const scopes = Object.values(budgetScopes);
  const scope = scopes.find((one) => one === answers.scope);
  const usd = moneyOf((answers.usd ?? '').normalize('NFKC'));
  const errors: Errors['fields'] = {
    ...(scope === undefined
      ? { scope: plain('answers:form.bad_choice', { choices: scopes.join(', ') }) }
      : {}),
    ...(usd === null ? { usd: plain('answers:usage.not_money', { name: plain('answers:form.usd') }) } : {}),
  };
  if (scope === undefined || usd === null) return { kind: 'errors', fields: errors };
  const reason = (answers.reason ?? '').trim().slice(0, longestReason);
  return changeBudget(turn, { scope, usd, reason: reason === '' ? null : reason });
}

const settings = ['language', 'time-zone', 'digest', 'quiet-hours', 'bars'] as const satisfies ConfigName[];

async function submitConfig(turn: Turn, answers: FormAnswers): Promise<SubmitReply> {
  const refused = await refuse(turn, 'config-change');
  if (refused !== null) return refused;
  const errors: Errors['fields'] = {};
  let change: Parameters<typeof changeConfig>[1] = {};
  for (const name of settings) {
    const value = answers[name];
    if (value === undefined) continue;
    const read = readSetting(name, value);
    if ('wrong' in read) errors[name] = problemWords(turn.scene.voice, read.wrong);
    else change = { ...change, ...read.change };
  }
  if (Object.keys(errors).length > 0) return { kind: 'errors', fields: errors };
  const reply: Reply = await changeConfig(turn, change);
  return reply;
}
