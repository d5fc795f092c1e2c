import { expect, test } from 'vitest';
import { decodeAction } from '../../../src/bot/action.ts';
import { cardText } from '../../../src/bot/console/card-text.ts';
import type { Reply } from '../../../src/bot/door.ts';
import { aPerson, aPlace, doorOver } from '../../support/door.ts';
import { aDecision, anOverview, flowsOver } from '../../support/overviews.ts';

const url = 'https://www.kaggle.com/competitions/titanic/rules';
const option = { consequence: '', costUsd: 0, isCostly: false, isFinal: false, wantsText: false };
const gate = aDecision({
  kind: 'gate',
  blocking: false,
  options: [
    { ...option, id: 'done', label: 'Done' },
    { ...option, id: 'skip', label: 'Skip' },
  ],
  defaultOption: 'skip',
  recommendedOption: 'done',
  link: { kind: 'rules', url },
});
const contract = aDecision({
  kind: 'metric',
  blocking: false,
  options: [
    { ...option, id: 'ok', label: 'OK' },
    { ...option, id: 'edit', label: 'Edit', consequence: 'You write it: metric: MAP@5.', wantsText: true },
  ],
  defaultOption: 'ok',
});

async function ask(text: string, decision: typeof gate): Promise<Reply & { calls: unknown[] }> {
  const flows = flowsOver([anOverview({ state: 'discovered', round: 0, decisions: [decision] })]);
  const reply = await doorOver(flows).command({ person: aPerson(), where: aPlace(), text });
  return { ...reply, calls: flows.calls };
}

test('a gate that is asked for again leads to the place where it is opened, and recommends no skipping', async () => {
  const reply = await ask('decide', gate);

  if (reply.kind !== 'card') throw new Error('no card');
  expect(reply.card.actions[0]).toEqual({ kind: 'link', label: 'Open rules', url });
  const primary = reply.card.actions.filter((one) => one.kind === 'button' && one.style === 'primary');
  expect(primary).toMatchObject([{ label: 'A · Done' }]);
  expect(cardText(reply.card)).toContain('If nobody answers until 18:00: B · Skip.');
});

test('the status of what waits leads to the question itself', async () => {
  const reply = await ask('status titanic', gate);

  if (reply.kind !== 'card') throw new Error('no card');
  expect(reply.card.title).toBe('🟡 titanic · waits for you');
  const [first] = reply.card.actions;
  expect(first?.kind === 'button' ? decodeAction(first.action) : null).toMatchObject({
    name: 'details',
    args: [gate.id],
  });
});

test('an option that wants words is asked for them where only its letter was typed', async () => {
  const bare = await ask('decide B', contract);
  const whole = await ask('decide B metric: MAE', contract);

  expect(bare.calls).toEqual([]);
  expect(bare.kind === 'form' ? bare.form.fields : []).toMatchObject([
    { id: 'note', hint: 'You write it: metric: MAP@5.' },
  ]);
  expect(whole.calls).toMatchObject([{ input: { option: 'edit', note: 'metric: MAE' } }]);
});

test('at a prompt the lists of discovery say what leads on', async () => {
  const reply = await ask('discover', gate);

  if (reply.kind !== 'card') throw new Error('no card');
  const text = cardText(reply.card);
  expect(text).toContain('/kaggle why titanic');
  expect(text).toContain('/kaggle discover new');
});
