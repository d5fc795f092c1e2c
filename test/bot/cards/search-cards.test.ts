import { expect, test } from 'vitest';
import { decodeAction } from '../../../src/bot/action.ts';
import type { CardAction } from '../../../src/bot/card.ts';
import type { ContentOf } from '../../../src/domain/card.ts';
import { decisionDraftSchema } from '../../../src/domain/decision.ts';
import { modelCapDraft } from '../../../src/domain/model-cap.ts';
import { cardText } from './card-text.ts';
import { render } from './rendering.ts';
import { aContent, now } from './samples.ts';

const search = {
  ...{ nodes: 12, branches: 3, failed: 2, open: 1 },
  best: { name: 'boosting-counts', operator: 'improve' as const, cv: 0.80125 },
};

function named(actions: readonly CardAction[]): string[] {
  return actions.flatMap((one) => (one.kind === 'button' ? (decodeAction(one.action)?.name ?? []) : []));
}

test('the status card has the tree in a line and what models cost beside machines', () => {
  const content = aContent('status', { search, competitionUsd: 2.4, modelUsd: 1.9 });

  expect(cardText(render(content))).toContain(
    'Tree: 12 nodes, 3 branches, best 0.80125 from boosting-counts (improve)',
  );
  expect(cardText(render(content))).toContain('Cost so far: $2.40 (machines $0.50, models $1.90)');
  expect(cardText(render(content, { locale: 'ja' }))).toContain('ツリー: ノード 12 個、枝 3 本');
  expect(cardText(render(aContent('status', { search: null })))).not.toContain('Tree');
});

test.each(['round', 'new_best', 'finished'] as const)('%s links the runs where they are tracked', (kind) => {
  const runs = [{ name: 'boosting-counts', url: 'https://wandb.example/team/project/runs/a1' }];

  expect(cardText(render(aContent(kind, { runs })))).toContain(
    'At wandb: boosting-counts (https://wandb.example/team/project/runs/a1)',
  );
  expect(cardText(render(aContent(kind)))).not.toContain('wandb');
});

test.each(['leak_found', 'score_examined'])('%s is told with its reason and leads to the node', (event) => {
  const notice: ContentOf<'notice'> = {
    ...{ kind: 'notice', event, slug: 'titanic', title: 'Titanic', round: 2, toState: null },
    ...{ publicScore: null, cv: null, by: null, names: ['boosting-counts'] },
    reason: 'boosting-counts: Its score of 1 is perfect. It sees the labels that it predicts.',
  };

  const card = render(notice);

  expect(card.tone).toBe('attention');
  expect(card.body.join()).toContain('Its score of 1 is perfect.');
  expect(named(card.actions)).toEqual(['node', 'tree']);
  expect(render(notice, { locale: 'ja' }).title).toMatch(/titanic: .*(外しました|スコアがあります)/);
});

test('a model cap is asked about in the reader’s language, with every option and its default', () => {
  const draft = decisionDraftSchema.parse(
    modelCapDraft({ slug: 'titanic', capUsd: 20, usedUsd: 18.4 }, [{ name: 'code', usd: 11 }]),
  );
  const content = aContent('decision', {
    ...{ slug: 'titanic', decisionKind: draft.kind, question: draft.question, context: draft.context },
    ...{ facts: draft.facts, options: draft.options, defaultOption: draft.defaultOption, askedAt: now },
  });

  const english = cardText(render(content));
  const japanese = cardText(render(content, { locale: 'ja' }));

  expect(english).toContain('B · $20.00 → $40.00');
  expect(english).toContain('Models: $18.40 of $20.00');
  expect(japanese).toContain('言語モデルの予算をほぼ使い切りました。');
  expect(japanese).toContain('A · ベースラインのみ');
});
