import type { Agreement } from '../agreement.ts';
import { scoreGain } from '../metrics/score.ts';
import { cleanLine, soundsLikeOrder } from '../outside-text.ts';
import type { LessonDraft, LessonEvidence } from './lesson.ts';
import type { Outcome } from './outcome.ts';
import type { ProfileVector } from './profile-vector.ts';

/** The outcomes of one competition. */
type Played = { competitionId: string; competition: string; profile: ProfileVector; outcomes: Outcome[] };
type Finding = Pick<LessonEvidence, 'verdict' | 'nodes' | 'numbers'>;

/** A share of the score; what is smaller is neither gain nor loss. */
const leastGain = 1e-4;
const longestName = 40;

/**
 * What the rules read out of everything that was tried: which family beats which, what a feature recipe is worth,
 * where further steps paid. Every competition of a kind speaks, for or against; the statement is the one that more of
 * them confirm, and the contrary is only contradicted where it is known.
 */
export function distilOutcomes(outcomes: readonly Outcome[]): LessonDraft[] {
  const played = [...Map.groupBy(outcomes, ({ competitionId }) => competitionId).values()].flatMap((own) => {
    const [first] = own;
    if (first === undefined) return [];
    const { competitionId, competition, profile } = first;
    return [{ competitionId, competition, profile, outcomes: own }];
  });
  const kinds = Map.groupBy(played, ({ profile }) => contextOf(profile));
  return [...kinds.entries()].flatMap(([context, alike]) => [
    ...familyLessons(context, alike),
    ...featureLessons(context, alike),
    ...costLessons(context, alike),
  ]);
}

/** What cross-validation with these folds is worth, as the leaderboard or the private scores showed. */
export function distilAgreement(competition: Omit<Played, 'outcomes'>, agreement: Agreement): LessonDraft[] {
  const { verdict, spearman, pairs } = agreement;
  if (verdict !== 'agree' && verdict !== 'disagree') return [];
  const scheme = competition.profile.validation;
  const finding = (confirms: boolean): Finding => ({
    verdict: confirms ? 'confirms' : 'contradicts',
    nodes: [],
    numbers: { 'rank correlation': spearman ?? 0, submissions: pairs },
  });
  return statements({
    kind: 'validation',
    key: `validation:${scheme}`,
    texts: [
      ['trust', `With ${scheme} folds cross-validation puts submissions into the leaderboard's order.`],
      [
        'distrust',
        `With ${scheme} folds cross-validation and the leaderboard put submissions into different orders.`,
      ],
    ],
    findings: [{ played: { ...competition, outcomes: [] }, finding: finding(verdict === 'agree') }],
  });
}

/** Of competitions whose results can be compared: the same data, question and reward. */
function contextOf({ modality, task, metricFamily }: ProfileVector): string {
  return `${modality}:${task}:${metricFamily}`;
}

function contextWords({ modality, task, metricFamily }: ProfileVector): string {
  const words = {
    time_series: 'time series',
    unknown: 'other',
    tabular: 'tabular',
    text: 'text',
    image: 'image',
  };
  return `${task} ${words[modality]} data judged by ${metricFamily.replaceAll('_', ' ')}`;
}

type Statement = {
  kind: LessonDraft['kind'];
  key: string;
  /** The statement and its contrary, by the last part of their keys. */
  texts: readonly (readonly [string, string])[];
  /** What each competition says of the first. */
  findings: readonly { played: Played; finding: Finding }[];
};

function statements({ kind, key, texts, findings }: Statement): LessonDraft[] {
  const evidence = findings.map(({ played, finding }) => evidenceOf(played, finding));
  const contrary = evidence.map((one) => ({
    ...one,
    verdict: one.verdict === 'confirms' ? ('contradicts' as const) : ('confirms' as const),
  }));
  return texts.map(([name, text], place) => {
    const own = place === 0 ? evidence : contrary;
    const confirming = own.filter(({ verdict }) => verdict === 'confirms').length;
    return {
      key: `${key}:${name}`,
      kind,
      source: 'rule' as const,
      text,
      evidence: own,
      onlyKnown: confirming * 2 <= own.length,
    };
  });
}

function evidenceOf(
  { competitionId, competition, profile }: Omit<Played, 'outcomes'>,
  finding: Finding,
): LessonEvidence {
  return { competitionId, competition, profile, ...finding };
}

/** A model may have named it: what is no plain name is not repeated. */
function plainName(name: string): string | null {
  const clean = cleanLine(name, longestName);
  return /^[\p{L}\p{N}][\p{L}\p{N} _+.:/-]*$/u.test(clean) && !soundsLikeOrder(clean) ? clean : null;
}

/** The best of each family by cross-validated score. */
function championsOf({ outcomes }: Played): Map<string, Outcome & { cv: number }> {
  const best = new Map<string, Outcome & { cv: number }>();
  for (const outcome of outcomes) {
    const { cv } = outcome;
    const family = plainName(outcome.family);
    if (cv === null || family === null) continue;
    const known = best.get(family);
    if (known === undefined || scoreGain(outcome.metric, known.cv, cv) > 0)
      best.set(family, { ...outcome, cv });
  }
  return best;
}

/** Only pairs of which one won a competition: how losers stand to each other helps nobody. */
function familyLessons(context: string, alike: readonly Played[]): LessonDraft[] {
  const champions = alike.map((played) => ({ played, best: championsOf(played) }));
  const pairs = new Map<string, readonly [string, string]>();
  for (const { best } of champions) {
    const [winner] = [...best.values()].sort((a, b) => scoreGain(a.metric, a.cv, b.cv));
    const name = winner === undefined ? null : plainName(winner.family);
    if (name === null) continue;
    for (const other of best.keys()) {
      if (other === name) continue;
      const pair = [name, other].sort() as [string, string];
      pairs.set(pair.join('>'), pair);
    }
  }
  return [...pairs.values()].flatMap(([first, second]) => {
    const findings = champions.flatMap(({ played, best }) => {
      const [one, other] = [best.get(first), best.get(second)];
      if (one === undefined || other === undefined) return [];
      const gain = scoreGain(one.metric, other.cv, one.cv);
      if (isNothing(gain, other.cv)) return [];
      const numbers = {
        [first]: one.cv,
        [second]: other.cv,
        ...priceOf(first, one),
        ...priceOf(second, other),
      };
      return [{ played, finding: found(gain > 0, [one.approach, other.approach], numbers) }];
    });
    return ofKind(alike, (on) => ({
      kind: 'family',
      key: `family:${context}`,
      texts: [
        [`${first}>${second}`, `On ${on} the family ${first} does better than ${second}.`],
        [`${second}>${first}`, `On ${on} the family ${second} does better than ${first}.`],
      ],
      findings,
    }));
  });
}

function found(confirms: boolean, nodes: string[], numbers: Record<string, number>): Finding {
  return { verdict: confirms ? 'confirms' : 'contradicts', nodes, numbers };
}

function isNothing(gain: number, score: number): boolean {
  return !Number.isFinite(gain) || Math.abs(gain) < leastGain * Math.max(Math.abs(score), leastGain);
}

function ofKind(alike: readonly Played[], of: (on: string) => Statement): LessonDraft[] {
  const [first] = alike;
  const statement = first === undefined ? null : of(contextWords(first.profile));
  return statement === null || statement.findings.length === 0 ? [] : statements(statement);
}

/** What the score loses without a part, as the ablations measured it: per competition the mean over its nodes. */
function featureLessons(context: string, alike: readonly Played[]): LessonDraft[] {
  const partsOf = alike.map((played) => ({ played, parts: lossesOf(played) }));
  const names = new Set(partsOf.flatMap(({ parts }) => [...parts.keys()]));
  return [...names].flatMap((name) => {
    const findings = partsOf.flatMap(({ played, parts }) => {
      const measured = parts.get(name);
      if (measured === undefined) return [];
      const loss = measured.losses.reduce((sum, one) => sum + one, 0) / measured.losses.length;
      if (isNothing(loss, measured.score)) return [];
      return [{ played, finding: found(loss > 0, measured.nodes, { 'loss without it': loss }) }];
    });
    return ofKind(alike, (on) => ({
      kind: 'feature',
      key: `feature:${context}:${name}`,
      texts: [
        ['helps', `On ${on} the part ${name} helps: the score gets worse without it.`],
        ['harms', `On ${on} the part ${name} does harm: the score gets better without it.`],
      ],
      findings,
    }));
  });
}

type Losses = { losses: number[]; nodes: string[]; score: number };

function lossesOf({ outcomes }: Played): Map<string, Losses> {
  const parts = new Map<string, Losses>();
  for (const { approach, cv, ablations } of outcomes) {
    for (const { part, loss } of ablations) {
      const name = plainName(part);
      if (name === null || cv === null) continue;
      const known = parts.get(name) ?? { losses: [], nodes: [], score: cv };
      parts.set(name, {
        ...known,
        losses: [...known.losses, loss],
        nodes: [...known.nodes, approach].slice(0, 20),
      });
    }
  }
  return parts;
}

const microUsdPerUsd = 1e6;

/** What is cheaper says nothing. */
const leastDollars = 0.01;

/** What the champion of a family cost, machines and models together. */
function priceOf(family: string, { microUsd }: Pick<Outcome, 'microUsd'>): Record<string, number> {
  const dollars = microUsd / microUsdPerUsd;
  return dollars < leastDollars ? {} : { [`${family} dollars`]: dollars };
}

/** Whether going on with what there was paid: the best improvement or merge against the best of its parents. */
function costLessons(context: string, alike: readonly Played[]): LessonDraft[] {
  return (['improve', 'merge'] as const).flatMap((operator) => {
    const findings = alike.flatMap((played) => {
      const steps = gainsOf(played, operator);
      const [best] = steps.toSorted((a, b) => b.gain - a.gain);
      if (best === undefined) return [];
      const sum = (of: (step: Outcome) => number) => steps.reduce((all, { step }) => all + of(step), 0);
      const dollars = sum(({ microUsd }) => microUsd) / microUsdPerUsd;
      const numbers = {
        steps: steps.length,
        'best gain': best.gain,
        seconds: Math.round(sum(({ seconds }) => seconds ?? 0)),
        ...(dollars < leastDollars ? {} : { dollars }),
        ...(best.gain > 0 && dollars >= leastDollars ? { 'gain per dollar': best.gain / dollars } : {}),
      };
      const hasPaid = best.gain > 0 && !isNothing(best.gain, best.step.cv ?? 0);
      return [
        { played, finding: found(hasPaid, [best.step.approach, ...best.step.parents].slice(0, 20), numbers) },
      ];
    });
    const what = operator === 'improve' ? 'improving a draft step by step' : 'merging two branches';
    return ofKind(alike, (on) => ({
      kind: 'cost',
      key: `cost:${context}:${operator}`,
      texts: [
        ['pays', `On ${on} ${what} pays.`],
        ['wastes', `On ${on} ${what} costs more than it brings.`],
      ],
      findings,
    }));
  });
}

function gainsOf({ outcomes }: Played, operator: Outcome['operator']): { step: Outcome; gain: number }[] {
  return outcomes.flatMap((step) => {
    if (step.operator !== operator || step.cv === null) return [];
    const own = step.cv;
    const from = outcomes.flatMap(({ approach, cv }) =>
      cv !== null && step.parents.includes(approach) ? [scoreGain(step.metric, cv, own)] : [],
    );
    return from.length === 0 ? [] : [{ step, gain: Math.min(...from) }];
  });
}
