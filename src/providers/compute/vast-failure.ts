import { z } from 'zod';
import {
  BusinessFailure,
  ConfigurationFailure,
  type Failure,
  SystemFailure,
  TransientFailure,
} from '../../domain/errors.ts';
import { parseRetryAfterMs, type RefusedAnswer } from '../failure-of.ts';
import { parseJson } from '../http.ts';

const shownCharacters = 500;

/** What is no text tells nothing, and must not make a refusal look like an answer. */
const words = z.string().nullish().catch(null);
/** Bodies are text, or an object with some of these. */
const bodySchema = z.object({
  success: z.boolean().nullish().catch(null),
  error: words,
  msg: words,
  message: words,
  detail: words,
});

/**
 * Their words for an empty account; neither the error's code nor its status is published.
 * Source: docs.vast.ai, "Billing"; public logs of refused calls.
 */
const noCreditWords = /insufficient[_ ]credit|lacks? (?:of )?credit|not enough credit|missing_billing/i;

/** A right that a key lacks comes as 401 or 403. Source: vast-ai/docs, show_charges.yaml, search_offers.yaml. */
const permissionWords = /permission|not (?:permitted|authori[sz]ed|allowed)/i;

type Words = { error: string; text: string };

/** Some refusals come with status 200 and `success: false`. @returns null for an answer that is none */
export function refusalIn(body: unknown): string | null {
  const parsed = bodySchema.safeParse(body);
  return parsed.success && parsed.data.success === false ? JSON.stringify(parsed.data) : null;
}

/**
 * What a refusal means. A wrong key is told as 404, and a 404 alone is no proof that a machine is gone, so the error's
 * name is looked at before the status.
 * Source: vast-ai/docs, api-reference (auth_error, no_such_ask, no_such_instance, deprecated_endpoint).
 * A call that is refused by one of their words, or with a status under 500, has done nothing.
 * @param penaltyMs to stay away after a 429 that does not say how long
 */
export function vastFailure(
  answer: RefusedAnswer,
  { now, penaltyMs }: { now: () => Date; penaltyMs: number },
): Failure {
  const { status } = answer;
  const details = {
    status,
    vendorText: answer.text.slice(0, shownCharacters),
    surelyNothingHappened: status < 500 && status !== 408,
  };
  const failure = namedFailure(wordsOf(answer.text), status, details);
  if (failure !== null) return failure;
  const retryAfterMs = parseRetryAfterMs(answer.headers.get('retry-after'), now);
  if (status === 429) {
    return new TransientFailure('Vast.ai asks us to slow down.', {
      code: 'vast.busy',
      retryAfterMs: retryAfterMs ?? penaltyMs,
      details,
    });
  }
  // A gateway that asks to come back later may have passed the order on all the same.
  if (status === 408 || status >= 500) {
    return new TransientFailure(`Vast.ai has trouble of its own (HTTP ${status}).`, {
      code: 'vast.failing',
      retryAfterMs,
      details,
    });
  }
  return new SystemFailure(`Vast.ai did not understand a request of ours (HTTP ${status}).`, {
    code: 'vast.bad_request',
    details,
  });
}

function namedFailure(words: Words, status: number, details: Record<string, unknown>): Failure | null {
  const { error, text } = words;
  if (text.includes('no_such_ask')) {
    return new BusinessFailure('Somebody else took this machine.', { code: 'vast.offer_gone', details });
  }
  if (error === 'invalid_price') {
    return new BusinessFailure('The floor of this machine rose above our bid.', {
      code: 'vast.price_refused',
      details,
    });
  }
  if (text.includes('spend_rate_limit')) {
    return new BusinessFailure('Vast.ai lets a new account spend only so much an hour; it grows with time.', {
      code: 'vast.spend_rate',
      details,
    });
  }
  if (status < 500 && noCreditWords.test(text)) {
    return new ConfigurationFailure(
      'The Vast.ai account has no credit left, so nothing is rented there; add some, and leave automatic billing off.',
      {
        code: 'vast.no_credit',
        details,
      },
    );
  }
  if (status === 403 || (status === 401 && permissionWords.test(text))) {
    return new ConfigurationFailure(
      'Vast.ai does not let our key do this; it needs the rights misc, user_read, instance_read, instance_write and billing_read, and an account that may rent.',
      { code: 'vast.not_allowed', details },
    );
  }
  if (status === 401 || error === 'auth_error') {
    return new ConfigurationFailure('Vast.ai refused our key; set VAST_API_KEY anew.', {
      code: 'vast.refused',
      details,
    });
  }
  if (error === 'deprecated_endpoint' || status === 410) {
    return new SystemFailure('Vast.ai has taken a call away that we need; look for a newer release.', {
      code: 'vast.endpoint_gone',
      details,
    });
  }
  if (status === 404 || error === 'no_such_instance') {
    return new BusinessFailure('Vast.ai knows nothing by this number.', { code: 'vast.not_found', details });
  }
  return null;
}

function wordsOf(text: string): Words {
  const parsed = bodySchema.safeParse(parseJson(text));
  if (!parsed.success) return { error: '', text };
  const { error, msg, message, detail } = parsed.data;
  return { error: error ?? '', text: [error, msg, message, detail].filter((part) => part != null).join(' ') };
}
