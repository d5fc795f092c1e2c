import { asFailure } from '../../../domain/errors.ts';
import {
  type Finding,
  type GateRequest,
  isCertain,
  type ReviewScript,
  type ScriptReview,
} from '../../quality/contract.ts';
import type { Verdict } from './check-sheet.ts';
import { sayWithLine } from './leak-checks.ts';

type Reviewed = Verdict & { review: ScriptReview | null };

/**
 * Has a script read by whoever is configured for that, a language model. It is a second opinion: that it fails, or
 * that nobody is there, stops no script.
 */
export async function reviewScript(
  request: GateRequest,
  findings: readonly Finding[],
  review: ReviewScript | null,
  signal: AbortSignal,
): Promise<Reviewed> {
  if (request.isOwnCode === true) {
    return skipped("The agent's own generator wrote it from pieces that were read before.");
  }
  if (review === null) return skipped('No language model is configured that could read it.');
  const { script, requirements, contract, profile, competitionId, approachId } = request;
  const suspicions = findings.map(sayWithLine);
  const input = {
    script,
    requirements,
    contract,
    suspicions,
    ...(profile === undefined ? {} : { profile }),
    ...(competitionId === undefined ? {} : { competitionId }),
    ...(approachId === undefined ? {} : { approachId }),
  };
  try {
    return judgeReview(await review(input, { signal }));
  } catch (error) {
    signal.throwIfAborted();
    return skipped(`The review could not be made: ${asFailure(error).message}`);
  }
}

/** Only what is certain, and said with confidence, stops a script; a suspicion is kept beside its score. */
export function judgeReview(review: ScriptReview): Reviewed {
  const { verdict, line, reason, confidence } = review.leakage;
  const where = line === null ? '' : `Line ${line}: `;
  const findings: Finding[] =
    verdict === 'none'
      ? []
      : [{ rule: 'review', line, severity: isCertain(review) ? 'fail' : 'warn', message: reason }];
  if (isCertain(review)) return { status: 'failed', message: `${where}${reason}`, findings, review };
  if (verdict !== 'none') {
    const message = `The review suspects a leak (${confidence} confidence). ${where}${reason}`;
    return { status: 'warned', message, findings, review };
  }
  if (review.unusedFiles.length > 0) {
    return { status: 'warned', message: `It ignores ${review.unusedFiles.join(', ')}.`, findings, review };
  }
  return { status: 'ok', message: review.summary, findings, review };
}

function skipped(message: string): Reviewed {
  return { status: 'skipped', message, review: null };
}
