import { expect, test } from 'vitest';
import { decodeAction } from '../../../src/bot/action.ts';
import type { Card } from '../../../src/bot/card.ts';
import { createPlainInk } from '../../../src/bot/inks/plain.ts';
import { render } from './rendering.ts';
import { aContent, inHours } from './samples.ts';

function buttons(card: Card) {
  return card.actions.flatMap((action) => (action.kind === 'button' ? [action] : []));
}

test('exactly one button of an open decision is the recommended one', () => {
  for (const defaultOption of ['retry_different_approach', 'adjust_parameters', 'skip_competition']) {
    const primary = buttons(render(aContent('decision', { defaultOption }))).filter(
      ({ style }) => style === 'primary',
    );

    expect(primary).toHaveLength(1);
    expect(decodeAction(primary[0]?.action ?? '')?.args[1]).toBe(defaultOption);
  }
});

test('what cannot be undone and what is costly asks before it counts', () => {
  const [costly, tuned, final] = buttons(render(aContent('decision')));

  expect(costly?.confirm).toEqual({
    title: 'Sure: A · Different approach?',
    text: 'CatBoost + stacking, about 3 h\nThis takes more than a quarter of the money that is left.',
    yes: 'Yes',
    no: 'No',
  });
  expect(tuned?.confirm).toBeNull();
  expect(final).toMatchObject({
    style: 'danger',
    confirm: { text: expect.stringContaining('cannot be undone') },
  });
});

test('an option that wants words opens the form, with the option', () => {
  const [, tuned] = buttons(render(aContent('decision')));

  expect(decodeAction(tuned?.action ?? '')).toMatchObject({
    name: 'note',
    args: ['0198c1f0-0000-7000-8000-00000001a2f0', 'adjust_parameters'],
  });
  expect(tuned?.label).toBe('B · Tune…');
});

test('a screen reader hears of each option which competition it is for', () => {
  const [first] = buttons(render(aContent('decision')));

  expect(first?.hint).toBe('Choose A · Different approach, for house-prices');
});

test('five options have five letters', () => {
  const options = [1, 2, 3, 4, 5].map((number) => ({
    id: `option_${number}`,
    label: `Option ${number}`,
    consequence: '',
    costUsd: 0,
  }));
  const labels = buttons(render(aContent('decision', { options, defaultOption: 'option_1' }))).map(
    ({ label }) => label,
  );

  expect(labels.slice(0, 5)).toEqual([
    'A · Option 1',
    'B · Option 2',
    'C · Option 3',
    'D · Option 4',
    'E · Option 5',
  ]);
});

test('who may decide is told where the platform knows it', () => {
  expect(render(aContent('decision'), { approvers: '@leads' }).footer).toMatch(/^Approvers: @leads · asked/);
});

test('a closed decision has no buttons that answer it', () => {
  const closed = { option: 'adjust_parameters', decidedAt: inHours(-1) };
  const decided = render(aContent('decision', { ...closed, status: 'decided' }));
  const expired = render(aContent('decision', { ...closed, status: 'expired' }));
  const withdrawn = render(aContent('decision', { ...closed, status: 'withdrawn', option: null }));

  expect([decided, withdrawn].flatMap(({ actions }) => actions)).toEqual([]);
  expect(buttons(expired).map(({ label }) => label)).toEqual(['Pause', 'Choose again']);
});

test('what cannot be undone is not offered to be chosen again', () => {
  const expired = render(aContent('decision', { status: 'expired', option: 'skip_competition' }));

  expect(expired.actions).toEqual([]);
  expect(expired.body.join(' ')).not.toContain('change course');
});

test('whoever decided is mentioned on their own platform and named on the others', () => {
  const ink = { ...createPlainInk(), person: () => '<@U1>' };
  const content = aContent('decision', {
    ...{ status: 'decided', option: 'adjust_parameters', decidedAt: inHours(-1) },
    ...{ decidedBy: { type: 'slack', teamId: 'T1', userId: 'U1' }, decidedByName: 'mika' },
  });

  expect(render(content, { ink, platform: 'slack' }).body[1]).toContain('by <@U1> on Slack');
  expect(render(content, { ink, platform: 'discord' }).body[1]).toContain('by mika on Slack');
});

test('a question about something to do at Kaggle leads with the link, and Skip is never the recommended answer', () => {
  const card = render(
    aContent('decision', {
      decisionKind: 'gate',
      link: { kind: 'rules', url: 'https://www.kaggle.com/competitions/titanic/rules' },
      options: [
        {
          id: 'done',
          label: 'Done',
          consequence: 'I look at once.',
          costUsd: 0,
          isCostly: false,
          isFinal: false,
          wantsText: false,
        },
        {
          id: 'skip',
          label: 'Skip',
          consequence: 'It is not entered.',
          costUsd: 0,
          isCostly: false,
          isFinal: false,
          wantsText: false,
        },
      ],
      defaultOption: 'skip',
      recommendedOption: 'done',
    }),
  );

  expect(card.actions[0]).toEqual({
    kind: 'link',
    label: 'Open rules',
    url: 'https://www.kaggle.com/competitions/titanic/rules',
  });
  expect(
    buttons(card)
      .map(({ label, style }) => [label, style])
      .slice(0, 2),
  ).toEqual([
    ['A · Done', 'primary'],
    ['B · Skip', 'plain'],
  ]);
  expect(card.body.join('\n')).toMatch(/If nobody answers until .*: B · Skip/);
});
