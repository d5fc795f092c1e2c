import { z } from 'zod';
import {
  BusinessFailure,
  ConfigurationFailure,
  type Failure,
  SystemFailure,
  TransientFailure,
} from '../../domain/errors.ts';
import { cleanLine } from '../../domain/outside-text.ts';
import { parseRetryAfterMs, type RefusedAnswer } from '../failure-of.ts';
import { parseJson } from '../http.ts';
import { type RpcStatus, statusSchema } from './agentspace-wire.ts';

const vendor = 'agentspace';
const shownCharacters = 300;

/** A refusal comes as an object or, from a method that streams, as a list of one. */
const refusalSchema = z
  .union([z.looseObject({ error: statusSchema }), z.tuple([z.looseObject({ error: statusSchema })])])
  .transform((body) => (Array.isArray(body) ? body[0].error : body.error));

/** The failure that an answer with an HTTP status means. */
export function agentspaceFailure({ status, headers, text }: RefusedAnswer, now: () => Date): Failure {
  const parsed = refusalSchema.safeParse(parseJson(text));
  const told: RpcStatus = parsed.success ? parsed.data : {};
  return failureOfStatus({ ...told, code: status }, parseRetryAfterMs(headers.get('retry-after'), now));
}

/** The same for an error that comes in the middle of a stream that began well. */
export function failureOfStatus(told: RpcStatus, retryAfterMs?: number): Failure {
  const status = told.code ?? 0;
  const reason = told.details?.find((detail) => typeof detail.reason === 'string')?.reason ?? null;
  const details = {
    status,
    canonical: told.status ?? null,
    reason,
    vendorText: cleanLine(told.message ?? '', shownCharacters),
  };
  if (status === 429) {
    return new TransientFailure('The quota of Agentspace for research is used up for now.', {
      code: `${vendor}.quota`,
      retryAfterMs,
      details: { ...details, surelyNothingHappened: true },
    });
  }
  if (status === 408 || status === 499 || status >= 500) {
    const code = status === 499 ? `${vendor}.cut_off` : `${vendor}.failing`;
    const surelyNothingHappened = status === 503 && retryAfterMs !== undefined;
    return new TransientFailure(`Agentspace has trouble of its own (${told.status ?? `HTTP ${status}`}).`, {
      code,
      retryAfterMs,
      details: { ...details, surelyNothingHappened },
    });
  }
  return refusal(told, details, status);
}

function refusal(told: RpcStatus, details: Record<string, unknown>, status: number): Failure {
  const canonical = told.status ?? '';
  if (status === 401) {
    return new ConfigurationFailure('Agentspace refused the token of the service account.', {
      code: `${vendor}.refused`,
      details,
    });
  }
  if (status === 403) {
    return new ConfigurationFailure(
      `Agentspace refused the service account${typeof details.reason === 'string' ? ` (${cleanLine(details.reason, 60)})` : ''}: it needs the role Discovery Engine Editor, the API must be on in the project, and Google must have let the project use Deep Research.`,
      { code: `${vendor}.forbidden`, details },
    );
  }
  if (status === 404) {
    return new ConfigurationFailure(
      'Agentspace knows no such app: AGENTSPACE_PROJECT, AGENTSPACE_LOCATION or AGENTSPACE_APP_ID is wrong.',
      { code: `${vendor}.not_found`, details },
    );
  }
  if (canonical === 'FAILED_PRECONDITION') {
    return new ConfigurationFailure('The Deep Research agent of Agentspace cannot be used with this app.', {
      code: `${vendor}.not_usable`,
      details,
    });
  }
  return new SystemFailure(
    `Agentspace did not understand a request of ours (${canonical || `HTTP ${status}`}).`,
    {
      code: `${vendor}.bad_request`,
      details,
    },
  );
}

/** It answered, and did no research: without a plan, with a plain answer, or not at all. */
export function noResearch(
  reason: 'no_plan' | 'no_report' | 'skipped',
  details: Record<string, unknown>,
): Failure {
  const sentences = {
    no_plan: 'Agentspace answered without planning any research.',
    no_report: 'Agentspace ended its research without a report.',
    skipped: 'Agentspace declined the question.',
  };
  return new BusinessFailure(sentences[reason], { code: `agentspace.${reason}`, details });
}
