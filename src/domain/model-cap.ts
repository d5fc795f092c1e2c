import type { DecisionDraft } from './decision.ts';
import type { SpendingLine } from './model-spending.ts';

/** From here on the worst price of a next call may not fit any more. */
const askedFrom = 0.9;
/** Source: architecture: "at 85 % … +$20". */
const moreUsd = 20;
const shownSteps = 3;

export type ModelCap = { slug: string; capUsd: number; usedUsd: number };

/** A cap of nothing is somebody's wish, and no question. */
export function isModelCapReached({ capUsd, usedUsd }: Pick<ModelCap, 'capUsd' | 'usedUsd'>): boolean {
  return capUsd > 0 && usedUsd >= capUsd * askedFrom;
}

/** What a person is asked when a competition's language models have used what they may. */
export function modelCapDraft(
  { slug, capUsd, usedUsd }: ModelCap,
  bySteps: readonly Pick<SpendingLine, 'name' | 'usd'>[],
): DecisionDraft {
  const raised = Math.ceil(capUsd) + moreUsd;
  return {
    kind: 'model_budget',
    blocking: false,
    question: `Language models have used ${dollars(usedUsd)} of the ${dollars(capUsd)} that ${slug} may cost. How should I go on?`,
    context:
      'A call is made only where its worst price fits under the cap, so from here on some are refused. What a model would have done is then done by the playbooks and the baseline generator.',
    options: [
      {
        id: 'baseline',
        label: 'Baseline only',
        consequence:
          'Playbooks plan and the baseline generator writes; no model is paid for this competition.',
      },
      {
        id: `more_${raised}`,
        // the same in every language
        label: `${dollars(capUsd)} → ${dollars(raised)}`,
        consequence: 'Models go on under a higher cap of this competition alone.',
        costUsd: Math.max(0, raised - usedUsd),
        isCostly: true,
      },
      {
        id: 'stop',
        label: 'Stop here',
        consequence: 'No further round; the submissions made so far stand.',
        isFinal: true,
      },
    ],
    defaultOption: 'baseline',
    facts: [
      { label: 'Models', value: `${dollars(usedUsd)} of ${dollars(capUsd)}` },
      ...bySteps.slice(0, shownSteps).map(({ name, usd }) => ({
        label: `Models: ${name}`.slice(0, 60),
        value: dollars(usd),
      })),
    ],
  };
}

/** The cap that an answer sets for this competition alone, in US dollars; null where it sets none. */
export function capOfAnswer(option: string): number | null {
  if (option === 'baseline') return 0;
  const raised = /^more_(\d{1,6})$/.exec(option)?.[1];
  return raised === undefined ? null : Number(raised);
}

function dollars(usd: number): string {
  return `$${usd.toFixed(2)}`;
}
