import { ConfigurationFailure, type Failure, SystemFailure, TransientFailure } from '../../domain/errors.ts';
import { failureOf, parseRetryAfterMs, type RefusedAnswer } from '../failure-of.ts';

const shownCharacters = 500;
const creditWords = /credit|balance|billing|payment|insufficient funds/i;
const service = 'SaladCloud';

/**
 * What a refusal means. Which status a wrong key or an empty balance has is not documented for every route, so 403 is
 * told apart by its words; either way nothing was done.
 * Source: api-specs/salad-cloud.yaml, responses; docs.salad.com, API usage (errors of the edge proxy come as HTML)
 */
export function saladcloudFailure(answer: RefusedAnswer, now: () => Date): Failure {
  const { status, headers, text } = answer;
  const said = { status, vendorText: text.slice(0, shownCharacters) };
  if (status === 429) return failureOf('saladcloud', answer, now);
  // A gateway that asks to come back later may have passed the order on all the same. A page where an answer should be
  // comes from the proxy before the service: it knows nothing of our key.
  if (status === 408 || status >= 500 || (isHtml(answer) && status !== 401)) {
    return troubleFailure(said, parseRetryAfterMs(headers.get('retry-after'), now));
  }
  const details = { ...said, surelyNothingHappened: true };
  if (status === 402 || (status === 403 && creditWords.test(text))) {
    return new ConfigurationFailure(
      `${service} rents us nothing more, because its prepaid credit is used up; top it up at portal.salad.com.`,
      { code: 'saladcloud.no_credit', details },
    );
  }
  if (status === 401 || status === 403) {
    return new ConfigurationFailure(
      `${service} refused our key; look at the API key, the organization and the project that are set for it.`,
      { code: 'saladcloud.refused', details },
    );
  }
  if (status === 404) {
    return new ConfigurationFailure(
      `${service} has no such organization or project; look at the names that are set for it.`,
      { code: 'saladcloud.not_found', details },
    );
  }
  return new SystemFailure(`${service} did not understand a request of ours (HTTP ${status}).`, {
    code: 'saladcloud.bad_request',
    details,
  });
}

/** Whether the call had an effect is not known then. */
export function troubleFailure(
  details: { status: number; vendorText?: string },
  retryAfterMs?: number,
): TransientFailure {
  return new TransientFailure(`${service} has trouble of its own (HTTP ${details.status}).`, {
    code: 'saladcloud.failing',
    retryAfterMs,
    details,
  });
}

export function isHtml({ headers, text }: Pick<RefusedAnswer, 'headers' | 'text'>): boolean {
  return (headers.get('content-type') ?? '').includes('text/html') || text.trimStart().startsWith('<');
}
