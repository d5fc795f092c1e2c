import { createRandom } from '../../src/domain/random.ts';
import { askedFor, planName } from '../../test/support/claude/personas/asked.ts';
import { aPlan, aReview, honestly } from '../../test/support/claude/personas/persona.ts';
import { type Script, type ScriptedRequest, sayJson } from '../../test/support/claude/script.ts';
import { type FailureKind, kinds, type Mending } from './kinds.ts';

type Planned = { kind: FailureKind; mending: Mending };

/** A failure that was played: to which node, and what its menders were told. */
export type Dealt = Planned & { slug: string; node: string; told: string[]; asked: number };

export const titleOf = (place: number): string => `Over three, number ${String(place).padStart(2, '0')}`;
export const slugOf = (place: number): string => `over-three-${String(place).padStart(2, '0')}`;

const codeQuestions = new Set(['draft', 'improve', 'merge', 'debug']);
const mostForAll = 2;

/** Two fifths of what fails are mended at once, two at the second attempt, the rest never. */
const usualMendings: readonly Mending[] = ['at once', 'at once', 'second attempt', 'second attempt', 'never'];

/** So many failures in a seeded order: each kind about as often, each with a habit of mending. */
export function planFailures(count: number, seed: number): Planned[] {
  const random = createRandom(`campaign ${seed}`);
  const draw = <T>(from: readonly T[]): T | undefined => from[Math.floor(random() * from.length)];
  const ofAll = kinds.filter(({ isForAll }) => isForAll === true);
  const own = kinds.filter(({ isForAll }) => isForAll !== true);
  const last = Math.min(mostForAll, Math.floor(count / 10));
  const first = Array.from({ length: count - last }, (_, index): Planned | null => {
    const kind = own[index % own.length];
    const mending = draw(kind?.mendings ?? usualMendings);
    return kind === undefined || mending === undefined ? null : { kind, mending };
  }).filter((one) => one !== null);
  for (let place = first.length - 1; place > 0; place -= 1) {
    const other = Math.floor(random() * (place + 1));
    const [a, b] = [first[place], first[other]];
    if (a !== undefined && b !== undefined) [first[place], first[other]] = [b, a];
  }
  const end = Array.from({ length: last }, (_, index): Planned | null => {
    const kind = ofAll[Math.floor((index * ofAll.length) / last)];
    return kind === undefined ? null : { kind, mending: 'never' };
  }).filter((one) => one !== null);
  return [...first, ...end];
}

/** Plays the model in all competitions: what is planned fails, each at a node of its own, and everything else is honest. */
export function createPlay(planned: readonly Planned[]): {
  script: Script;
  dealt: readonly Dealt[];
  isOver(): boolean;
} {
  const left = [...planned];
  const dealt: Dealt[] = [];

  const failureOf = (slug: string, node: string, isFirst: boolean): Dealt | null => {
    const known = dealt.find((one) => one.slug === slug && one.node === node);
    if (known !== undefined || !isFirst) return known ?? null;
    const next = left.shift();
    if (next === undefined) return null;
    const one = { ...next, slug, node, told: [], asked: 0 };
    dealt.push(one);
    return one;
  };

  const script: Script = (request) => {
    const { what, first, again } = askedFor(request);
    if (what === 'plan') return sayJson(planOf(first, request.number));
    if (what === 'review') return sayJson(isCheating(first) ? certainLeak : aReview());
    if (!codeQuestions.has(what)) return honestly(request);
    const title = planName(first);
    const attempt = Number(/-fix(\d+)$/.exec(title)?.[1] ?? 0);
    const failure = failureOf(slugIn(request), title.replace(/-fix\d+$/, ''), what !== 'debug');
    if (failure === null) return honestly(request);
    if (what !== 'debug') failure.asked += 1;
    else if (again === 0) failure.told.push(/^Class: ([a-z_]+)/m.exec(first)?.[1] ?? 'nothing');
    const said = request.messages.find(({ role }) => role === 'assistant')?.text ?? '';
    const asked = { title, attempt, number: failure.asked, again, said };
    // Only a script can fail a second time; an answer that was got right needs no mending.
    if (attempt > 0 && failure.kind.area !== 'code') return honestly(request);
    return failure.kind.answer(asked, failure.mending) ?? honestly(request);
  };
  return { script, dealt, isOver: () => left.length === 0 };
}

const certainLeak = aReview({
  verdict: 'certain',
  line: 117,
  reason: 'The out-of-fold predictions are the labels themselves.',
});

function isCheating(prompt: string): boolean {
  return prompt.includes('oof[row[key]] = [float(row[target] == name)');
}

/** Each proposal of a family of its own, so that all of them may be tried. */
function planOf(prompt: string, number: number) {
  const plan = aPlan(prompt, number);
  return { ...plan, candidates: plan.candidates.map((one) => ({ ...one, family: one.name })) };
}

function slugIn({ system }: ScriptedRequest): string {
  return slugOf(Number(/Over three, number (\d+)/.exec(system)?.[1] ?? -1));
}
