import { expect, onTestFinished, test } from 'vitest';
import { createLiveView } from '../../src/cli/live-view.ts';
import { createOutput } from '../../src/cli/output.ts';
import type { CompetitionEvent } from '../../src/domain/competition-machine.ts';
import type { Overview } from '../../src/domain/overview.ts';
import { afterEvents, anOverview, now } from '../support/overviews.ts';

const toTraining: readonly CompetitionEvent[] = [
  'research_completed',
  'generation_started',
  'code_ready',
  'training_started',
];
const toAnalysis: readonly CompetitionEvent[] = [
  'training_completed',
  'submission_completed',
  'score_received',
];

/** The state after these events, two seconds each, as it is sampled. */
function snapshot(events: readonly CompetitionEvent[], overrides: Partial<Overview> = {}): Overview {
  return anOverview({ ...afterEvents(events), ...overrides });
}

/** A view that began this long after the competition did; answers what each snapshot made it say. */
function openView({ beganMs = 0 } = {}): (overview: Overview) => string[] {
  let written = '';
  let clock = new Date(now.getTime() + beganMs);
  const screen = {
    write: (text: string) => {
      written += text;
    },
  };
  const output = createOutput({ stdout: screen, stderr: screen, environment: {} });
  const view = createLiveView({ output, now: () => clock });
  onTestFinished(() => view.close());
  clock = new Date(now.getTime() + 60_000);
  return (overview) => {
    written = '';
    view.show(overview);
    return written.split('\n').flatMap((line) => (line === '' ? [] : [line.replace(/ +/g, ' ')]));
  };
}

test('a stage that no snapshot was taken in has its line, in order, with its own time and only once', () => {
  const show = openView();
  const firstRound = ['research_started', ...toTraining, ...toAnalysis] as const;
  show(snapshot(firstRound));
  const approach = {
    name: 'forest',
    title: 'Forest',
    family: 'forest',
    cv: null,
    cvSd: null,
    estimate: null,
  };
  const later = snapshot([...firstRound, 'next_round', ...toTraining], {
    approaches: [{ ...approach, round: 2, status: 'coded', error: null }],
    stage: null,
  });

  expect(show(later)).toEqual([
    'ok analysis round 1 another round is worth it 2.0 s',
    'ok research round 2 1 approach: forest 2.0 s',
    'ok code round 2 1 of 1 training script passed the checks 4.0 s',
    expect.stringMatching(/^run training round 2 training/),
  ]);
  expect(show(later)).toEqual([]);
});

test('stages that all passed before the first snapshot are told, the last one with the end', () => {
  const told = openView()(snapshot(['research_started', ...toTraining, ...toAnalysis, 'success']));

  expect(told.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
    'ok entry',
    'ok research',
    'ok code',
    'ok training',
    'ok submission',
    'ok analysis',
  ]);
  expect(told.at(-1)).toContain('round 1 because');
});

test('a failure that was mended between two snapshots is told with its reason, and the stage begins anew', () => {
  const show = openView();
  show(snapshot(['research_started']));
  const retried = afterEvents(['research_started', 'research_failed', 'auto_retry'], {
    reason: 'no memory left\nat line 3',
  });

  expect(show(anOverview(retried))).toEqual([
    'warn research no memory left 2.0 s',
    'ok recovery trying again: researching 2.0 s',
    expect.stringMatching(/^run research round 1 looking for approaches/),
  ]);
});

test('a stage that was interrupted is neither well nor failed', () => {
  const show = openView();
  show(snapshot(['research_started']));

  expect(show(snapshot(['research_started', 'paused']))).toEqual(['note research round 1 paused 2.0 s']);
  expect(show(snapshot(['research_started', 'paused', 'resumed', 'stopped']))).toEqual([
    'note research round 1 stopped 2.0 s',
  ]);
});

test('a run that is taken up again tells what ends from now on', () => {
  const show = openView({ beganMs: 7_000 });

  // Entry and research were over after 4 s; code began then and ended after 8 s.
  expect(show(snapshot(['research_started', ...toTraining]))).toEqual([
    'ok code round 1 0 of 0 training scripts passed the checks 4.0 s',
    expect.stringMatching(/^run training/),
  ]);
});

test('what is waited for while the data come is said, with how much has come', () => {
  const show = openView();
  const research = snapshot(['research_started']);
  const stage = { name: 'researching', label: 'researching', startedAt: now } as const;
  const download = { totalBytes: 200, refusedSince: null } as const;

  const refused = {
    ...stage,
    progress: null,
    download: { ...download, phase: 'waiting_for_vendor' },
  } as const;
  expect(show({ ...research, stage: refused }).at(-1)).toBe(
    'run research round 1 its data wait: Kaggle wants a pause in downloads 58 s',
  );
  const next = openView();
  const progress = { done: 50, total: 100, label: '100 bytes of 200 bytes' };
  const coming = { ...stage, progress, download: { ...download, phase: 'transferring' } } as const;
  expect(next({ ...research, stage: coming }).at(-1)).toMatch(
    /^run research round 1 downloading the data 100 bytes of 200 bytes \S+ 50 % 58 s$/,
  );
});

test('a training whose runs all wait for a machine says so, and guesses no end', () => {
  const run = { id: 'a', approach: 'net', purpose: 'search', progress: null, error: null } as const;
  const waiting = { since: now, reason: { code: 'held' } } as const;
  const stage: Overview['stage'] = {
    ...{ name: 'training', label: 'training', startedAt: now },
    progress: { done: 1, total: 2, label: '1 of 2 runs' },
  };
  const lines = openView()(
    snapshot(['research_started', ...toTraining], { stage, jobs: [{ ...run, status: 'planned', waiting }] }),
  );

  expect(lines.at(-1)).toMatch(/1 of 2 runs waits for a machine \d+ s$/);
});
