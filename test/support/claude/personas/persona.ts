import { type Script, type ScriptedAnswer, type ScriptedRequest, say, sayJson } from '../script.ts';
import { type AskedFor, askedFor, planName, shownScript } from './asked.ts';
import { asAnswer, asEdit, countingScript } from './scripts.ts';

/** What a persona does in its own way; the rest is as a capable, honest person would. */
export type Habits = Partial<
  Record<AskedFor, (asked: { request: ScriptedRequest; first: string; again: number }) => ScriptedAnswer>
>;

/** The honest way of answering each kind of question. */
export function honestly(request: ScriptedRequest): ScriptedAnswer {
  const { what, first } = askedFor(request);
  switch (what) {
    case 'draft':
      return say(asAnswer(countingScript(planName(first))));
    case 'merge':
      return say(asAnswer(countingScript(`merge ${planName(first)}`)));
    case 'improve':
      return say(improvement(shownScript(first)));
    case 'debug':
      return say(asAnswer(countingScript(`mended ${planName(first)}`)));
    case 'plan':
      return sayJson(aPlan(first, request.number));
    case 'review':
      return sayJson(aReview());
    case 'class':
      return sayJson({ failureClass: 'schema', reason: 'A column is missing.' });
    case 'taught':
      return sayJson({ taught: 'Counting is a sound floor here.' });
    default:
      return request.schema === null ? say('I have nothing to say to that.') : sayJson({});
  }
}

/** Plays the model: its own habits first, honest otherwise. */
export function persona(habits: Habits = {}): Script {
  return (request) => {
    const { what, first, again } = askedFor(request);
    return habits[what]?.({ request, first, again }) ?? honestly(request);
  };
}

/**
 * Plays many at once: who answers is decided by the name of the plan that a prompt is about, or, where it shows a script
 * without its plan, by the name that the script bears.
 */
export function cast(byName: Readonly<Record<string, Habits>>): Script {
  return (request) => {
    const { what, first, again } = askedFor(request);
    const title = /^(?:1\t)?"""(?:mended )?([a-z0-9-]+):/m.exec(first)?.[1];
    const plan = planName(first) === 'nothing' ? (title ?? '') : planName(first);
    const habits = Object.entries(byName).find(([name]) => plan === name || plan.startsWith(`${name}-fix`));
    return habits?.[1][what]?.({ request, first, again }) ?? honestly(request);
  };
}

/** One exact change of a number. */
function improvement(script: string): string {
  const line = /"smoothing": [\d.]+/.exec(script)?.[0];
  if (line === undefined) return asAnswer(countingScript('anew'));
  const value = Number(line.split(' ')[1]);
  return asEdit(line, `"smoothing": ${(value / 2).toFixed(4)}`);
}

export function aReview(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    leakage: { verdict: 'none', line: null, reason: '', confidence: 'high', ...changes },
    unusedFiles: [],
    summary: 'It counts values by class within each fold.',
  };
}

/** Proposals of which none was made before: each call has its own number in it. */
export function aPlan(prompt: string, number: number) {
  const isPitfalls = prompt.includes('Propose nothing');
  const candidate = (place: number, impact: number) => ({
    name: `counting-${number}-${place}`,
    title: `Counting with a smoothing of its own, ${number}.${place}`,
    family: 'counting',
    hypothesis: `Fewer pseudo-counts fit better where values are few, says idea ${number}.${place}.`,
    component: 'model',
    features: ['numbers'],
    models: [{ kind: 'logistic', params: [{ name: 'C', value: String(1 / (number + place)) }] }],
    requirements: [`Set smoothing to ${(1 / (number + place)).toFixed(3)}.`],
    risks: [],
    packages: [],
    estimatedMinutes: 0.5,
    scores: { alignment: 7, impact, novelty: 5, feasibility: 9, riskReward: 6 },
  });
  return {
    summary: 'Smoothing is what is left to turn.',
    challenges: ['Few rows for each value.'],
    findings: [{ claim: 'Few rows make scores noisy.', certainty: 'high' }],
    candidates: isPitfalls ? [] : [candidate(1, 4), candidate(2, 8), candidate(3, 6)],
  };
}
