import { expect, test } from 'vitest';
import { answerLeaderboard } from '../../../src/bot/answers/leaderboard.ts';
import type { Scene } from '../../../src/bot/answers/scene.ts';
import { createPlainInk } from '../../../src/bot/inks/plain.ts';
import { createVoice } from '../../../src/bot/voice.ts';
import type { LeaderboardResult } from '../../../src/domain/command-results.ts';
import type { Locale } from '../../../src/domain/preferences.ts';
import { aPerson } from '../../support/door.ts';
import { aLeaderboard, aSnapshot } from '../../support/leaderboards.ts';
import { cardText } from '../cards/card-text.ts';
import { preferences } from '../cards/rendering.ts';
import { inHours, now, scores } from '../cards/samples.ts';

const lines = { gold: 0.8205, silver: 0.8014, bronze: 0.7966 };

const onBoard = (options: Partial<Parameters<typeof aSnapshot>[0]> = {}) =>
  aSnapshot({
    takenAt: now,
    entrants: 13_880,
    rank: 1_504,
    score: 0.79186,
    top: [{ name: 'kagglefan', score: 0.85 }],
    awardsMedals: true,
    ...lines,
    ...options,
  });

const full = (options: Partial<LeaderboardResult> = {}) =>
  aLeaderboard({
    snapshots: [
      onBoard(),
      onBoard({ takenAt: inHours(-2), rank: 1_510 }),
      onBoard({ takenAt: inHours(-25), rank: 1_591 }),
    ],
    submissions: [
      {
        approach: 'boosting-deep',
        round: 2,
        cv: 0.8123,
        publicScore: 0.79186,
        privateScore: null,
        isCounted: false,
      },
      {
        approach: 'linear-plain',
        round: 1,
        cv: 0.79,
        publicScore: 0.77,
        privateScore: null,
        isCounted: false,
      },
    ],
    agreement: { pairs: 7, spearman: 0.83, verdict: 'agree' },
    ...options,
  });

const accuracy = { name: 'accuracy', direction: 'maximize' } as const;

const sceneIn = (locale: Locale): Scene => ({
  voice: createVoice({ locale, ink: createPlainInk(), timeZone: 'Asia/Tokyo', now }),
  ...{ installation: 'abcd1234', preferences, platform: 'slack', canSlash: true, person: aPerson() },
});

const shown = (result: LeaderboardResult, locale: Locale = 'en') =>
  cardText(answerLeaderboard(sceneIn(locale), { slug: 'titanic', metric: accuracy }, result, { scores }));

test('our place, its medal zone, the next line, our submissions and the picture', () => {
  expect(shown(full())).toMatchInlineSnapshot(`
    "titanic · leaderboard
    We: rank 1,504 of 13,880, 0.79186  top 11 %  ▲ 87 since Sat 21 Nov, 13:32
    No medal zone. 0.00474 to bronze.
    gold 0.82050 · silver 0.80140 · bronze 0.79660
    CV and leaderboard agree (rank correlation 0.83 over 7 submissions).
    13,880 entrants · read 14:32
    boosting-deep · round 2: CV 0.81230 · public 0.79186
    linear-plain · round 1: CV 0.79000 · public 0.77000
    | Place | Entrant | Score |
    | 1 | kagglefan | 0.85000 |
    | 1,504 | ◀ we | 0.79186 |
    ▁▃▆█ 0.77030 → 0.79186
    (Day) (Week) (Open)
    > titanic: We: rank 1,504 of 13,880, 0.79186, top 11 %"
  `);
  expect(shown(full(), 'ja')).toMatchInlineSnapshot(`
    "titanic · 順位表
    自分: 13,880チーム中 1,504位、0.79186  上位 11 %  ▲ 11/21(土) 13:32 から 87 上昇
    メダル圏外です。銅メダルまで 0.00474。
    金メダル 0.82050 · 銀メダル 0.80140 · 銅メダル 0.79660
    CV と順位表の傾向は一致しています（7件の順位相関 0.83）。
    参加13,880チーム · 14:32 に取得
    boosting-deep · ラウンド 2: CV 0.81230 · Public 0.79186
    linear-plain · ラウンド 1: CV 0.79000 · Public 0.77000
    | 順位 | 参加者 | スコア |
    | 1 | kagglefan | 0.85000 |
    | 1,504 | ◀ 自分 | 0.79186 |
    ▁▃▆█ 0.77030 → 0.79186
    (1日) (1週間) (開く)
    > titanic: 自分: 13,880チーム中 1,504位、0.79186、上位 11 %"
  `);
});

test('where no medals are given it says so, and where there is no place', () => {
  const without = shown(full({ snapshots: [onBoard({ awardsMedals: false })] }));
  expect(without).toContain('No medals are given here; elsewhere the same places take gold 0.82050');
  expect(without).not.toContain('zone');

  expect(shown(full({ snapshots: [onBoard({ rank: null, score: null })] }))).toContain(
    'We are not on it yet.',
  );
});

test('after the end the private board shows what counted', () => {
  const card = shown(
    full({
      snapshots: [onBoard({ part: 'private', rank: 900 }), onBoard({ takenAt: inHours(-25) })],
      submissions: [
        {
          approach: 'boosting-deep',
          round: 2,
          cv: 0.81,
          publicScore: 0.79,
          privateScore: 0.785,
          isCounted: true,
        },
      ],
    }),
  );

  expect(card).toContain('The private board');
  expect(card).toContain('private 0.78500 · counted');
  // the public place before it is no movement
  expect(card).not.toMatch(/[▲▼] \d/);
});

test('between whole boards the lines of the last whole one are shown', () => {
  const head = onBoard({ silver: null, bronze: null, gold: null });
  const card = shown(full({ snapshots: [head, onBoard({ takenAt: inHours(-3) })] }));

  expect(card).toContain('bronze 0.79660');
  expect(card).toContain('0.00474 to bronze');
});

test('scores that disagree are said to', () => {
  const agreement = { pairs: 6, spearman: 0.12, verdict: 'disagree' } as const;

  expect(shown(full({ agreement }))).toContain(
    'CV and leaderboard disagree (rank correlation 0.12 over 6 submissions).',
  );
});
