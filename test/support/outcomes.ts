import type { Approach } from '../../src/domain/approach.ts';
import type { Lesson } from '../../src/domain/lessons/lesson.ts';
import type { LessonView } from '../../src/domain/lessons/lesson-view.ts';
import type { Outcome } from '../../src/domain/lessons/outcome.ts';
import type { ProfileVector } from '../../src/domain/lessons/profile-vector.ts';
import { anApproach } from './builders.ts';
import { idOf } from './trees.ts';

/** A middling table with two classes. */
export function aVector(options: Partial<ProfileVector> = {}): ProfileVector {
  return {
    modality: 'tabular',
    task: 'binary',
    metricFamily: 'ranking',
    logRows: 4,
    logColumns: 1,
    numericShare: 0.6,
    categoricalShare: 0.4,
    textShare: 0,
    missingShare: 0.05,
    logClasses: 1,
    imbalance: 0.2,
    validation: 'stratified',
    ...options,
  };
}

/** A scored draft of a competition of this name. */
export function anOutcome(competition: string, family: string, options: Partial<Outcome> = {}): Outcome {
  const { score = 0.5 } = options;
  return {
    competitionId: idOf(competition),
    competition,
    round: 1,
    approach: `${family}-draft`,
    family,
    operator: 'draft',
    parents: [],
    features: ['numbers'],
    models: family,
    metric: 'roc_auc',
    hasFailed: false,
    cv: 0.5 + score / 10,
    gate: null,
    finalShare: null,
    microUsd: 0,
    seconds: 10,
    ablations: [],
    profile: aVector(),
    at: new Date(0),
    ...options,
    score,
  };
}

/** The approach that such an outcome is of. */
export function theApproach(family: string, options: Partial<Approach> = {}): Approach {
  return anApproach(`${family}-draft`, { family, models: [{ kind: family, params: {} }], ...options });
}

/** A lesson that one competition confirms. */
export function aLesson(text: string, options: Partial<Lesson> = {}, profile = aVector()): Lesson {
  return {
    id: idOf(text),
    key: text,
    kind: 'family',
    source: 'rule',
    text,
    evidence: [
      {
        competitionId: idOf('titanic'),
        competition: 'titanic',
        verdict: 'confirms',
        nodes: ['boosting-draft'],
        numbers: { gain: 0.123456 },
        profile,
      },
    ],
    confidence: 0.67,
    timesConfirmed: 1,
    timesContradicted: 0,
    createdAt: new Date(0),
    retiredAt: null,
    forgottenAt: null,
    ...options,
  };
}

/** A lesson as people see it. */
export function aLessonView(options: Partial<LessonView> = {}): LessonView {
  return {
    id: '1a2b3c4d',
    kind: 'family',
    source: 'rule',
    text: 'On binary tabular data judged by label the family boosting does better than linear.',
    confidence: 0.67,
    timesConfirmed: 1,
    timesContradicted: 0,
    evidence: 'Seen in 1 of 1 competition (titanic: boosting 0.9, linear 0.7); confidence 0.67.',
    likeness: null,
    ...options,
  };
}
