import { expect, test } from 'vitest';
import {
  competitionPage,
  describeGate,
  findGate,
  type GateFacts,
  gateCode,
  gateFailure,
  gateKinds,
  gateOfCode,
  isForPerson,
  verificationOf,
} from '../../src/domain/gate.ts';

const now = new Date('2026-11-22T12:00:00Z');
const past = new Date('2026-11-22T11:59:59Z');
const future = new Date('2026-11-23T00:00:00Z');
const open: GateFacts = {
  deadline: future,
  newEntrantDeadline: null,
  hasEntered: true,
  submissionsDisabled: false,
  takesNotebooksOnly: false,
};

test.each([
  ['nothing, where the way is free', {}, null],
  ['nothing, without a deadline', { deadline: null }, null],
  ['the rules', { hasEntered: false }, 'rules_not_accepted'],
  ['that entry is closed', { hasEntered: false, newEntrantDeadline: past }, 'entry_closed'],
  ['nothing after the entry deadline, once entered', { newEntrantDeadline: past }, null],
  ['the deadline', { deadline: past }, 'deadline_passed'],
  ['the deadline before the rules', { deadline: now, hasEntered: false }, 'deadline_passed'],
  ['that submissions are off', { submissionsDisabled: true, hasEntered: false }, 'submissions_disabled'],
  ['a code competition', { takesNotebooksOnly: true, hasEntered: false }, 'code_competition'],
] as const)('an entry shows %s', (_what, changes, gate) => {
  expect(findGate({ ...open, ...changes }, now)).toBe(gate);
});

test('a code competition is no gate for who can send notebooks', () => {
  const code = { ...open, takesNotebooksOnly: true };

  expect(findGate(code, now, { hasNotebookPath: true })).toBeNull();
  expect(findGate({ ...code, hasEntered: false }, now, { hasNotebookPath: true })).toBe('rules_not_accepted');
});

test.each(gateKinds)(
  '%s is told in whole sentences, with a task and a link where a person can do something',
  (kind) => {
    const { sentence, task, link } = describeGate(kind, { slug: 'titanic', title: 'Titanic' });

    expect(sentence).toMatch(/^[A-Z].*\.$/s);
    expect(link !== null).toBe(isForPerson(kind));
    expect(task !== null).toBe(isForPerson(kind));
    if (link !== null) expect(link).toMatch(/^https:\/\/www\.kaggle\.com\//);
    expect(gateOfCode(gateCode(kind))).toBe(kind);
    const failure = gateFailure(kind, { slug: 'titanic' });
    expect(failure).toMatchObject({ kind: 'business', code: `kaggle.${kind}`, details: { slug: 'titanic' } });
  },
);

test.each([
  ['Please verify your phone number to submit', 'phone', 'https://www.kaggle.com/settings/phone'],
  ['You must complete identity verification', 'identity', 'https://www.kaggle.com/settings'],
  ['This account is not verified', 'account', 'https://www.kaggle.com/settings'],
] as const)('%s: what is to be verified, and where', (text, verification, link) => {
  expect(verificationOf(text)).toBe(verification);
  expect(describeGate('verification_required', { slug: 'titanic', verification }).link).toBe(link);
});

test.each([
  ['https://www.kaggle.com/competitions/titanic/', 'https://www.kaggle.com/competitions/titanic'],
  ['https://www.kaggle.com/c/titanic?x=1', 'https://www.kaggle.com/c/titanic'],
  ['https://www.kaggle.com.evil.example/competitions/titanic', 'https://www.kaggle.com/competitions/titanic'],
  ['javascript:alert(1)', 'https://www.kaggle.com/competitions/titanic'],
  [null, 'https://www.kaggle.com/competitions/titanic'],
])('a link leads to Kaggle alone, whatever the address %s says', (url, page) => {
  expect(competitionPage('titanic', url)).toBe(page);
});

test('a code of anything else is no gate', () => {
  expect(gateOfCode('kaggle.daily_limit')).toBeNull();
  expect(gateOfCode('data.no_rows')).toBeNull();
});
