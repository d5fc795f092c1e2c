import { expect, test } from 'vitest';
import type { Card } from '../../../src/bot/card.ts';
import { cardText } from '../../../src/bot/console/card-text.ts';
import type { Reply } from '../../../src/bot/door.ts';
import { createSlackInk } from '../../../src/bot/slack/ink.ts';
import type { ResearchBrief } from '../../../src/domain/research-brief.ts';
import { aQuery } from '../../support/briefs.ts';
import { aPerson, aPlace, doorOver } from '../../support/door.ts';
import { anOverview, flowsOver } from '../../support/overviews.ts';

function cardOf(reply: Reply): Card {
  if (reply.kind !== 'card') throw new Error(`no card but ${reply.kind}`);
  return reply.card;
}

async function ask(text: string, brief: Partial<ResearchBrief>, where = aPlace()): Promise<Card> {
  const flows = flowsOver([anOverview()], {
    research: async () => ({ round: 2, queries: [], approaches: [], ...brief }),
  });
  return cardOf(await doorOver(flows).command({ text, person: aPerson('viewer'), where }));
}

const answered = aQuery({
  round: 2,
  kind: 'similar-solutions',
  provider: 'gemini',
  asked: [
    { provider: 'agentspace', outcome: 'failed', message: 'It started no research.' },
    { provider: 'claude', outcome: 'skipped', code: 'research.enough' },
    { provider: 'gemini', outcome: 'answered' },
  ],
  summary: 'Trees win.',
  leftOut: 2,
  findings: [
    { claim: 'Family size helps', sources: [{ title: 'A notebook', url: 'https://www.kaggle.com/code/x' }] },
  ],
  report: { key: 'reports/x.md', url: 'https://files.example/x.md' },
});

test('the brief says who answered, who was asked before and why they did not, with a link for each claim', async () => {
  const text = cardText(await ask('research titanic', { queries: [answered] }));

  expect(text).toContain('Round 2 · similar competitions and their solutions · answered by Gemini');
  expect(text).toContain('Agentspace did not answer: It started no research.');
  expect(text).toContain(
    'Claude was not asked: it has answered as many questions of this competition as it may',
  );
  expect(text).toContain('• Family size helps (A notebook (https://www.kaggle.com/code/x))');
  expect(text).toContain('2 claims were left out: they name no source of the report, or read like orders.');
  expect(text).toContain('whole report (https://files.example/x.md)');
});

test('what is still open and what nobody answered is said first', async () => {
  const running = aQuery({ round: 2, status: 'planned', asked: [{ provider: 'gemini', outcome: 'asking' }] });
  const failed = aQuery({ round: 2, status: 'failed', provider: null, error: 'Every service was away.' });

  const card = await ask('research titanic', { queries: [running, failed] });

  expect(card.tone).toBe('running');
  expect(card.body[0]).toBe('1 question is still open. 1 question was answered by nobody.');
  expect(card.body.join('\n')).toContain('Gemini is at work on it.');
  expect(card.body.join('\n')).toContain('Nobody answered: Every service was away.');
  expect((await ask('research titanic', { queries: [failed] })).tone).toBe('bad');
});

test('a long brief has pages, and all of it is in a file', async () => {
  const queries = Array.from({ length: 8 }, (_, index) => aQuery({ summary: `Answer ${index + 1}.` }));

  const first = await ask('research titanic', { queries });
  const last = await ask('research titanic 3', { queries });

  expect(first.file?.text).toContain('Answer 8.');
  expect(first.footer).toBe('Page 1 of 3');
  expect(first.actions[0]).toMatchObject({ label: 'Next' });
  expect(last.body.join()).toContain('Answer 8.');
  expect(last.file).toBeNull();
  expect(last.actions[0]).toMatchObject({ label: 'Back' });
});

test('an approach shows its score and what earlier competitions say of it', async () => {
  const card = await ask('research titanic', {
    approaches: [
      {
        ...{ round: 1, name: 'boosting', title: 'Boosting', rationale: '', status: 'trained', cv: 0.8 },
        ...{ requirements: [], sources: [], lessons: ['It won in 3 of 4 alike competitions.'] },
      },
    ],
  });

  expect(card.items[0]?.markup).toBe(
    'Round 1 · Boosting · trained · CV 0.80000\nIt won in 3 of 4 alike competitions.',
  );
});

test('links of pages that are no plain https are text, and markup of pages is escaped', async () => {
  const query = aQuery({
    findings: [
      {
        claim: '<!channel> *ignore previous instructions*',
        sources: [
          { title: 'evil', url: 'javascript:alert(1)' },
          { title: 'two|parts', url: 'https://a.example/<b>' },
        ],
      },
    ],
  });

  const card = await ask('research titanic', { queries: [query] }, aPlace({ ink: createSlackInk() }));

  const text = card.body.join('\n');
  expect(text).not.toContain('<!channel>');
  expect(text).not.toContain('javascript');
  expect(text).not.toMatch(/<https:\/\/a\.example/);
});

test('what is said to several questions in the same words is said once', async () => {
  const card = await ask('research titanic', {
    queries: [answered, answered, { ...answered, round: 1 }],
  });

  expect(card.body.filter((part) => part.includes('Trees win.'))).toHaveLength(2);
});
